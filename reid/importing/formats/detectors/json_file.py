"""JSON files of detectors: opened in their encoding, checked to their end, and read entry by entry. No database.

A file is gone over twice. The first pass proves that all of it is JSON and keeps what is short, which may stand
behind what is long; so nothing is stored of a file that is cut off. The second one yields the entries.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.detectors.json_stream import JsonStream
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path
    from typing import TextIO

CANNOT_BE_READ: Final = "{source} cannot be read: {error}."
NOT_UTF8: Final = "it is no UTF-8 text"

_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(slots=True)
class Survey:
    """The short members of a file's one object, and how many entries each of its long arrays has."""

    members: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def open_text(path: Path) -> TextIO:
    """The file as text: UTF-16 by its byte order mark (what PowerShell writes), else UTF-8."""
    with path.open("rb") as file:
        encoding = "utf-16" if file.read(2) in _UTF16 else "utf-8-sig"
    return path.open(encoding=encoding)


def survey(path: Path, arrays: Collection[str]) -> Survey:
    """All members of the file's object; `arrays` are counted, not held. Raises SourceProblem."""
    result = Survey()
    try:
        with open_text(path) as text:
            stream = JsonStream(text)
            for member in stream.members():
                if member in arrays:
                    result.counts[member] = sum(1 for _ in stream.elements())
                else:
                    result.members[member] = stream.value()
    except ValueError as error:
        raise _problem(path, error) from error
    return result


def count(path: Path) -> int:
    """How many entries the file's one array has. Raises SourceProblem."""
    try:
        with open_text(path) as text:
            return sum(1 for _ in JsonStream(text).elements())
    except ValueError as error:
        raise _problem(path, error) from error


def entries(path: Path, member: str = "") -> Iterator[tuple[int, Any]]:
    """The entries of the array `member`, or of the array that the whole file is, each with its line.

    For a file that was surveyed or counted: ValueError is raised where it has changed since.
    """
    with open_text(path) as text:
        stream = JsonStream(text)
        if not member:
            yield from stream.elements()
            return
        for name in stream.members():
            if name == member:
                yield from stream.elements()
            elif stream.is_at("["):  # as long as the other one, perhaps: passed over entry by entry
                for _ in stream.elements():
                    pass
            else:
                stream.value()


def _problem(path: Path, error: ValueError) -> SourceProblem:
    text = NOT_UTF8 if isinstance(error, UnicodeError) else str(error)
    return SourceProblem(CANNOT_BE_READ.format(source=path.name, error=text))
