"""CSV files and folders of deer: good lines become rows, bad ones are refused by themselves."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from reid.importing import rows
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.folders import FolderSource
from reid.importing.formats.tables import generic
from reid.importing.rows import (
    WHOLE_IMAGE,
    Area,
    Refusal,
    RefusalReason,
    Row,
    RowSource,
    SourceProblem,
)
from reid.importing.tables import fields, numbers, table
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def csv_of(tmp_path: Path):
    def write(text: str, **options: str) -> RowSource:
        file = tmp_path / "detections.csv"
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        return generic.FORMAT.open(file, SourceOptions(finders=options))

    return write


def text_of(source: RowSource) -> str:
    """Why the only item was refused."""
    (item,) = source.items()
    assert isinstance(item, Refusal)
    assert item.reason is RefusalReason.ROW
    return item.text


def test_columns_come_in_any_order(csv_of) -> None:
    source = csv_of(
        "deer,height,width,y,x,confidence,classification,camera,captured_at,path,flank,sighting\n"
        "Ada,40,30,20,10,0.75,doe,oak,2025-10-01 12:00:00,a/1.jpg,left,7\n"
    )
    assert source.total == 1
    assert list(source.items()) == [
        Row(
            line=2,
            path="a/1.jpg",
            area=Area(10, 20, 30, 40),
            classification=Classification.DOE,
            confidence=0.75,
            captured_at="2025-10-01 12:00:00",
            camera="oak",
            deer="Ada",
            sighting="7",
            flank="left",
            label="doe",
        )
    ]


def test_a_path_is_all_that_a_line_needs(csv_of) -> None:
    (row,) = csv_of("path\na.jpg\n").items()
    assert row == Row(2, "a.jpg", WHOLE_IMAGE, Classification.ANIMAL, 1.0)


def test_a_named_deer_is_a_deer(csv_of) -> None:
    first, second = csv_of("path,deer,classification\na.jpg,Ada,\nb.jpg,Ada,animal\n").items()
    assert first.classification == second.classification == Classification.UNKNOWN_DEER


def test_older_class_names_and_a_byte_order_mark_are_understood(csv_of) -> None:
    (row,) = csv_of("\ufeffpath,classification\r\na.jpg,Mature\r\n").items()
    assert row.classification is Classification.BUCK


@pytest.mark.parametrize(
    ("columns", "cells", "text"),
    [
        ("path,x,y,width,height", "a.jpg,1,2,3,", numbers.NO_BOX),
        ("path,x,y,width,height", "a.jpg,1,2,nan,4", numbers.NO_NUMBER.format(name="width", text="nan")),
        ("path,x,y,width,height", "a.jpg,1e9,2,3,4", numbers.NO_NUMBER.format(name="x", text="1e9")),
        ("path,confidence", "a.jpg,1.5", rows.BAD_CONFIDENCE.format(text="1.5")),
        ("path,flank", "a.jpg,top", rows.BAD_FLANK.format(text="top")),
        ("path,deer,classification", "a.jpg,Ada,cow", rows.NOT_A_DEER.format(name="cattle", deer="Ada")),
        ("path,camera", "a.jpg,oak,elm", table.TOO_MANY_CELLS),
        ("path,camera", ",oak", generic.NO_PATH),
        ("path,camera,ni\u00f1o", "a.jpg,\udcff", "the line is not UTF-8 text"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_in_words(csv_of, columns: str, cells: str, text: str) -> None:
    assert text_of(csv_of(f"{columns}\n{cells}\n")) == text


def test_an_unknown_class_is_refused_with_the_known_ones(csv_of) -> None:
    assert "use one of buck, doe" in text_of(csv_of("path,classification\na.jpg,unicorn\n"))


def test_a_bad_line_does_not_lose_the_others_and_keeps_its_number(csv_of) -> None:
    source = csv_of('path,confidence,deer\na.jpg,1,"two\nlines"\nb.jpg,2,\nc.jpg,1,\n')
    assert [(item.line, type(item)) for item in source.items()] == [
        (3, Row),
        (4, Refusal),
        (5, Row),
    ]


def test_one_sighting_is_one_deer(csv_of) -> None:
    good, bad = csv_of("path,deer,sighting\na.jpg,Ada,7\nb.jpg,Bob,7\n").items()
    assert isinstance(good, Row)
    assert bad.text == generic.DEER_CONFLICT.format(label="7", first="Ada", line=2)


@pytest.mark.parametrize("text", ["", "foto,camera\na.jpg,oak\n"])
def test_a_table_without_paths_is_refused(csv_of, text: str) -> None:
    with pytest.raises(SourceProblem) as problem:
        list(csv_of(text).items())
    columns = text.split("\n")[0].replace(",", ", ") or "none"
    assert str(problem.value) == fields.NO_PATH_COLUMN.format(
        source="detections.csv", columns=columns
    )


def test_a_cell_longer_than_any_is_not_csv(csv_of) -> None:
    csv.field_size_limit(10**9)  # as some libraries do
    with pytest.raises(SourceProblem, match="line 2 is not CSV"):
        list(csv_of('path\n"' + "a" * 200_000).items())


def test_a_folder_a_deer(tmp_path: Path) -> None:
    for name in (
        "Bob/1_left.jpg",
        "Ada/sub/1_left.JPG",
        "Ada/notes.txt",
        ".cache/x.jpg",
        "Ada/.1.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    source = FolderSource(
        tmp_path, {"sighting": r"/(?P<sighting>\d+)_", "flank": "_(?P<flank>[a-z]+)"}
    )
    assert source.total == 2
    assert list(source.items()) == [
        Row(1, "Ada/sub/1_left.JPG", WHOLE_IMAGE, Classification.UNKNOWN_DEER, deer="Ada",
            sighting="Ada/1", flank="left"),
        Row(2, "Bob/1_left.jpg", WHOLE_IMAGE, Classification.UNKNOWN_DEER, deer="Bob",
            sighting="Bob/1", flank="left"),
    ]  # fmt: skip


def test_a_file_beside_the_folders_and_a_bad_flank_are_refused(tmp_path: Path) -> None:
    (tmp_path / "1_top.jpg").touch()
    assert text_of(FolderSource(tmp_path)) == "the file is in no deer's folder"
    (tmp_path / "Ada").mkdir()
    (tmp_path / "1_top.jpg").rename(tmp_path / "Ada" / "1_top.jpg")
    source = FolderSource(tmp_path, {"flank": "_(?P<flank>[a-z]+)"})
    assert text_of(source) == rows.BAD_FLANK.format(text="top")
