"""docs/operating.md: every command that it shows is one that there is, and units of systemd do what containers do."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from django.core.management import get_commands, load_command_class

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "docs" / "operating.md").read_text()
UNITS: Final = ROOT / "docs" / "operating" / "systemd"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def _lines() -> list[str]:
    """Every command of the document, one on a line, without its comment."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    blocks = [text for language, text in fenced if language in ("", "sh")]
    inline = re.findall(r"`((?:\./run|docker compose|sudo thumper) [^`]+)`", TEXT)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    parts = [part for line in [*lines, *inline] for part in line.split("&&")]
    return sorted({part.strip() for part in parts if part.strip()})


def _of_manage() -> Iterator[tuple[str, ...]]:
    """The words after manage.py, of each command of ours."""
    for line in _lines():
        words = shlex.split(line)
        if words[:2] == ["sudo", "thumper"]:
            yield tuple(words[2:])
        for begin in (["run", "manage"], ["manage.py"]):
            for at in range(len(words)):
                found = [Path(words[at]).name, *words[at + 1 : at + len(begin)]]
                if found == begin and words[at + len(begin) :]:
                    yield tuple(words[at + len(begin) :])


@pytest.mark.parametrize("words", sorted(set(_of_manage())), ids=" ".join)
def test_a_command_of_manage_takes_what_is_shown(words: tuple[str, ...]) -> None:
    name, *arguments = words
    if name in ("COMMAND", "X", "help", "..."):  # stands for any
        return
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    assert parser.parse_args(arguments)  # what it does not know would end it


@pytest.mark.parametrize(
    "verb", sorted({found for line in _lines() for found in re.findall(r"\./run (\w+)", line)})
)
def test_a_verb_of_run_is_one_of_its_own(verb: str) -> None:
    cases = re.findall(r"^([a-z-]+)\)", (ROOT / "run").read_text(), re.MULTILINE)
    assert verb in cases


def test_services_that_are_named_are_those_of_compose() -> None:
    named: set[str] = set()
    for line in _lines():
        if match := re.match(r"docker compose stop (.+)", line):
            named |= set(match[1].split())
        if match := re.search(r"docker compose run .*?(\S+) python manage\.py", line):
            named.add(match[1])
        if match := re.search(r"docker compose (?:exec|logs)(?: -\S+)* ([a-z]+)\b", line):
            named.add(match[1])
    assert {"web", "migrate", "postgres"} <= named
    assert named <= set(COMPOSE["services"])


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\]\((operating/[^)#]+)\)", TEXT))), ids=str
)
def test_a_file_that_is_linked_is_there(path: str) -> None:
    assert (ROOT / "docs" / path).exists()


def _unit(name: str) -> ConfigParser:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    unit.read(UNITS / name)
    return unit


def _started(name: str, instance: str = "") -> list[str]:
    """The words that a unit runs, less the folder of programs."""
    words = _unit(name)["Service"]["ExecStart"].replace("%i", instance).split()
    return [Path(words[0]).name, *words[1:]]


@pytest.mark.parametrize(
    ("service", "unit", "instance"),
    [
        ("gpu", "thumper-gpu.service", ""),
        ("cron", "thumper-cron.service", ""),
        *((name, "thumper-worker@.service", name) for name in ("exports", "imports", "train")),
        ("maintenance", "thumper-worker@.service", "maintenance"),
    ],
)
def test_a_unit_runs_what_its_container_runs(service: str, unit: str, instance: str) -> None:
    assert _started(unit, instance) == COMPOSE["services"][service]["command"]


def test_the_target_wants_a_unit_for_every_service_that_goes_on() -> None:
    wanted = re.findall(r"^Wants=(.+)$", (UNITS / "thumper.target").read_text(), re.MULTILINE)
    names = {
        re.sub(r"thumper-(worker@)?|\.service", "", unit)
        for line in wanted
        for unit in line.split()
    }
    once = {"migrate", "gpu-cuda", "postgres", "redis"}
    assert names == set(COMPOSE["services"]) - once


@pytest.mark.parametrize("path", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_may_do_nothing_but_its_work(path: Path) -> None:
    service = _unit(path.name)["Service"]
    assert service["User"] == "thumper"
    assert service["NoNewPrivileges"] == service["ProtectHome"] == "yes"
    assert service["ProtectSystem"] == "strict"
    written = ["/srv/thumper", "/mnt/backup/thumper"][: 1 + path.name.startswith("thumper-backup")]
    assert service["ReadWritePaths"].split() == written


def test_a_command_runs_as_the_units_do_and_answers_with_their_status(tmp_path: Path) -> None:
    """A systemd-run that writes down what it is asked, in place of the one that needs systemd."""
    asked = tmp_path / "asked"
    stand_in = tmp_path / "systemd-run"
    stand_in.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{asked}\nexit 3\n')
    stand_in.chmod(0o755)
    script = [str(ROOT / "docs" / "operating" / "thumper"), "restore", "/mnt/my backups"]
    done = subprocess.run(
        script, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 3
    words = asked.read_text().splitlines()
    service = _unit("thumper-web.service")["Service"]
    assert f"--uid={service['User']}" in words
    assert f"--working-directory={service['WorkingDirectory']}" in words
    assert f"--property=EnvironmentFile={service['EnvironmentFile']}" in words
    begin = _unit("thumper-gpu.service")["Service"]["ExecStart"].split()[:2]
    assert words[-4:] == [*begin, "restore", "/mnt/my backups"]
