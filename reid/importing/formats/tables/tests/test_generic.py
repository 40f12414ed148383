"""CSV files and folders of deer: good lines become rows, bad ones are refused by themselves."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing import rows
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.folders import FolderSource
from reid.importing.formats.tables import generic
from reid.importing.formats.tests.meanings import classes_of, refusals_of
from reid.importing.reading import endings
from reid.importing.rows import (
    NOT_A_DEER,
    WHOLE_IMAGE,
    Area,
    Note,
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
    (item,) = (item for item in source.items() if not isinstance(item, Note))
    assert isinstance(item, Refusal)
    assert item.reason is RefusalReason.ROW
    return item.text


@pytest.mark.django_db
def test_columns_come_in_any_order(csv_of) -> None:
    source = csv_of(
        "deer,height,width,y,x,confidence,classification,camera,captured_at,path,flank,sighting\n"
        "Ada,40,30,20,10,0.75,doe,oak,2025-10-01 12:00:00,a/1.jpg,left,7\n"
    )
    assert source.total == 1
    items = list(source.items())
    assert items == [
        Row(
            line=2,
            path="a/1.jpg",
            area=Area(10, 20, 30, 40),
            label="doe",
            confidence=0.75,
            captured_at="2025-10-01 12:00:00",
            camera="oak",
            deer="Ada",
            sighting="7",
            flank="left",
        )
    ]
    assert classes_of(*items) == [Classification.DOE]


def test_a_path_is_all_that_a_line_needs(csv_of) -> None:
    (row,) = csv_of("path\na.jpg\n").items()
    assert row == Row(2, "a.jpg", WHOLE_IMAGE, Classification.ANIMAL, 1.0)


def test_older_class_names_and_a_byte_order_mark_are_understood(csv_of) -> None:
    (row,) = csv_of("\ufeffpath,classification\r\na.jpg,Mature\r\n").items()
    assert row.label == "Mature"
    assert classes_of(row) == [Classification.BUCK]


@pytest.mark.parametrize(
    ("columns", "cells", "text"),
    [
        ("path,x,y,width,height", "a.jpg,1,2,3,", numbers.NO_BOX),
        ("path,x,y,width,height", "a.jpg,1,2,nan,4", numbers.NO_NUMBER.format(name="width", text="nan")),
        ("path,x,y,width,height", "a.jpg,1e9,2,3,4", numbers.NO_NUMBER.format(name="x", text="1e9")),
        ("path,confidence", "a.jpg,1.5", rows.BAD_CONFIDENCE.format(text="1.5")),
        ("path,flank", "a.jpg,top", rows.BAD_FLANK.format(text="top")),
        ("path,camera", "a.jpg,oak,elm", table.TOO_MANY_CELLS),
        ("path,camera", ",oak", generic.NO_PATH),
        ("path,camera,ni\u00f1o", "a.jpg,\udcff", "the line is not UTF-8 text"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_in_words(csv_of, columns: str, cells: str, text: str) -> None:
    assert text_of(csv_of(f"{columns}\n{cells}\n")) == text


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
    *rows, note = source.items()
    assert note == Note(endings.OTHER, endings.OTHER_TEXT.format(counts="txt 1"))
    assert rows == [
        Row(0, "Ada/sub/1_left.JPG", WHOLE_IMAGE, Classification.UNKNOWN_DEER, deer="Ada",
            sighting="Ada/1", flank="left"),
        Row(0, "Bob/1_left.jpg", WHOLE_IMAGE, Classification.UNKNOWN_DEER, deer="Bob",
            sighting="Bob/1", flank="left"),
    ]  # fmt: skip


def test_a_file_beside_the_folders_and_a_bad_flank_are_refused(tmp_path: Path) -> None:
    (tmp_path / "1_top.jpg").touch()
    assert text_of(FolderSource(tmp_path)) == "the file is in no deer's folder"
    (tmp_path / "Ada").mkdir()
    (tmp_path / "1_top.jpg").rename(tmp_path / "Ada" / "1_top.jpg")
    source = FolderSource(tmp_path, {"flank": "_(?P<flank>[a-z]+)"})
    assert text_of(source) == rows.BAD_FLANK.format(text="top")


def table_of(tmp_path: Path, *lines: str, **options: Any) -> list[Any]:
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    return list(generic.FORMAT.open(tmp_path / "t.csv", SourceOptions(**options)).items())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headings",
    [
        "File,DateTime,Station,Species,Individual,BBox_X,bbox y,Box Width,H,Conf,Side,Sighting ID",
        "RelativePath,Timestamp,Site Name,class,deer_name,X,Y,W,bbox_height,PROBABILITY,flank,sighting",
    ],
)
def test_common_headings_are_known(tmp_path: Path, headings: str) -> None:
    (row,) = table_of(
        tmp_path, headings, "a.jpg,2025-10-03 06:12:44,oak,doe,Ada,10,20,30,40,0.5,left,7"
    )
    assert row == Row(
        2, "a.jpg", Area(10, 20, 30, 40), Classification.ANIMAL, 0.5, "2025-10-03 06:12:44",
        camera="oak", deer="Ada", sighting="7", flank="left", label="doe",
    )  # fmt: skip
    assert classes_of(row) == [Classification.DOE]


@pytest.mark.django_db
def test_every_field_may_be_given_its_column(tmp_path: Path) -> None:
    given = {
        "path": "p", "captured_at": "t", "camera": "c", "x": "l", "y": "o", "width": "b", "height": "a",
        "classification": "k", "confidence": "s", "deer": "d", "sighting": "g", "flank": "f",
    }  # fmt: skip
    (row,) = table_of(
        tmp_path,
        "p,t,c,l,o,b,a,k,s,d,g,f,path,deer",
        "a.jpg,2025-10-03 06:12:44,oak,10,20,30,40,doe,0.5,Ada,7,left,no.jpg,Bob",
        columns=given,
    )
    assert row == Row(
        2, "a.jpg", Area(10, 20, 30, 40), Classification.ANIMAL, 0.5, "2025-10-03 06:12:44",
        camera="oak", deer="Ada", sighting="7", flank="left", label="doe",
    )  # fmt: skip
    assert classes_of(row) == [Classification.DOE]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"columns": {"colour": "x"}}, "there is no field 'colour'; use one of path, "),
        ({"columns": {"deer": "Who"}}, "t.csv has no such column; it has path, name, Site"),
        ({"finders": {"camera": "Place"}}, "t.csv has no such column; it has path, name, Site"),
        ({"columns": {"camera": "name"}, "finders": {"camera": "Site"}}, "give one of them"),
    ],
)
def test_a_field_or_column_that_is_not_there_is_refused_with_what_is(
    tmp_path: Path, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(SourceProblem) as problem:
        table_of(tmp_path, "path,name,Site", "a.jpg,Ada,oak", **options)
    assert text in str(problem.value)


def test_headings_that_may_mean_the_same_are_not_guessed(tmp_path: Path) -> None:
    note, row = table_of(tmp_path, "path,Station,Site", "a.jpg,oak,elm")
    assert (note.kind, row.camera) == (fields.UNCLEAR, "")
    assert "Station and Site may each be the camera" in note.text
    (row,) = table_of(tmp_path, "path,Station,Site", "a.jpg,oak,elm", columns={"camera": "station"})
    assert row.camera == "oak"
    with pytest.raises(SourceProblem, match="say which one names the photographs"):
        table_of(tmp_path, "File,Image", "a.jpg,b.jpg")


def test_the_size_of_the_photograph_is_no_box(tmp_path: Path) -> None:
    (row,) = table_of(tmp_path, "path,width,height", "a.jpg,640,480")
    assert row.area == WHOLE_IMAGE


def test_boxes_in_shares_are_told_from_pixels_by_the_whole_table(tmp_path: Path) -> None:
    note, row = table_of(tmp_path, "path,x,y,width,height", "a.jpg,0.1,0.2,0.5,0.5")
    assert (note.kind, row.area) == (table.HOW_READ, Area(0.1, 0.2, 0.5, 0.5, relative=True))
    bad, good = table_of(
        tmp_path, "path,x,y,width,height", "a.jpg,0.1,0.2,0.5,0.5", "b.jpg,10,20,30,40"
    )
    assert (bad.text, good.area) == (numbers.MIXED_UNITS, Area(10, 20, 30, 40))


def test_date_and_time_of_two_columns_are_one_time(tmp_path: Path) -> None:
    first, second, third = table_of(
        tmp_path,
        "path,Date,Time",
        "a.jpg,13/10/2025,6:12 PM",
        "b.jpg,3/10/2025,6:12 AM",
        "c.jpg,3/10/2025,",
    )
    assert [row.captured_at for row in (first, second, third)] == [
        "2025-10-13 18:12:00",
        "2025-10-03 06:12:00",
        "",
    ]
    (row,) = table_of(tmp_path, "path,Date", "a.jpg,2025-10-03 06:12:44")
    assert row.captured_at == "2025-10-03 06:12:44"


def test_times_in_a_given_format_are_read_in_columns_and_paths(tmp_path: Path) -> None:
    first, second = table_of(
        tmp_path,
        "path,captured_at",
        "03102025 061244.jpg,",
        "b.jpg,03102025 061244",
        time_format="%d%m%Y %H%M%S",
        finders={"captured_at": r"(?P<captured_at>\d{8} \d{6})"},
    )
    assert (first.pattern_time, first.captured_at) == ("2025-10-03 06:12:44", "")
    assert second.captured_at == "2025-10-03 06:12:44"


def test_an_open_order_of_day_and_month_stops_the_table_before_its_first_line(
    tmp_path: Path,
) -> None:
    with pytest.raises(SourceProblem, match="--time-format '%d/%m/%Y %H:%M'"):
        table_of(tmp_path, "path,captured_at", "a.jpg,2025-10-03 06:12", "b.jpg,3/10/2025 06:12")


@pytest.mark.django_db
def test_a_word_for_nothing_is_a_photograph_without_an_animal(tmp_path: Path) -> None:
    row, deer = table_of(tmp_path, "path,species,deer", "a.jpg,Empty,", "b.jpg,,Ada")
    assert (row.area, row.looked, row.label) == (None, True, "Empty")
    assert (deer.area, deer.looked, deer.label) == (WHOLE_IMAGE, True, "")
    assert classes_of(deer) == [Classification.UNKNOWN_DEER]


@pytest.mark.django_db
def test_no_word_refuses_a_line_but_another_animals_beside_a_deers_name(tmp_path: Path) -> None:
    *items, cow = table_of(
        tmp_path,
        "path,species,deer",
        *("a.jpg,guapo,", "b.jpg,guapo,Ada", "c.jpg,Nothing,Ada", "d.jpg,cow,Ada"),
    )
    assert [row.label for row in items] == ["guapo", "guapo", "Nothing"]
    deer = Classification.UNKNOWN_DEER
    assert classes_of(*items) == [Classification.ANIMAL, deer, deer]
    assert refusals_of(*items, cow) == [NOT_A_DEER.format(name="cattle", deer="Ada")]
