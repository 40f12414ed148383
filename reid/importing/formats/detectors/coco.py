"""COCO and COCO Camera Traps, of CVAT and others, joined photograph by photograph. No database.

The formats: https://cocodataset.org/#format-data, "COCO Camera Traps format" in agentmorris/MegaDetector
(megadetector/data_management/README.md), and CVAT's "COCO 1.0" export, which is plain COCO with
`attributes`. `images` has `id` and `file_name`; `annotations` name an image and a category, with a `bbox`
[x, y, width, height] in pixels, or none where the whole photograph is meant; category `empty` means that there
is nothing. COCO Camera Traps adds `location`, `datetime` and `sequence_level_annotation`.

Photographs and boxes stand in two long arrays. The boxes are put aside in a temporary database on the disk, so
that memory stays flat.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.imaging.capture_time import parse_clock
from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import UnreadableBox, in_pixels, size_of
from reid.importing.formats.detectors.entries import (
    NO_FILE,
    DrawnBox,
    Entry,
    EntryReader,
    slashed,
    whole_image,
)
from reid.importing.formats.detectors.json_file import entries, survey
from reid.importing.formats.detectors.outline import outline
from reid.importing.rows import Item, Note, Refusal, RefusalReason, Skip, SourceProblem
from reid.importing.tables.labels import is_empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NO_MEMBER: Final = "{source} is no COCO data set: it has no {member}."
NO_IMAGE: Final = "the annotation names no image of the file"
SAME_ID: Final = "another photograph of the file has the id {id}"
NO_CATEGORY: Final = "the file does not name category {number}"
OF_SEQUENCE: Final = "label of a whole sequence, which this photograph may not show"
OUTLINE_ONLY: Final = "outline without a box"
CORRUPT: Final = "marked as corrupt"
BAD_CLOCK: Final = (
    "{path}: the time {text!r} of the file is not read: write it as 2025-10-01 14:30:00"
)

NOTE_CLOCK: Final = "time not read"

_WITHOUT_IMAGE: Final = (
    "SELECT line FROM box WHERE image NOT IN (SELECT id FROM image) ORDER BY line"
)
_MEMBERS: Final = ("images", "annotations", "categories")


@dataclass(slots=True)
class CocoSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        result = survey(self.file, ("images", "annotations"))
        for member in _MEMBERS:
            if member not in result.members | result.counts:
                raise SourceProblem(NO_MEMBER.format(source=self.file.name, member=member))
        names = _names(result.members["categories"])
        with closing(
            sqlite3.connect("")
        ) as boxes:  # no name: a file of its own that goes by itself
            _put_aside(boxes, self.file)
            for line, image in entries(self.file, "images"):
                if not isinstance(image, dict) or not isinstance(image.get("file_name"), str):
                    yield Refusal(line, "", RefusalReason.ROW, NO_FILE)
                    continue
                found = _boxes_of(boxes, image)
                if found is None:
                    path = slashed(image["file_name"])
                    yield Refusal(line, path, RefusalReason.ROW, SAME_ID.format(id=image.get("id")))
                    continue
                yield from _photograph(line, image, found, names, reader)
            for (line,) in boxes.execute(_WITHOUT_IMAGE):
                yield Refusal(line, "", RefusalReason.ROW, NO_IMAGE)


def _names(categories: Any) -> dict[str, str]:
    if not isinstance(categories, list):
        return {}
    return {
        str(category["id"]): str(category.get("name", ""))
        for category in categories
        if isinstance(category, dict) and "id" in category
    }


def _put_aside(boxes: sqlite3.Connection, file: Path) -> None:
    boxes.execute("CREATE TABLE image (id TEXT PRIMARY KEY)")
    boxes.execute("CREATE TABLE box (line INTEGER, image TEXT, box TEXT)")
    boxes.executemany(
        "INSERT INTO box VALUES (?, ?, ?)",
        (
            (line, _key(box.get("image_id") if isinstance(box, dict) else None), json.dumps(box))
            for line, box in entries(file, "annotations")
        ),
    )
    boxes.execute("CREATE INDEX box_image ON box (image)")


def _key(identifier: Any) -> str:
    """An id as text that tells 1 from "1" apart no more than the files themselves do."""
    return json.dumps(str(identifier))


def _boxes_of(boxes: sqlite3.Connection, image: dict[str, Any]) -> list[Any] | None:
    """The boxes of a photograph, or None where an earlier one has its id."""
    key = (_key(image.get("id")),)
    if not boxes.execute("INSERT OR IGNORE INTO image VALUES (?)", key).rowcount:
        return None
    rows = boxes.execute("SELECT box FROM box WHERE image = ? ORDER BY line", key)
    return [json.loads(box) for (box,) in rows]


def _photograph(
    line: int, image: dict[str, Any], boxes: list[Any], names: dict[str, str], reader: EntryReader
) -> Iterator[Item]:
    path = slashed(image["file_name"])
    size = size_of(image.get("width"), image.get("height"))
    clock = image.get("datetime") or image.get("date_captured") or ""
    try:
        clock = parse_clock(clock).isoformat() if isinstance(clock, str) and clock else ""
    except ValueError:
        yield Note(NOTE_CLOCK, BAD_CLOCK.format(path=path, text=clock), line, path)
        clock = ""

    def read(box: Any) -> DrawnBox | Skip:
        return _box(box, size, names, reader)

    location = image.get("location")
    entry = Entry(
        line,
        path,
        [box for box in boxes if not _is_empty(box, names)],
        failure=CORRUPT if image.get("corrupt") is True else "",
        camera="" if location is None else str(location),
        clock=clock,
    )
    yield from reader.items(entry, read)


def _is_empty(box: Any, names: dict[str, str]) -> bool:
    """Whether an annotation says that there is nothing."""
    name = names.get(str(box.get("category_id")), "") if isinstance(box, dict) else ""
    return is_empty(name)


def _box(
    box: dict[str, Any],
    size: tuple[float, float] | None,
    names: dict[str, str],
    reader: EntryReader,
) -> DrawnBox | Skip:
    number = str(box["category_id"])
    if number not in names:
        raise UnreadableBox(NO_CATEGORY.format(number=number))
    sure = reader.sure(box.get("score", 1.0))
    if isinstance(sure, Skip):
        return sure
    if not box.get("bbox"):
        if box.get("sequence_level_annotation"):
            return Skip(OF_SEQUENCE)
        return Skip(OUTLINE_ONLY) if box.get("segmentation") else whole_image(names[number])
    area = in_pixels(box["bbox"], size)
    return DrawnBox(area, sure, names[number])


def _recognises(peek: Peek) -> bool:
    if peek.kind is not SourceKind.JSON:
        return False
    members = outline(peek.text).members
    return (
        "file_name" in members.get("images", ())
        or "image_id" in members.get("annotations", ())
        or members.keys() >= set(_MEMBERS)
    )


def _open(path: Path, options: SourceOptions) -> CocoSource:
    return CocoSource(path, options)


FORMAT: Final = FormatOf(
    "coco", "COCO or COCO Camera Traps", _recognises, _open, frozenset({SourceKind.JSON})
)
