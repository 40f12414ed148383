"""Folders of photographs: one folder a deer, each file a detection of the whole image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.rows import (
    WHOLE_IMAGE,
    Finders,
    Item,
    Refusal,
    RefusalReason,
    Row,
)
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PHOTOGRAPHS: Final = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})


@dataclass(slots=True)
class FolderSource:
    """`ROOT/NAME/.../photograph`: each file one detection, the whole image, of the deer NAME.

    The line is the file's number in the order of paths. A sighting's label is kept apart by deer, for
    files of two deer may well bear one number.
    """

    root: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int | None:
        return len(self._files())

    def items(self) -> Iterator[Item]:
        finders = Finders.parse(self.options, None, self.root.name)
        for line, file in enumerate(self._files(), start=1):
            path = file.relative_to(self.root).as_posix()
            deer, inside, _ = path.partition("/")
            if not inside:
                yield Refusal(line, path, RefusalReason.ROW, "the file is in no deer's folder")
                continue
            try:
                values = finders.values({}, path)
            except ValueError as error:
                yield Refusal(line, path, RefusalReason.ROW, str(error))
                continue
            if values["sighting"]:
                values["sighting"] = f"{deer}/{values['sighting']}"
            yield Row(
                line, path, WHOLE_IMAGE, Classification.UNKNOWN_DEER, deer=deer.strip(), **values
            )

    def _files(self) -> list[Path]:
        """Photographs only: what else lies about (Thumbs.db, notes) is nobody's error."""
        return sorted(
            file
            for file in self.root.rglob("*")
            if file.suffix.lower() in PHOTOGRAPHS
            and not any(part.startswith(".") for part in file.relative_to(self.root).parts)
        )


def _recognises(peek: Peek) -> bool:
    return peek.kind is SourceKind.FOLDER


def _open(path: Path, options: SourceOptions) -> FolderSource:
    return FolderSource(path.resolve(), options.finders)


FORMAT: Final = FormatOf(
    "folders", "a folder per deer", _recognises, _open, frozenset({SourceKind.FOLDER})
)
