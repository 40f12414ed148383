"""Folders of photographs: one folder a deer, each file a detection of the whole image."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.reading import endings
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
        return len(self._photographs())

    def items(self) -> Iterator[Item]:
        finders = Finders.parse(self.options, None, self.root.name)
        passed_over: Counter[str] = Counter()
        for line, file in enumerate(self._photographs(passed_over), start=1):
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

        yield from endings.passed_over(passed_over)

    def _photographs(self, passed_over: Counter[str] | None = None) -> list[Path]:
        """Photographs only, in the order of paths; what else lies there is counted by ending.

        What systems leave about (Thumbs.db, hidden files and folders) is nobody's error.
        """
        photographs = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if not endings.is_nobodys(name)]
            for name in names:
                if endings.is_nobodys(name):
                    continue
                if endings.is_photograph(name):
                    photographs.append(Path(folder, name))
                elif passed_over is not None:
                    passed_over[endings.ending(name)] += 1
        return sorted(photographs)


def _recognises(peek: Peek) -> bool:
    return peek.kind is SourceKind.FOLDER


def _open(path: Path, options: SourceOptions) -> FolderSource:
    return FolderSource(path.resolve(), options.finders)


FORMAT: Final = FormatOf("folders", "a folder per deer", _recognises, _open)
