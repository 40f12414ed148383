"""Formats that can be imported: one module each, recognised by what they hold or named by `--format`.

The first format that recognises a source reads it, so those that ask for more stand before those that take
whatever is left. How to write one: docs/importing.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.formats import folders
from reid.importing.formats.base import Format, Peek, SourceOptions
from reid.importing.formats.detectors import megadetector
from reid.importing.formats.tables import generic
from reid.importing.rows import RowSource, SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMATS", "open_source", "recognise"]

NO_SOURCE: Final = "There is no file or folder {path}."
UNKNOWN_FORMAT: Final = "--format {name!r} is unknown: use one of {known}."
NOT_RECOGNISED: Final = (
    "{source} is a {kind} of no known format: name its format by --format, one of {known}."
)

FORMATS: Final[tuple[Format, ...]] = (folders.FORMAT, megadetector.FORMAT, generic.FORMAT)
"""In the order in which they are asked."""


def recognise(path: Path) -> Format:
    """The format of a file or folder. Raises SourceProblem where there is none, or no such source."""
    if not path.exists():
        raise SourceProblem(NO_SOURCE.format(path=path.name))
    peek = Peek(path)
    for candidate in FORMATS:
        if candidate.recognises(peek):
            return candidate
    raise SourceProblem(
        NOT_RECOGNISED.format(source=path.name, kind=peek.kind.value, known=_names())
    )


def open_source(path: Path, options: SourceOptions, name: str = "") -> RowSource:
    """The rows of a source, in the format `name` or in the one that is recognised. Raises SourceProblem."""
    chosen = recognise(path)
    if name:
        named = {item.name: item for item in FORMATS}
        if name not in named:
            raise SourceProblem(UNKNOWN_FORMAT.format(name=name, known=_names()))
        chosen = named[name]
    return chosen.open(path, options)


def _names() -> str:
    return ", ".join(item.name for item in FORMATS)
