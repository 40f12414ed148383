"""The repository: its top level, commands, requirements and texts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).parents[2]
APPS = ("thumper", "exports", "reid", "analysis")
OUR_COMMANDS = sorted(name for name, app in get_commands().items() if app in APPS)
VISIBLE = {
    *("thumper", "exports", "reid", "analysis", "templates", "docs", "benchmarks", "quality"),
    *("manage.py", "conftest.py", "pytest.ini", "requirements.txt", "requirements-dev.txt"),
    *("requirements.lock", "requirements-dev.lock", "requirements-cpu.lock"),
    *("docker-compose.yml", "Dockerfile", "README.md", "CHANGELOG.md", "LICENSE", "run"),
}


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listing.stdout.splitlines()


def test_nothing_else_stands_at_the_top() -> None:
    top = {name.split("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= VISIBLE


@pytest.mark.parametrize("name", OUR_COMMANDS)
def test_every_command_explains_itself_and_is_in_the_readme(name: str) -> None:
    command = load_command_class(get_commands()[name], name)
    assert len(command.help) > 40
    assert name in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", OUR_COMMANDS)
def test_every_command_is_tested(name: str) -> None:
    tests = "".join((ROOT / path).read_text() for path in tracked() if "/tests/" in path)
    assert f'"{name}"' in tests


def test_every_requirement_is_pinned_and_says_what_it_is_for() -> None:
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"\S+==\S+\s+# .{10,}", line), line


def test_what_the_server_says_is_ascii() -> None:
    for path in tracked():
        if path.endswith(".py") and "/tests/" not in path:
            text = (ROOT / path).read_text()
            assert text.isascii(), path
