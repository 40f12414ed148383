"""Dialect of a text table: its encoding and what stands between its columns, worked out from its bytes. Pure.

Nothing is guessed where a wrong guess would store a wrong letter: text that is neither Unicode nor clearly
Western European is refused, with what to do about it.
"""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reid.importing.rows import SourceProblem
from reid.importing.tables.headings import LOOKED_AT, ON_LINE, heading_line

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_CELL: Final = 131_072
"""Characters: a quote that is never closed ends here and not at the end of the file."""

CHUNK: Final = 1 << 20
SHOWN_WORDS: Final = 5
SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}

OLD_EXCEL: Final = (
    "{source} is an old Excel workbook (.xls), or one with a password: "
    "save it as .xlsx without a password, or as CSV UTF-8."
)
NO_TEXT: Final = (
    "{source} has NUL bytes, which no text has: save the table again, as CSV UTF-8 or .xlsx."
)
UNKNOWN_ENCODING: Final = (
    "{source} is not UTF-8, and its letters cannot be told for certain (line {line}): "
    "save the table as CSV UTF-8 or .xlsx."
)
BROKEN_UTF16: Final = (
    "{source} begins as UTF-16 and ends as something else: save it again, as CSV UTF-8."
)

UTF8: Final = "utf-8"
UTF8_BOM: Final = "utf-8-sig"
UTF16: Final = "utf-16"
WESTERN: Final = "cp1252"
ENCODINGS: Final = {
    UTF8: "UTF-8",
    UTF8_BOM: "UTF-8 with a byte order mark",
    UTF16: "UTF-16",
    WESTERN: "cp1252 (Western European)",
}

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EMPTY: Final = ' \r\n\t,;|"'
_SEP_LINE: Final = re.compile(r'"?sep=(.)"?', re.IGNORECASE)

