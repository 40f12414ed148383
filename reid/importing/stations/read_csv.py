"""Tables of text: their delimiter found out, their lines as cells by heading. No database."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

NO_FILE: Final = "There is no file {path}."
NOT_CSV: Final = "{source} is no CSV in UTF-8: {error}."

_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class TextTable:
    """The headings of a table, and its lines by number; a line without any cell is none."""

    headings: tuple[str, ...]
    lines: tuple[tuple[int, dict[str, str]], ...]


def read_csv(path: Path) -> TextTable:
    """The table in a file. Raises SourceProblem."""
    if not path.is_file():
        raise SourceProblem(NO_FILE.format(path=path))
    content = path.read_bytes()
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
        return TextTable(*_parse(text))
    except (csv.Error, UnicodeDecodeError) as error:
        raise SourceProblem(NOT_CSV.format(source=path.name, error=error)) from error


def _parse(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, dict[str, str]], ...]]:
    first, _, rest = text.partition("\n")
    skipped = 0
    delimiter = max(_DELIMITERS, key=first.count)
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text, skipped = first.strip()[4], rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    headings = tuple(heading.strip() for heading in next(reader, []))
    lines = []
    for cells in reader:
        if any(cell.strip() for cell in cells):
            row = dict(zip(headings, (*cells, *[""] * len(headings)), strict=False))
            lines.append((reader.line_num + skipped, row))
    return headings, tuple(lines)
