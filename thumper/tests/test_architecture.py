"""docs/architecture.md held to the code: every package is in it, and what it names exists."""

from __future__ import annotations

import ast
import re
from configparser import ConfigParser

import pytest

from thumper.tests.test_layout import PACKAGES, ROOT, parsed

TEXT = (ROOT / "docs" / "architecture.md").read_text()
NAMED = sorted(set(re.findall(r"`([\w./-]+\.py)(?::([\w.]+))?`", TEXT)))
FOLDERS = sorted(set(re.findall(r"`((?:reid|analysis|exports|thumper|templates)/[\w/]+)`", TEXT)))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_in_the_table_of_packages(package: str) -> None:
    table = TEXT.partition("\n## Packages\n")[2].partition("\n## ")[0]
    assert f"`{package}`" in table


def test_every_layer_is_a_line_of_the_picture() -> None:
    picture = TEXT.partition("```text\n")[2].partition("```")[0]
    lines = {frozenset(re.findall(r"\w+", part)) for part in re.split(r" {2,}|\n", picture)}
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = [
        frozenset(re.findall(r"\w+", layer))
        for app in ("thumper", "exports", "analysis", "reid")
        for layer in config[f"importlinter:contract:{app}"]["layers"].split("\n")
        if layer
    ]
    assert layers
    assert [sorted(layer) for layer in layers if layer not in lines] == []


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_what_is_named_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file(), path
    body = parsed(path).body
    for part in filter(None, name.split(".")):
        names = {
            getattr(node, "name", "") or ast.unparse(target): node
            for node in body
            for target in assigned(node)
        }
        assert part in names, f"{path} has no {name}"
        body = getattr(names[part], "body", [])


def assigned(node: ast.stmt) -> list[ast.expr]:
    """What a statement gives a name to; of a function or class one stand-in, for it has a name."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target):
            return [target]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [ast.Name(name)]
    return []


@pytest.mark.parametrize("folder", FOLDERS)
def test_named_folders_exist(folder: str) -> None:
    assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize(
    "walk", ["A detection", "An export", "A review answer", "A threshold", "A training run"]
)
def test_a_walk_goes_by_numbered_stations_with_file_and_function(walk: str) -> None:
    section = re.split(rf"^### {walk}.*$", TEXT, flags=re.MULTILINE)[1].partition("\n#")[0]
    stations = re.findall(r"^(\d+)\. (.*)$", section, re.MULTILINE)
    assert [int(number) for number, _ in stations] == list(range(1, len(stations) + 1))
    assert len(stations) >= 5
    for number, station in stations:
        assert re.search(r"`[\w/]+\.py:\w[\w.]*`", station), f"{walk}, station {number}"


def test_changes_say_what_to_test_and_what_must_follow() -> None:
    changes = re.findall(r"^\*\*\.\.\. .*?(?=\n\n|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert len(changes) == 12
    for change in changes:
        assert "*Test*: " in change, change[:40]
        assert "*Also*: " in change, change[:40]