# What cp1252 text may hold beside ASCII. The letters 0x80 to 0x9f and the Icelandic ones are left out: other
# code pages have other letters there, and a sign within a word betrays one of those.
_LETTER: Final = (
    r"[A-Za-z\u00c0-\u00cf\u00d1-\u00d6\u00d8-\u00dd\u00df-\u00ef\u00f1-\u00f6\u00f8-\u00fd\u00ff]"
)
_FOREIGN: Final = re.compile(
    r"[^\x00-\x7f\u00a0-\u00ff\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac]"  # a letter of 0x80 to 0x9f
    r"|[\u00d0\u00de\u00f0\u00fe\u00a4\u00a6\u00a8\u00ac-\u00af\u00b3-\u00b6\u00b8\u00b9\u00bc-\u00be]"
    rf"|(?<={_LETTER})[\u00a0-\u00a9\u00ab-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2013-\u2026\u20ac]+(?={_LETTER})"
    r"|[\u00c0-\u00ff]{3}"  # no Western word has three in a row; Cyrillic and Greek words have
    r"|[a-z\u00df-\u00ff][\u00c0-\u00de]"  # a capital after a small letter
)
_NORDIC: Final = re.compile(r"[\u00d8\u00f8\u00c5\u00e5]")
_ROMANCE: Final = re.compile(
    r"[\u00c1\u00c8\u00cc\u00cd\u00d9\u00dd\u00e1\u00e8\u00ec\u00ed\u00f9\u00fd]"
)
_WORD: Final = re.compile(r"[^\s,;|\t\"]*[^\x00-\x7f][^\s,;|\t\"]*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """`lines_before`: lines above the headings, `sep=` and empty ones. `words`: some that have a letter which
    only the encoding tells, where the encoding was worked out and not stated."""

    encoding: str
    separator: str
    says_separator: bool = False
    lines_before: int = 0
    words: tuple[str, ...] = ()
    has_title: bool = False

    @property
    def is_plain(self) -> bool:
        is_usual = self.encoding in (UTF8, UTF8_BOM) and self.separator == ","
        return is_usual and not self.has_title

    def __str__(self) -> str:
        text = f"{SEPARATORS.get(self.separator, repr(self.separator))} between the columns"
        if self.says_separator:
            text += " (its sep= line)"
        text = f"{text}, {ENCODINGS[self.encoding]}"
        if self.has_title:
            text += f", {ON_LINE.format(line=self.lines_before + 1)}"
        if self.words:
            text += f", check the letters of {', '.join(self.words)}"
        return text


def find_dialect(file: Path) -> Dialect:
    """How the text file is written; its bytes are read once. Raises SourceProblem where it is no text table."""
    encoding, words = _encoding(file)
    csv.field_size_limit(LONGEST_CELL)  # of the whole process: any library may have raised it
    with file.open(encoding=encoding, errors="surrogateescape", newline="") as text:
        lines = [text.readline(LONGEST_CELL) for _ in range(LOOKED_AT)]
    if match := _SEP_LINE.fullmatch(lines[0].strip(" \r\n")):
        return Dialect(encoding, match[1], says_separator=True, lines_before=1, words=words)
    before = 0
    while before < LOOKED_AT - 1 and lines[before] and not lines[before].strip(_EMPTY):
        before += 1
    cells = [_cells(line, _separator(line)) for line in lines]
    place = max(heading_line(cells), before)
    dialect = Dialect(encoding, _separator(lines[place]), lines_before=place, words=words)
    return replace(dialect, has_title=place > before)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _separator(heading: str) -> str:
    """The one that makes the most columns of the headings; a comma where there is one column."""

    return max(SEPARATORS, key=lambda separator: len(_cells(heading, separator)))


def _encoding(file: Path) -> tuple[str, tuple[str, ...]]:
    with file.open("rb") as data:
        head = data.read(8)
    if head == _OLE:
        raise SourceProblem(OLD_EXCEL.format(source=file.name))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        _require_utf16(file)
        return UTF16, ()
    encoding = UTF8_BOM if head.startswith(codecs.BOM_UTF8) else UTF8
    is_utf8, is_ascii = True, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as data:
        while chunk := data.read(CHUNK):
            if b"\0" in chunk:
                raise SourceProblem(NO_TEXT.format(source=file.name))
            is_ascii = is_ascii and chunk.isascii()
            if is_utf8:
                is_utf8 = _decodes(decoder, chunk)
    if is_ascii or (is_utf8 and _decodes(decoder, b"", final=True)):
        return encoding, ()
    if encoding == UTF8_BOM or _has_utf8(file):
        return encoding, ()  # a broken line is refused by itself
    return WESTERN, _western_words(file)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _has_utf8(file: Path) -> bool:
    """Whether any line has letters beyond ASCII and is UTF-8: then the others are broken, not another encoding."""
    with file.open("rb") as lines:
        for line in lines:
            if not line.isascii() and _is_utf8(line):
                return True
    return False


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _western_words(file: Path) -> tuple[str, ...]:
    """Some words that have such a letter. Raises SourceProblem where they cannot be Western European."""
    words: dict[str, None] = {}
    nordic = romance = False
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.isascii():
                continue
            try:
                text = line.decode(WESTERN)
            except UnicodeDecodeError:
                text = ""
            nordic = nordic or bool(_NORDIC.search(text))
            romance = romance or bool(_ROMANCE.search(text))
            if not text or _FOREIGN.search(text) or (nordic and romance):
                raise SourceProblem(UNKNOWN_ENCODING.format(source=file.name, line=number))
            if len(words) < SHOWN_WORDS:
                words |= dict.fromkeys(_WORD.findall(text))
    return tuple(words)[:SHOWN_WORDS]


def _require_utf16(file: Path) -> None:
    try:
        with file.open(encoding=UTF16, newline="") as text:
            while chunk := text.read(CHUNK):
                if "\0" in chunk:
                    raise SourceProblem(NO_TEXT.format(source=file.name))
    except UnicodeError as error:
        raise SourceProblem(BROKEN_UTF16.format(source=file.name)) from error
