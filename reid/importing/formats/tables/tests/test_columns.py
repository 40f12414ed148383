"""Columns of a table of one's own: what is read as a deer's name, and what is said of columns that are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.tables import generic
from reid.importing.rows import Note, Row, SourceProblem
from reid.importing.tables.columns import NO_CLASS, NOT_READ, NUMBERS_FOR_DEER

if TYPE_CHECKING:
    from pathlib import Path


def read(
    tmp_path: Path, text: str, columns: dict[str, str] | None = None
) -> tuple[list[Row], list[Note]]:
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    source = generic.FORMAT.open(tmp_path / "table.csv", SourceOptions(columns=columns or {}))
    items = list(source.items())
    rows = [item for item in items if isinstance(item, Row)]
    notes = [item for item in items if isinstance(item, Note)]
    assert len(rows) + len(notes) == len(items)
    return rows, notes


@pytest.mark.parametrize("values", [("0", "2"), ("0", "1"), ("0.01", "0.94"), ("1", "0,0")])
def test_a_column_of_counts_or_scores_names_no_deer(
    tmp_path: Path, values: tuple[str, str]
) -> None:
    text = "".join(f"{number}.jpg;{value}\n" for number, value in enumerate(values))
    rows, notes = read(tmp_path, f"path;deer\n{text}")
    assert [row.deer for row in rows] == ["", ""]
    said = NUMBERS_FOR_DEER.format(source="table.csv", column="deer", value=values[0])
    assert said in [note.text for note in notes]


@pytest.mark.parametrize("values", [("7", "12"), ("07", "Gus"), ("0", "Gus")])
def test_numbers_that_can_be_names_are(tmp_path: Path, values: tuple[str, str]) -> None:
    text = "".join(f"{number}.jpg,{value}\n" for number, value in enumerate(values))
    rows, notes = read(tmp_path, f"path,deer\n{text}")
    assert [row.deer for row in rows] == list(values)
    assert not notes


def test_whoever_says_that_it_is_the_names_column_is_believed(tmp_path: Path) -> None:
    rows, notes = read(tmp_path, "path,deer\n1.jpg,0\n2.jpg,1\n", columns={"deer": "deer"})
    assert [row.deer for row in rows] == ["0", "1"]
    assert not notes


def test_columns_that_are_not_read_are_named(tmp_path: Path) -> None:
    text = "filename,date,seqnum,predictionbase,prediction,score\na.jpg,2025:10:03 06:12:44,1,empty,empty,0.9\n"
    _, notes = read(tmp_path, text)
    assert [note.text for note in notes] == [
        NO_CLASS.format(source="table.csv", columns="seqnum, predictionbase, prediction, score"),
    ]


def test_a_column_beside_the_class_that_is_not_read_is_named(tmp_path: Path) -> None:
    _, notes = read(tmp_path, "path,species,weather\na.jpg,deer,rain\n")
    assert [note.text for note in notes] == [NOT_READ.format(source="table.csv", columns="weather")]


def test_a_table_whose_columns_are_all_read_says_nothing(tmp_path: Path) -> None:
    assert not read(tmp_path, "path,camera,species\na.jpg,North,deer\n")[1]


@pytest.mark.parametrize(
    "heading", ["camera,started_on", "deploymentID,deploymentStart", "Station,Setup_date"]
)
def test_a_table_of_deployments_is_sent_to_its_command(tmp_path: Path, heading: str) -> None:
    with pytest.raises(SourceProblem, match="import it by import_deployments"):
        read(tmp_path, f"{heading}\nNorth,2025-09-01\n")
