"""MegaDetector batch output, formats 1.3 to 1.5, read entry by entry. No database.

The format: https://lila.science/megadetector-output-format. From 1.4 on, videos carry `frame_rate` and
their detections `frame_number`; 1.5 adds `frames_processed`. For photographs the three are alike: boxes are
shares [x, y, width, height] of the upright photograph, a failure has text and no detections, categories
that the file does not list mean "no detection", and classifications come best first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from reid.importing.formats.base import (
    DEFAULT_MIN_CONFIDENCE,
    FormatOf,
    Peek,
    SourceKind,
    SourceOptions,
)
from reid.importing.formats.detectors.json_stream import JsonStream
from reid.importing.rows import (
    Area,
    Finders,
    Item,
    Refusal,
    RefusalReason,
    Row,
    Skip,
    SourceProblem,
    confidence,
)
from reid.vocabulary import fold_word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VERSIONS: Final = ("1.3", "1.4", "1.5")
BAD_VERSION: Final = "{source} has format_version {version!r}; 1.3, 1.4 and 1.5 are read."
NOT_MEGADETECTOR: Final = "{source} is no MegaDetector output: it has no {member}."
BELOW_CONFIDENCE: Final = "below --min-confidence"
NO_DETECTION: Final = "category that the file does not list"

LEAST_SPECIES: Final = 0.5
"""A species that the classifier thinks less likely than not leaves the animal an animal."""

BAD_DETECTION: Final = "a detection cannot be read: {problem}"
NO_PARTS: Final = "it lacks its category, its conf or a bbox of four numbers"
ANIMAL: Final = "animal"
"""The detector's word for what a classifier may tell more of."""


@dataclass(slots=True)
class MegaDetectorSource:
    file: Path
    options: Mapping[str, str] = field(default_factory=dict)
    min_confidence: float = DEFAULT_MIN_CONFIDENCE

    @property
    def total(self) -> int | None:
        return None

    def items(self) -> Iterator[Item]:
        finders = Finders.parse(self.options, None, self.file.name)
        detectors, species, detector = self._categories()
        with self.file.open(encoding="utf-8-sig") as text:  # the first pass has found it to be JSON
            stream = JsonStream(text)
            for member in stream.members():
                if member != "images":
                    stream.value()
                    continue
                for line, entry in stream.elements():
                    yield from self._entry(line, entry, finders, detectors, species, detector)

    def _categories(self) -> tuple[dict[str, str], dict[str, str], str]:
        """The two category maps and the detector's name, which may stand behind the images: a first pass over the file."""
        members: dict[str, Any] = {}
        try:
            with self.file.open(encoding="utf-8-sig") as text:
                stream = JsonStream(text)
                for member in stream.members():
                    if member == "images":
                        members[member] = sum(1 for _ in stream.elements())
                    else:
                        members[member] = stream.value()
        except ValueError as error:
            raise SourceProblem(f"{self.file.name} cannot be read: {error}.") from error
        for member in ("info", "detection_categories", "images"):
            if member not in members:
                raise SourceProblem(NOT_MEGADETECTOR.format(source=self.file.name, member=member))
        info = members["info"]
        version = str(info.get("format_version", "")) if isinstance(info, dict) else ""
        if version not in VERSIONS:
            raise SourceProblem(BAD_VERSION.format(source=self.file.name, version=version))
        return (
            _names(members["detection_categories"]),
            _names(members.get("classification_categories")),
            str(info.get("detector") or "MegaDetector"),
        )

    def _entry(
        self,
        line: int,
        entry: Any,
        finders: Finders,
        detectors: dict[str, str],
        species: dict[str, str],
        detector: str,
    ) -> Iterator[Item]:
        if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
            yield Refusal(line, "", RefusalReason.ROW, "the entry names no file")
            return
        path = entry["file"].replace("\\", "/")
        if entry.get("failure"):
            yield Refusal(
                line, path, RefusalReason.DETECTOR, f"the detector failed: {entry['failure']}"
            )
            return
        detections = entry.get("detections")
        if not isinstance(detections, list):
            yield Refusal(
                line, path, RefusalReason.ROW, "the entry has no detections and no failure"
            )
            return
        if "frame_rate" in entry or "frames_processed" in entry:
            yield Refusal(
                line, path, RefusalReason.VIDEO, "videos are not read: export their frames"
            )
            return
        try:
            values = finders.values({}, path)
        except ValueError as error:
            yield Refusal(line, path, RefusalReason.ROW, str(error))
            return
        empty = True
        for detection in detections:
            try:
                parsed = self._detection(detection, detectors, species)
            except (ValueError, TypeError, KeyError, IndexError) as error:
                empty = False
                problem = str(error) if isinstance(error, ValueError) else NO_PARTS
                text = BAD_DETECTION.format(problem=problem)
                yield Refusal(line, path, RefusalReason.ROW, text)
                continue
            if isinstance(parsed, Skip):
                yield parsed
            else:
                empty = False
                area, word, sure = parsed
                yield Row(
                    line, path, area, confidence=sure, label=word, detector=detector, **values
                )
        if empty:  # the camera ran: that is effort, even where it saw nothing
            yield Row(line, path, None, **values)

    def _detection(
        self, detection: Any, detectors: dict[str, str], species: dict[str, str]
    ) -> tuple[Area, str, float] | Skip:
        sure = confidence(detection["conf"])
        name = detectors.get(str(detection["category"]))
        if name is None:
            return Skip(NO_DETECTION)
        if sure < self.min_confidence:
            return Skip(BELOW_CONFIDENCE)
        x, y, width, height = (float(share) for share in detection["bbox"])
        if not all(math.isfinite(share) and abs(share) < 100 for share in (x, y, width, height)):
            raise ValueError(f"bbox {detection['bbox']} is not a box of shares")
        word = name
        if fold_word(name) == ANIMAL:
            for category, probability in (detection.get("classifications") or [])[:1]:
                if float(probability) >= LEAST_SPECIES:
                    word = species.get(str(category), "") or name
        return Area(x, y, width, height, relative=True), word, sure


def _names(categories: Any) -> dict[str, str]:
    if not isinstance(categories, dict):
        return {}
    return {str(number): str(name) for number, name in categories.items()}


def _recognises(peek: Peek) -> bool:
    return peek.kind is SourceKind.JSON


def _open(path: Path, options: SourceOptions) -> MegaDetectorSource:
    return MegaDetectorSource(path, options.finders, options.min_confidence)


FORMAT: Final = FormatOf("megadetector", "MegaDetector", _recognises, _open)
