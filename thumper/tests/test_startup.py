"""Startup of commands: each loads what it works with, and no page, report or network library beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import SystemCheckError
from django.urls import reverse

from reid.admin.cameras import CameraAdmin
from reid.management.base import CheckedCommand

ROOT = Path(__file__).parents[2]
APPS = ("thumper", "exports", "reid", "analysis")
LIBRARIES = {
    *("torch", "pandas", "plotly", "matplotlib", "weasyprint", "sklearn"),
    *("scipy.stats", "scipy.optimize", "rest_framework.views", "drf_spectacular.openapi"),
}
PAGES = {
    "thumper.urls",
    "thumper.api.access",
    "reid.admin.store",
    "analysis.admin.history",
    "reid.api.store",
}
SAY_WHAT_IS_LOADED = """
import sys
from django.core.management import execute_from_command_line
try:
    execute_from_command_line(["manage.py", *sys.argv[1:]])
finally:
    print("loaded", *sys.modules)
"""


def loaded_by(*command: str, env: dict[str, str]) -> tuple[set[str], str]:
    """The modules that `manage.py COMMAND` has loaded when it ends, and what it says on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", SAY_WHAT_IS_LOADED, *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    first_line, *modules = done.stdout.splitlines()[-1].split()
    assert first_line == "loaded", done.stderr
    return set(modules), done.stderr


def test_what_every_process_loads_is_no_page_and_no_arithmetic(process_env) -> None:
    modules, _ = loaded_by("diffsettings", env=process_env)  # as little of a command as there is
    assert "reid.models" in modules
    assert modules & (LIBRARIES | PAGES | {"scipy"}) == set()


def test_a_report_loads_neither_addresses_nor_pages(process_env) -> None:
    modules, problems = loaded_by("test_reid_thresholds", env=process_env)
    assert "No scorer is active yet" in problems
    assert "analysis.recommendation.assess" in modules
    assert modules & (LIBRARIES | PAGES) == set()


def test_all_commands_but_the_server_check_their_settings_alone() -> None:
    ours = {name: app for name, app in get_commands().items() if app in APPS}
    loaded = {name: load_command_class(app, name) for name, app in ours.items()}
    assert {name for name, one in loaded.items() if not isinstance(one, CheckedCommand)} == {"up"}


def test_a_wrong_setting_stops_a_command_before_it_works(process_env) -> None:
    _, problems = loaded_by("embedding_spaces", "list", env=process_env | {"REID_MIN_CROP": "0"})
    assert "reid.E001" in problems


def test_the_check_looks_at_the_admin_although_nothing_has_loaded_it(monkeypatch) -> None:
    monkeypatch.setattr(CameraAdmin, "list_display", ("no such column",))
    with pytest.raises(SystemCheckError, match=r"admin\.E108"):
        call_command("check", tags=["admin"])


@pytest.mark.django_db
def test_addresses_bring_the_admin_with_them(client) -> None:
    assert client.get(reverse("admin:reid_camera_changelist")).status_code == 200
