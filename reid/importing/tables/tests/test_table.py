"""Tables as spreadsheets save them: the same cells come out, or one sentence says what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import openpyxl
import pytest

from reid.importing.rows import SourceProblem
from reid.importing.tables import dialect, table, workbook
from reid.importing.tables.table import HOW_READ, Line, Table, fold, read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADINGS = ["path", "camera", "confidence"]
CELLS = ["IMG_1.JPG", "Pe\u00f1a", "0.91"]


@pytest.fixture
def table_of(tmp_path: Path) -> Callable[[bytes], Table]:
    def write(data: bytes, name: str = "table.csv") -> Table:
        (tmp_path / name).write_bytes(data)
        return read_table(tmp_path / name)

    return write


def joined(separator: str, *rows: list[str]) -> str:
    return "".join(separator.join(row) + "\r\n" for row in rows)


@pytest.mark.parametrize(
    ("data", "line", "note"),
    [
        (joined(",", HEADINGS, CELLS).encode(), 2, ""),
        (joined(",", HEADINGS, CELLS).encode("utf-8-sig"), 2, ""),
        (joined(";", HEADINGS, CELLS).encode("utf-8-sig"), 2, "semicolons"),
        (joined("\t", HEADINGS, CELLS).encode(), 2, "tabs"),
        (joined("|", HEADINGS, CELLS).encode(), 2, "bars"),
        (joined("\t", HEADINGS, CELLS).encode("utf-16"), 2, "UTF-16"),
        ("\ufeff".encode("utf-16-be") + joined(";", HEADINGS, CELLS).encode("utf-16-be"), 2, "UTF-16"),
        (joined(",", HEADINGS, CELLS).encode("cp1252"), 2, "check the letters of Pe\u00f1a"),
        (joined(";", ["sep=;"], HEADINGS, CELLS).encode(), 3, "its sep= line"),
        (joined("\t", ['"sep=\t"'], HEADINGS, CELLS).encode("utf-16"), 3, "its sep= line"),
        (joined(",", ["", ""], HEADINGS, ["", ""], CELLS, ["", "", ""]).encode(), 4, ""),
    ],
)  # fmt: skip
def test_every_way_of_saving_gives_the_same_cells(
    table_of, data: bytes, line: int, note: str
) -> None:
    source = table_of(data)
    assert source.columns == tuple(HEADINGS)
    assert list(source.lines()) == [Line(line, dict(zip(HEADINGS, CELLS, strict=True)))]
    notes = list(source.notes())
    assert [item.kind for item in notes] == ([HOW_READ] if note else [])
    assert all(note in item.text for item in notes)


def test_headings_are_found_however_they_are_written(table_of) -> None:
    source = table_of(b" Captured At ,X,x\n1,2,3\n")
    assert source.find("path", "captured_at") == "Captured At"
    assert source.find("x") == "x"  # the exact one of two that are alike
    assert source.find("camera") == ""
    assert fold("Captured_At") == fold("captured at") == fold("CAPTURED-AT")


def test_two_columns_of_one_name_are_refused_when_one_is_asked_for(table_of) -> None:
    source = table_of(b"path,Deer,DEER\na.jpg,Ada,Bob\n")
    assert source.find("path") == "path"
    with pytest.raises(SourceProblem) as problem:
        source.find("deer")
    assert str(problem.value) == table.TWO_COLUMNS.format(source="table.csv", name="deer")


def test_a_line_that_is_too_long_or_is_no_text_says_so_and_no_other_does(table_of) -> None:
    source = table_of("path\na,b\nni\u00f1o\n".encode() + b"\xff\nc,\n")
    assert [line.problem for line in source.lines()] == [
        table.TOO_MANY_CELLS,
        "",
        table.NOT_UTF8,
        "",
    ]


@pytest.mark.parametrize(
    "data",
    [
        "\u0141\u0105ka".encode("cp1250"),  # other code pages give other letters for the same bytes
        "\u041b\u043e\u0441\u044c".encode("cp1251"),
        "Pe\u00f1a".encode("mac_roman"),
        "M\u00fcller".encode("mac_roman"),
        "Dvo\u0159\u00e1k".encode("cp1250"),
        "\u9e7f".encode("shift_jis"),
    ],
)
def test_letters_that_are_not_certain_are_refused(table_of, data: bytes) -> None:
    with pytest.raises(SourceProblem) as problem:
        table_of(b"path,deer\na.jpg," + data + b"\n")
    assert str(problem.value) == dialect.UNKNOWN_ENCODING.format(source="table.csv", line=2)


@pytest.mark.parametrize(
    "name",
    ["Pe\u00f1a", "Stra\u00dfe", "\u00c5s", "For\u00eat 2", "caf\u00e9 \u2013 nord", "\u00c9RABLE"],
)
def test_western_names_are_read_letter_by_letter(table_of, name: str) -> None:
    (line,) = table_of(f"path,deer\na.jpg,{name}\n".encode("cp1252")).lines()
    assert line.cells["deer"] == name


def test_what_is_no_text_is_refused_in_a_sentence(table_of) -> None:
    for data, text in (
        (b"path\na\0b\n", dialect.NO_TEXT),
        ("path\na.jpg\n".encode("utf-16-le"), dialect.NO_TEXT),
        (b"\xff\xfep\0a\0t\0h\0\n", dialect.BROKEN_UTF16),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", dialect.OLD_EXCEL),
        (b"PK\x03\x04rest", workbook.BAD_WORKBOOK),
    ):
        with pytest.raises(SourceProblem) as problem:
            table_of(data)
        assert str(problem.value) == text.format(source="table.csv")


@pytest.mark.parametrize("rest", ["Ada\nb.jpg,Bob\n", "a" * 100 + "\n" + "b,c\n" * 60_000])
def test_a_quote_that_is_never_closed_is_named_by_its_line(table_of, rest: str) -> None:
    source = table_of(f'path,deer\na.jpg,Ada\nb.jpg,"{rest}'.encode())
    with pytest.raises(SourceProblem) as problem:
        list(source.lines())
    assert str(problem.value) == table.OPEN_QUOTE.format(source="table.csv", line=3)


def test_a_file_without_lines_has_no_columns(table_of) -> None:
    for data in (b"", b"\n\n", "\ufeff".encode()):
        source = table_of(data)
        assert (source.columns, list(source.lines())) == ((), [])


def test_a_table_counts_its_lines(table_of) -> None:
    assert table_of(b"sep=,\npath\na\nb\n").size == 2
    assert table_of(b"").size == 0


def test_a_workbook_gives_what_its_cells_mean(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("hidden").sheet_state = "hidden"
    sheet = book.create_sheet("data")
    sheet.append([])
    sheet.append([" Path ", "captured_at", "x", "confidence", "sure", "deer", None])
    sheet.append(["a.jpg", datetime(2025, 10, 3, 6, 12, 44), 10.0, 0.91, True, "Pe\u00f1a", None])  # noqa: DTZ001 - a cell has no zone
    sheet.append([])
    book.create_sheet("notes").append(["seen by Ann"])
    book.save(tmp_path / "book.xlsx")
    source = read_table(tmp_path / "book.xlsx")
    assert source.columns == ("Path", "captured_at", "x", "confidence", "sure", "deer")
    (line,) = source.lines()
    assert (line.number, list(line.cells.values())) == (
        3,
        ["a.jpg", "2025-10-03 06:12:44", "10", "0.91", "true", "Pe\u00f1a"],
    )
    (note,) = source.notes()
    assert "the sheet 'data'" in note.text and "left out: notes" in note.text


def test_an_empty_workbook_and_an_open_document_are_named(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(SourceProblem) as problem:
        read_table(tmp_path / "empty.xlsx")
    assert str(problem.value) == workbook.NO_SHEET.format(source="empty.xlsx")
    import zipfile

    with zipfile.ZipFile(tmp_path / "book.ods", "w") as archive:
        archive.writestr("content.xml", "<office/>")
    with pytest.raises(SourceProblem) as problem:
        read_table(tmp_path / "book.ods")
    assert str(problem.value) == workbook.OPEN_DOCUMENT.format(source="book.ods")


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    with pytest.raises(SourceProblem, match="tables is a folder: name the table in it"):
        read_table(tmp_path / "tables")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_title_above_the_headings_is_passed_over(tmp_path: Path, separator: str) -> None:
    rows: tuple[list[str], ...] = (
        ["Ranch table 2025"],
        [],
        ["path", "camera", "deer"],
        ["a.jpg", "North", "Gus"],
    )
    (tmp_path / "a.csv").write_text("".join(separator.join(row) + "\n" for row in rows))
    table = read_table(tmp_path / "a.csv")
    assert table.columns == ("path", "camera", "deer")
    assert [(line.number, line.cells["deer"]) for line in table.lines()] == [(4, "Gus")]
    assert "the headings on line 3" in next(table.notes()).text


@pytest.mark.parametrize(
    "text", ["path\na,b,c.jpg\n", "photo\n1.jpg\n2.jpg\n", "a,b\n1,2\n1,2,3\n"]
)
def test_no_other_first_line_is_a_title(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    table = read_table(tmp_path / "a.csv")
    assert table.columns == tuple(text.partition("\n")[0].split(","))
