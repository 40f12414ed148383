"""Registry of formats: one module each, recognised by what a source holds or named by `--format`.

The first format that recognises a source reads it, so those that ask for more stand before those that take
whatever is left. How to write one: docs/importing.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.importing.formats import folders, strangers
from reid.importing.formats.base import Format, Peek, SourceKind
from reid.importing.formats.detectors import (
    coco,
    cvat,
    label_studio,
    megadetector,
    megadetector_list,
    pytorch_wildlife,
    speciesnet,
)
from reid.importing.formats.detectors.outline import describe
from reid.importing.formats.packages import camtrap_dp
from reid.importing.formats.tables import (
    addaxai,
    camtrapr,
    generic,
    thumper_metadata,
    timelapse,
    traptagger,
    wildbook,
    wildlife_insights,
)
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path

NO_SOURCE: Final = "There is no file or folder {path}."
UNKNOWN_FORMAT: Final = "--format {name!r} is unknown: use one of {known}."
NOT_RECOGNISED: Final = (
    "{source} is a {kind} of no known format: name its format by --format, one of {known}."
)
OTHER_JSON: Final = "{source} is {what}. That is not read; the JSON files that are: {titles}. --format NAME forces one."
WRONG_KIND: Final = "--format {name} reads a {kinds}, and {source} is a {kind}."

FORMATS: Final[tuple[Format, ...]] = (
    camtrap_dp.FORMAT,
    wildlife_insights.FORMAT,
    folders.FORMAT,
    speciesnet.FORMAT,
    pytorch_wildlife.FORMAT,
    megadetector_list.FORMAT,
    label_studio.FORMAT,
    coco.FORMAT,
    megadetector.FORMAT,
    cvat.FORMAT,
    thumper_metadata.FORMAT,
    timelapse.FORMAT,
    camtrapr.FORMAT,
    addaxai.FORMAT,
    traptagger.FORMAT,
    wildbook.FORMAT,
    generic.FORMAT,
)
"""In the order in which they are asked."""


def names() -> list[str]:
    """The names that `--format` takes."""
    return [item.name for item in FORMATS]


def recognise(path: Path) -> Format:
    """The format of a file or folder. Raises SourceProblem where there is none, or no such source."""
    peek = _peek(path)
    for candidate in FORMATS:
        if candidate.recognises(peek):
            if candidate is generic.FORMAT and (text := strangers.said_of(peek)):
                raise SourceProblem(text)  # what no other format has is not yet a table
            return candidate
    if text := strangers.said_of(peek):
        raise SourceProblem(text)
    source = path.name or str(path)
    if peek.kind is SourceKind.JSON:
        titles = ", ".join(item.title for item in FORMATS if SourceKind.JSON in item.kinds)
        text = OTHER_JSON.format(source=source, what=describe(peek.text), titles=titles)
        raise SourceProblem(text)
    raise SourceProblem(
        NOT_RECOGNISED.format(source=source, kind=peek.kind.value, known=", ".join(names()))
    )


def choose(path: Path, name: str = "") -> Format:
    """The format `name`, else the one that is recognised. Raises SourceProblem."""
    if not name:
        return recognise(path)
    for candidate in FORMATS:
        if candidate.name == name:
            _require_kind(candidate, _peek(path))
            return candidate
    raise SourceProblem(UNKNOWN_FORMAT.format(name=name, known=", ".join(names())))


def _peek(path: Path) -> Peek:
    if not path.exists():
        raise SourceProblem(NO_SOURCE.format(path=path.name or str(path)))
    return Peek(path)


def _require_kind(forced: Format, peek: Peek) -> None:
    """Refuse a format for what it never is: JSON's for a folder, the folders' for a file."""
    is_folder = peek.kind is SourceKind.FOLDER
    if peek.kind in forced.kinds or (
        not forced.kinds and (not is_folder or forced.recognises(peek))
    ):
        return
    kinds = " or ".join(sorted(kind.value for kind in forced.kinds)) or "file"
    raise SourceProblem(
        WRONG_KIND.format(
            name=forced.name,
            kinds=kinds,
            source=peek.path.name or str(peek.path),
            kind=peek.kind.value,
        )
    )
