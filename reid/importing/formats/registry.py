"""Registry of formats: one module each, recognised by what a source holds or named by `--format`.

The first format that recognises a source reads it, so those that ask for more stand before those that take
whatever is left. How to write one: docs/importing.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.formats import folders
from reid.importing.formats.base import Format, Peek
from reid.importing.formats.detectors import megadetector
from reid.importing.formats.tables import generic
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

NO_SOURCE: Final = "There is no file or folder {path}."
UNKNOWN_FORMAT: Final = "--format {name!r} is unknown: use one of {known}."
NOT_RECOGNISED: Final = (
    "{source} is a {kind} of no known format: name its format by --format, one of {known}."
)
NO_SUCH_FOLDER: Final = "{source} is a folder and holds nothing of --format {name}: name the file."

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


def choose(path: Path, name: str = "") -> Format:
    """The format `name`, else the one that is recognised. Raises SourceProblem."""
    recognised = recognise(path)
    if not name:
        return recognised
    for candidate in FORMATS:
        if candidate.name == name:
            if path.is_dir() and not candidate.recognises(Peek(path)):
                raise SourceProblem(NO_SUCH_FOLDER.format(source=path.name, name=name))
            return candidate
    raise SourceProblem(UNKNOWN_FORMAT.format(name=name, known=_names()))


def _names() -> str:
    return ", ".join(item.name for item in FORMATS)
