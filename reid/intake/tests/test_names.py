"""Names of uploaded files: what is taken, and what is refused in one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from reid.intake import names
from reid.intake.refusals import BadName, NotTaken, TooLarge


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("1.jpg", "1.jpg"),
        ("card/100RECNX/IMG 1.JPG", "card/100RECNX/IMG 1.JPG"),
        ("card\\100RECNX\\1.jpg", "card/100RECNX/1.jpg"),
        ("./card//1.jpg", "card/1.jpg"),
        ("Hügel/köşe.jpg", "Hügel/köşe.jpg"),
        ("a..b/..c.jpg", None),  # a hidden file
        ("console/nullify.jpg", "console/nullify.jpg"),
    ],
)
def test_a_path_is_spelled_with_slashes_below_its_folder(text: str, path: str | None) -> None:
    if path is None:
        with pytest.raises(NotTaken):
            names.safe_path(text)
    else:
        assert names.safe_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "/",
        "../1.jpg",
        "card/../../1.jpg",
        "..\\1.jpg",
        "/etc/passwd.jpg",
        "\\\\server\\share\\1.jpg",
        "C:/1.jpg",
        "c:\\cards\\1.jpg",
        "1\0.jpg",
        "1\n.jpg",
        "\u202egpj.1.jpg",
        "con.jpg",
        "card/LPT1",
        "nul.tar.jpg",
        "x" * 300 + ".jpg",
        "ü" * 130 + ".jpg",  # 264 bytes
        "/".join(["folder"] * 70) + "/1.jpg",
    ],
)
def test_a_hostile_path_is_refused(text: str) -> None:
    with pytest.raises(BadName) as refused:
        names.safe_path(text)
    assert str(refused.value).endswith(".")
    assert "\0" not in str(refused.value)


@pytest.mark.parametrize("name", ["Thumbs.db", ".DS_Store", "~$table.xlsx", "card/.hidden/1.jpg"])
def test_what_systems_leave_about_is_not_taken(name: str) -> None:
    with pytest.raises(NotTaken):
        names.safe_path(name)


@pytest.mark.parametrize(
    "name", ["1.jpg", "1.HEIC", "film.MP4", "film.avi", "boxes.json", "table.csv", "table.xlsx"]
)
def test_photographs_and_what_is_about_them_are_taken(name: str) -> None:
    names.require_kind(name, 10)


@pytest.mark.parametrize("name", ["small.lrv", "raw.cr2", "page.html", "run.exe", "README"])
def test_other_files_are_not_taken(name: str) -> None:
    with pytest.raises(NotTaken):
        names.require_kind(name, 10)


def test_a_photograph_and_a_table_have_their_own_limits(settings: Any) -> None:
    settings.IMAGE_MAX_BYTES, settings.UPLOAD_MAX_BYTES = 100, 1_000
    names.require_kind("1.jpg", 100)
    names.require_kind("1.json", 1_000)
    for name, size in (("1.jpg", 101), ("1.json", 1_001)):
        with pytest.raises(TooLarge):
            names.require_kind(name, size)


def test_spellings_that_a_person_cannot_tell_apart_have_one_key() -> None:
    assert names.key_of("Card/IMG.JPG") == names.key_of("card/img.jpg")
    assert names.key_of("ö.jpg") == names.key_of("ö.jpg")
    assert names.key_of("a.jpg") != names.key_of("b.jpg")
