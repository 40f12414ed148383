"""MegaDetector batch output, any version 1.x of the format, read entry by entry. No database.

The format: https://lila.science/megadetector-output-format. From 1.4 on, videos carry `frame_rate` and
their detections `frame_number`, counted from 0; 1.5 adds `frames_processed`; 1.6 makes the version a text and category names
never blank. Some programs list the boxes of one frame of a video for each category, and of the others none. For
photographs all are alike: boxes are shares [x, y, width, height] of the upright photograph, a
failure has text and no detections, categories that the file does not list mean "no detection", and
classifications come best first. SpeciesNet's converter writes the version as a number, and PytorchWildlife's
files for Timelapse (`save_detection_timelapse_json`) have none; what people cut out of a file has no `info` at all.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.detectors.areas import in_shares
from reid.importing.formats.detectors.entries import (
    NO_BOXES,
    NO_FILE,
    DrawnBox,
    Entry,
    EntryReader,
    names_by_id,
    slashed,
    word_for,
)
from reid.importing.formats.detectors.json_file import entries, survey
from reid.importing.formats.detectors.outline import outline
from reid.importing.rows import Item, Note, Refusal, RefusalReason, Skip, SourceProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST_MINOR: Final = 6
"""The last minor version whose document was read; later ones are read like it, with a note."""

BAD_VERSION: Final = (
    "{source} has format_version {version!r}; 1.0 to 1.6 are read, and later 1.x like them: "
    "let the detector, or a tool of the megadetector package, write one of these."
)
NEWER_VERSION: Final = (
    "{source} has format_version {version}, newer than the 1.6 that is known: read like 1.6."
)
NO_VERSION: Final = "{source} names no format_version: read as MegaDetector 1.x."
NOT_MEGADETECTOR: Final = "{source} is no MegaDetector output: it has no {member}. Give the file that the detector wrote, whole."
NO_DETECTION: Final = "category that the file does not list"
NO_FRAME: Final = "a detection names no frame of the video: frame_number is {number}"

_VERSION_KEY: Final = '"format_version"'

NOTE_VERSION: Final = "version of the format"


@dataclass(frozen=True, slots=True)
class _Header:
    """What stands in the file once: who detected, and the names of the categories."""

    detector: str
    detections: dict[str, str]
    species: dict[str, str]
    note: str


@dataclass(slots=True)
class MegaDetectorSource:
    file: Path
    options: SourceOptions = field(default_factory=SourceOptions)

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        reader = EntryReader.of(self.file, self.options)
        header = self._header()
        if header.note:
            yield Note(NOTE_VERSION, header.note)

        def read(detection: Any) -> DrawnBox | Skip:
            return _detection(detection, header, reader)

        for line, entry in entries(self.file, "images"):
            for parsed in _entries(line, entry, header):
                if isinstance(parsed, Refusal):
                    yield parsed
                else:
                    yield from reader.items(parsed, read)

    def _header(self) -> _Header:
        """The short members, which may stand behind the images: a first pass over the file."""
        source = self.file.name
        result = survey(self.file, ("images",))
        for member in ("detection_categories", "images"):
            if member not in result.members | result.counts:
                raise SourceProblem(NOT_MEGADETECTOR.format(source=source, member=member))
        info = result.members.get("info", {})
        if not isinstance(info, dict):
            raise SourceProblem(BAD_VERSION.format(source=source, version=""))
        return _Header(
            detector=str(info.get("detector") or ""),
            detections=names_by_id(result.members["detection_categories"]),
            species=names_by_id(result.members.get("classification_categories")),
            note=_version_note(source, info.get("format_version")),
        )


def _version_note(source: str, version: object) -> str:
    """What is to be said of the version; empty where it is a known one. Raises SourceProblem."""
    if version is None:
        return NO_VERSION.format(source=source)
    match = re.fullmatch(r"1(?:\.(\d{1,4})(?:\.\d+)*)?", str(version).strip(), re.ASCII)
    if match is None:
        raise SourceProblem(BAD_VERSION.format(source=source, version=str(version)))
    if int(match[1] or 0) > NEWEST_MINOR:
        return NEWER_VERSION.format(source=source, version=match[0])
    return ""


def _entries(line: int, entry: Any, header: _Header) -> Iterator[Entry | Refusal]:
    """The photograph, or the frames of the video, that an entry is about."""
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
        yield Refusal(line, "", RefusalReason.ROW, NO_FILE)
        return
    path = slashed(entry["file"])
    if entry.get("failure"):
        yield Entry(line, path, failure=str(entry["failure"]))
    elif not isinstance(entry.get("detections"), list):
        yield Refusal(line, path, RefusalReason.ROW, NO_BOXES)
    elif "frame_rate" in entry or "frames_processed" in entry:
        yield from _frames(line, path, entry, header)
    else:
        yield Entry(line, path, entry["detections"], header.detector)


def _frames(
    line: int, path: str, entry: dict[str, Any], header: _Header
) -> Iterator[Entry | Refusal]:
    """The frames of a video that have boxes; and those that have none, where that says that nothing is on them."""
    boxes: defaultdict[int, list[Any]] = defaultdict(list)
    for detection in entry["detections"]:
        number = detection.get("frame_number") if isinstance(detection, dict) else None
        if isinstance(number, int) and number >= 0:
            boxes[number].append(detection)
        else:
            text = NO_FRAME.format(number=json.dumps(number))
            yield Refusal(line, path, RefusalReason.VIDEO, text)
    looked = entry.get("frames_processed")
    if isinstance(looked, list) and _lists_all(entry["detections"]):
        for number in looked:
            if isinstance(number, int) and number >= 0:
                boxes.setdefault(number, [])
    for number in sorted(boxes):
        yield Entry(line, path, boxes[number], header.detector, frame=number)


def _lists_all(detections: list[Any]) -> bool:
    """Whether frames without boxes are blank: there are no boxes at all, or some category has them on several frames."""
    frames = {
        (str(one.get("category")), one.get("frame_number"))
        for one in detections
        if isinstance(one, dict)
    }
    return not detections or len(frames) > len({category for category, _ in frames})


def _detection(detection: Any, header: _Header, reader: EntryReader) -> DrawnBox | Skip:
    sure = reader.sure(detection["conf"])
    name = header.detections.get(str(detection["category"]))
    if name is None:
        return Skip(NO_DETECTION)
    if isinstance(sure, Skip):
        return sure
    species, probability = "", None
    for category, number in (detection.get("classifications") or [])[:1]:
        species, probability = header.species.get(str(category), ""), float(number)
    label = word_for(name, species, probability)
    return DrawnBox(in_shares(detection["bbox"]), sure, label)


def _recognises(peek: Peek) -> bool:
    if peek.kind is not SourceKind.JSON:
        return False
    members = outline(peek.text).members
    if "detection_categories" in members or ("info" in members and _VERSION_KEY in peek.text):
        return True
    first = members.get("images")
    return first is not None and (not first or "file" in first)


def _open(path: Path, options: SourceOptions) -> MegaDetectorSource:
    return MegaDetectorSource(path, options)


FORMAT: Final = FormatOf(
    "megadetector", "MegaDetector", _recognises, _open, frozenset({SourceKind.JSON})
)
