"""Folders: what they are is said, never guessed; photographs alone need no boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.folders import FORMAT
from reid.importing.rows import WHOLE_IMAGE, Note, Row, SourceProblem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def card(tmp_path: Path):
    """A folder that holds these files; nothing reads into them here."""

    def fill(*paths: str) -> Path:
        for path in paths:
            (tmp_path / "card" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "card" / path).touch()
        return tmp_path / "card"

    return fill


def notes(root: Path, **options) -> list[Note]:
    items = FORMAT.open(root, SourceOptions(**options)).items()
    return [item for item in items if isinstance(item, Note)]


def rows(root: Path, **options) -> list[Row]:
    items = list(FORMAT.open(root, SourceOptions(**options)).items())
    assert all(isinstance(item, Row) for item in items)
    return [item for item in items if isinstance(item, Row)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("100RECNX", "100RECNX is a name that cameras give"),
        ("101_BTCF", "101_BTCF is a name that cameras give"),
        ("DCIM", "DCIM is a name that cameras give"),
        ("Site_001", "Site_001 looks like the name of a place"),
        ("Cam A", "Cam A looks like the name of a place"),
        ("station-12b", "station-12b looks like the name of a place"),
        ("2025-10-01", "2025-10-01 looks like a date"),
        ("20251001", "20251001 looks like a date"),
        ("Old Gus", ""),
        ("north", ""),
    ],
)
def test_folders_in_a_folder_are_asked_for_by_name(card, name: str, words: str) -> None:
    with pytest.raises(SourceProblem) as problem:
        rows(card(f"{name}/a.jpg", f"{name}/b.jpg"))
    text = str(problem.value)
    assert name in text and words in text
    for way in ("--folders deer", "--folders cameras", "--folders none", "--camera", "table"):
        assert way in text
    assert ("looks like" in text or "cameras give" in text) == bool(words)


def test_many_folders_are_named_in_part(card) -> None:
    with pytest.raises(SourceProblem, match="a, b, c, d and 3 more"):
        rows(card(*(f"{name}/1.jpg" for name in "abcdefg")))


def test_folders_that_are_cameras_give_photographs_with_a_camera(card) -> None:
    root = card("North Gate/DCIM/100RECNX/1.jpg", "creek/2.jpg", "3.jpg")
    found = rows(root, folders="cameras")
    assert [(row.path, row.camera) for row in found] == [
        ("3.jpg", ""),
        ("North Gate/DCIM/100RECNX/1.jpg", "North Gate"),
        ("creek/2.jpg", "creek"),
    ]
    assert {(row.area, row.looked, row.deer) for row in found} == {(None, False, "")}


def test_a_pattern_that_takes_the_camera_from_the_folders_says_what_they_are(card) -> None:
    root = card("autumn/creek/1.jpg", "autumn/gate/2.jpg")
    pattern = "(?P<camera>[^/]+)/[^/]+$"
    found = rows(root, finders={"camera": pattern})
    assert [(row.camera, row.area) for row in found] == [("creek", None), ("gate", None)]
    with pytest.raises(SourceProblem, match="card holds folders: autumn"):
        rows(root, finders={"camera": "/(?P<camera>[0-9])"})  # from the files' names


def test_photographs_alone_have_the_one_camera_that_is_named(card) -> None:
    root = card("DCIM/100RECNX/1.jpg", "DCIM/101RECNX/1.jpg")
    assert {row.camera for row in rows(root, folders="none")} == {""}
    named = rows(root, folders="none", finders={"camera": "north gate"})
    assert {(row.camera, row.area, row.looked) for row in named} == {("north gate", None, False)}


def test_photographs_without_folders_need_no_word(card) -> None:
    assert [(row.path, row.area) for row in rows(card("1.jpg", "2.JPG"))] == [
        ("1.jpg", None),
        ("2.JPG", None),
    ]


def test_folders_that_are_deer_give_whole_images(card) -> None:
    (row,) = rows(card("Old Gus/1.jpg"), folders="deer")
    assert (row.deer, row.area, row.looked) == ("Old Gus", WHOLE_IMAGE, True)


def test_an_unknown_word_is_refused(card) -> None:
    with pytest.raises(SourceProblem, match="deer, cameras or none"):
        rows(card("a/1.jpg"), folders="sites")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("2025", "looks like a date"), ("Stand 3", "the name of a place"), ("Raccoons", "kind of animal")],
)  # fmt: skip
def test_whoever_calls_such_a_folder_a_deer_is_told(card, name: str, hint: str) -> None:
    (note,) = notes(card(f"{name}/a.jpg", "Old Gus/b.jpg"), folders="deer")
    assert name in note.text and hint in note.text and "Old Gus" not in note.text


@pytest.mark.parametrize("name", ["Old Gus", "Buck 7", "7", "north"])
def test_nothing_is_said_of_names(card, name: str) -> None:
    assert not notes(card(f"{name}/a.jpg"), folders="deer")
    assert not notes(card("2025/a.jpg"), folders="cameras")


def test_a_folder_with_a_table_in_it_says_how_that_is_imported(card) -> None:
    (note,) = notes(card("a.jpg", "detections.json", "notes.docx"))
    assert "docx 1, json 1" in note.text and "imported by its own name" in note.text
