"""Tables beside the pictures: what a detector and a person would hand over, and the whole truth.

The import reads detections and deployments. The truth names every deer, also those that the detections
leave for the machine to find out; only tests and measurements look at it.
"""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from thumper.herd.sites import SITES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from reid.imaging.crops import Box
    from thumper.herd.season import Animal, SampleFrame
    from thumper.herd.sites import Site

DETECTIONS: Final = "detections.csv"
DEPLOYMENTS: Final = "deployments.csv"
TRUTH: Final = "truth.csv"
_DETECTION_COLUMNS: Final = (
    "path", "captured_at", "camera", "x", "y", "width", "height", "classification", "confidence",
    "deer", "sighting", "flank",
)  # fmt: skip
_TRUTH_COLUMNS: Final = ("path", "x", "y", "width", "height", "deer", "named", "sighting")
_DEPLOYMENT_COLUMNS: Final = ("camera", "latitude", "longitude", "started_on", "ended_on")
_REPAIRED: Final = SITES[2]
"""The camera that was away for a while in a long season."""

Row = tuple[object, ...]


def write_tables(
    directory: Path, frames: Sequence[SampleFrame], boxes: Sequence[tuple[Box, ...]]
) -> None:
    """Write truth, deployments and detections; `boxes` has an entry a frame, a box an animal."""
    rows = [
        (frame, animal, tuple(asdict(box).values()))
        for frame, frame_boxes in zip(frames, boxes, strict=True)
        for animal, box in zip(frame.animals, frame_boxes, strict=True)
    ]
    _write_csv(directory / TRUTH, _TRUTH_COLUMNS, [_truth(*item) for item in rows])
    _write_csv(directory / DEPLOYMENTS, _DEPLOYMENT_COLUMNS, list(_deployments(frames)))
    _write_csv(directory / DETECTIONS, _DETECTION_COLUMNS, [_detection(*item) for item in rows])


def _detection(frame: SampleFrame, animal: Animal, box: Row) -> Row:
    return (
        frame.path,
        frame.captured_at.isoformat(),
        frame.site.name,
        *box,
        animal.classification.value,
        animal.confidence,
        animal.deer.name if animal.deer and animal.is_named else "",
        animal.sighting,
        animal.flank,
    )


def _truth(frame: SampleFrame, animal: Animal, box: Row) -> Row:
    name = animal.deer.name if animal.deer else ""
    return (frame.path, *box, name, int(animal.is_named), animal.sighting)


def _deployments(frames: Sequence[SampleFrame]) -> Iterator[Row]:
    """Each camera for the whole season; the repaired one with a gap between two of its pictures."""
    first, last = frames[0].captured_at.date(), frames[-1].captured_at.date()
    for site in SITES:
        if site == _REPAIRED and last - first > timedelta(days=40):
            before, after = _longest_pause(frames, site)
            yield site.name, site.latitude, site.longitude, first, before
            yield site.name, site.latitude, site.longitude, after, last
        else:
            yield site.name, site.latitude, site.longitude, first, last


def _longest_pause(frames: Sequence[SampleFrame], site: Site) -> tuple[date, date]:
    days = sorted({frame.captured_at.date() for frame in frames if frame.site == site})
    return max(itertools.pairwise(days), key=lambda pair: pair[1] - pair[0])


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows(rows)
    write_whole(path, buffer.getvalue().encode("ascii"))


def write_whole(path: Path, content: bytes) -> None:
    """Never half a file under a whole file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
