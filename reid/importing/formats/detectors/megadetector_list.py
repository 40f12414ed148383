"""The list that the command line of Microsoft's MegaDetector writes, read entry by entry. No database.

The format: microsoft/MegaDetector, docs/output_format.md and src/megadetector_core/cli.py. The file is one array:
`file`, and `detections` with a category's name, a `confidence` and a `bbox` [left, top, right, bottom] in pixels.
A photograph on which nothing was found has an empty list. Nothing names the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import between_corners
from reid.importing.formats.detectors.entries import (
    NO_BOXES,
    NO_FILE,
    DrawnBox,
    Entry,
    EntryReader,
    slashed,
)
from reid.importing.formats.detectors.json_file import count, entries
from reid.importing.formats.detectors.outline import outline
from reid.importing.rows import Item, Refusal, RefusalReason, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DETECTOR: Final = "MegaDetector 6"


@dataclass(slots=True)
class MegaDetectorListSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        count(self.file)

        def read(detection: Any) -> DrawnBox | Skip:
            sure = reader.sure(detection["confidence"])
            if isinstance(sure, Skip):
                return sure
            # It calls a number that is none of its three classes `unknown`: an animal, as of any detector.
            label = str(detection["category"])
            return DrawnBox(between_corners(detection["bbox"]), sure, label)

        for line, entry in entries(self.file):
            if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
                yield Refusal(line, "", RefusalReason.ROW, NO_FILE)
                continue
            path = slashed(entry["file"])
            if not isinstance(entry.get("detections"), list):
                yield Refusal(line, path, RefusalReason.ROW, NO_BOXES)
                continue
            yield from reader.items(Entry(line, path, entry["detections"], _DETECTOR), read)


def _recognises(peek: Peek) -> bool:
    return peek.kind is SourceKind.JSON and outline(peek.text).first >= {"file", "detections"}


def _open(path: Path, options: SourceOptions) -> MegaDetectorListSource:
    return MegaDetectorListSource(path, options)


FORMAT: Final = FormatOf(
    "megadetector-list",
    "MegaDetector's list (Microsoft's command line)",
    _recognises,
    _open,
    frozenset({SourceKind.JSON}),
)
