"""Folders of the server: those below PHOTO_ROOTS can be chosen, and nothing else is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reid.intake import folders, requests
from reid.intake.refusals import Unknown

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def cards(tmp_path: Path, settings: Any) -> Path:
    root = tmp_path / "cards"
    (root / "north" / "100RECNX").mkdir(parents=True)
    (root / ".trash").mkdir()
    (root / "north" / "1.jpg").touch()
    (root / "north" / "boxes.json").touch()
    (tmp_path / "secret").mkdir()
    settings.PHOTO_ROOTS = [root, tmp_path / "away"]
    return root


def test_the_roots_that_are_there_are_offered(cards: Path) -> None:
    assert [(root.path, root.parent) for root in folders.roots()] == [(str(cards), "")]


def test_a_folder_says_what_lies_in_it(cards: Path) -> None:
    top = folders.look_into(str(cards))
    assert [(one.name, one.path) for one in top.folders] == [("north", str(cards / "north"))]
    north = folders.look_into(str(cards / "north"))
    assert (north.parent, north.photographs, north.about) == (str(cards), 1, ("boxes.json",))


@pytest.mark.parametrize(
    "end", ["/..", "/../secret", "/north/../../secret", "/none", "/north/1.jpg", "\0", "secrets"]
)
def test_what_is_not_below_a_root_is_unknown(cards: Path, end: str) -> None:
    with pytest.raises(Unknown):
        folders.look_into(f"{cards}{end}")


@pytest.mark.parametrize("text", ["", "/", "/etc", "north", "~"])
def test_nothing_else_of_the_server_is_told(cards: Path, text: str) -> None:
    with pytest.raises(Unknown):
        folders.look_into(text)


def test_a_link_that_leads_outside_is_neither_shown_nor_followed(cards: Path) -> None:
    (cards / "out").symlink_to(cards.parent / "secret")
    (cards / "in").symlink_to(cards / "north")
    assert [one.name for one in folders.look_into(str(cards)).folders] == ["in", "north"]
    with pytest.raises(Unknown):
        folders.look_into(str(cards / "out"))


def test_without_roots_nothing_is_offered(settings: Any, tmp_path: Path) -> None:
    settings.PHOTO_ROOTS = []
    assert folders.roots() == ()
    with pytest.raises(Unknown):
        folders.look_into(str(tmp_path))


def test_an_import_of_a_folder_is_named_after_it(cards: Path, ranger: Any) -> None:
    request = requests.create_folder(ranger, str(cards / "north"), "")
    assert (request.title, request.folder) == ("north", str(cards / "north"))
    with pytest.raises(Unknown):
        requests.create_folder(ranger, str(cards.parent), "all of it")
