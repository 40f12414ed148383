"""Judgement of a detector on drawn photographs: how many of the drawn are found, and how many of the found are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.detecting.letterbox import Letterbox
from reid.importing.writing.overlaps import overlap
from reid.taxonomy import PRIVATE, Classification

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.detecting.engine import DetectorEngine
    from reid.imaging.crops import Box
    from thumper.herd.detector.pictures import DrawnPhotograph

SAME: Final = 0.5
"""Intersection over union from which on a box is around the animal that was drawn."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Counts over some photographs. `matched` boxes are around what was drawn, of its class; `overlaps` are theirs, 0.5 to 1."""

    drawn: int
    found: int
    overlaps: tuple[float, ...]

    @property
    def matched(self) -> int:
        return len(self.overlaps)

    @property
    def recall(self) -> float:
        """Share of the drawn that is found; 1 where nothing was drawn."""
        return self.matched / self.drawn if self.drawn else 1.0

    @property
    def precision(self) -> float:
        """Share of the found that was drawn; 0 where nothing was found."""
        return self.matched / self.found if self.found else 0.0

    @property
    def overlap(self) -> float:
        """Mean overlap of the matched; 0 where there is none."""
        return sum(self.overlaps) / self.matched if self.matched else 0.0


def judge(engine: DetectorEngine, photographs: Iterable[DrawnPhotograph]) -> Judgement:
    """Judge a detector on photographs that it has not learned from."""
    drawn = found = 0
    overlaps: list[float] = []
    shape = engine.card.input
    for photograph in photographs:
        place = Letterbox.of(photograph.picture.size, shape)
        (boxes,) = engine.find([(place.laid(photograph.picture, shape), place)])
        drawn += len(photograph.boxes)
        found += len(boxes)
        overlaps += _matched(
            [(box.box, box.classification) for box in boxes],
            list(zip(photograph.boxes, photograph.classes, strict=True)),
        )
    return Judgement(drawn, found, tuple(overlaps))


def _matched(
    found: list[tuple[Box, Classification]], drawn: list[tuple[Box, Classification]]
) -> list[float]:
    """Overlaps of found and drawn boxes that are one: the nearest pair first, no box twice. A person is no animal."""
    near = sorted(
        (
            (overlap(box, other), i, j)
            for i, (box, classification) in enumerate(found)
            for j, (other, shown) in enumerate(drawn)
            if (classification in PRIVATE) == (shown in PRIVATE)
        ),
        reverse=True,
    )
    pairs: list[float] = []
    taken: set[tuple[str, int]] = set()
    for share, i, j in near:
        if share >= SAME and not taken & {("found", i), ("drawn", j)}:
            taken |= {("found", i), ("drawn", j)}
            pairs.append(share)
    return pairs
