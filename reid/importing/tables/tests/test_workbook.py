"""Sheets of workbooks: what Excel itself adds to them disturbs nobody, and the sheet that is meant is found."""

from __future__ import annotations

import io
import warnings
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from reid.importing.formats.base import SourceOptions
from reid.importing.formats.tables import generic
from reid.importing.rows import Note, Row
from reid.importing.tables.table import read_table

if TYPE_CHECKING:
    from pathlib import Path

# Excel writes drop-down lists of another sheet so; openpyxl warns that it will drop them.
EXTENSION = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"></ext></extLst>'


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def with_extension(path: Path) -> Path:
    data = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b"</worksheet>", f"{EXTENSION}</worksheet>".encode())
            new.writestr(name, content)
    return path


def test_what_the_library_drops_is_no_warning_to_users(tmp_path: Path) -> None:
    file = with_extension(workbook(tmp_path / "a.xlsx", Data=[["path"], ["a.jpg"]]))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        table = read_table(file)
        assert [line.cells for line in table.lines()] == [{"path": "a.jpg"}]
    assert not caught


def test_a_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Ranch 2025"],
        [],
        ["path", "camera", "deer"],
        ["a.jpg", "N", "Gus"],
    ]
    table = read_table(workbook(tmp_path / "a.xlsx", Data=rows))
    assert table.columns == ("path", "camera", "deer")
    assert [(line.number, line.cells["deer"]) for line in table.lines()] == [(4, "Gus")]
    assert "the headings on line 3" in next(table.notes()).text


@pytest.mark.parametrize("first", [["path"], ["Station"]])
def test_one_known_heading_is_no_title(tmp_path: Path, first: list[object]) -> None:
    table = read_table(workbook(tmp_path / "a.xlsx", Data=[first, ["a,b", "c", "d"]]))
    assert table.columns == tuple(first)


def test_the_sheet_that_names_photographs_is_read_wherever_it_lies(tmp_path: Path) -> None:
    notes: list[list[object]] = [["Notes"], ["a word"]]
    data: list[list[object]] = [["File Name", "deer"], ["a.jpg", "Gus"]]
    file = workbook(tmp_path / "a.xlsx", Info=notes, Data=data)
    source = generic.FORMAT.open(file, SourceOptions())
    assert [item.path for item in source.items() if isinstance(item, Row)] == ["a.jpg"]
    told = [item.text for item in source.items() if isinstance(item, Note)]
    assert "the sheet 'Data' of an Excel workbook; left out: Info" in told[0]
