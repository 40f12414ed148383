"""Links between detections of consecutive frames: one animal where place and embedding agree. Pure numpy.

A link is made between two frames that follow one another, one to one, where all of it holds: the boxes
overlap; each is the other's best by overlap and by cosine too; the two are more alike than animals on one
photograph of this encounter usually are, which are certainly two; no class contradicts. Animals that change
places, come in where another has left, or look alike are thereby left open: an animal counted twice can be
mended in review, two animals fused into one is evidence spoilt. Chains of such links never hold two boxes of
one frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import numpy as np

from reid.taxonomy import contradicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Key = TypeVar("Key")

OVERLAP: Final = 0.1
"""Intersection over union of two boxes from which on the place may be the same."""
LONGEST: Final = 60.0
"""Seconds between two frames after which a place is no evidence any more."""


@dataclass(frozen=True, slots=True)
class FrameDeer(Generic[Key]):
    """One deer's box: `box` is x, y, width, height in pixels, `vector` its unit row or None."""

    key: Key
    box: tuple[int, int, int, int]
    name: str  # its class
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class TimedFrame(Generic[Key]):
    """One photograph, `seconds` after any fixed moment; all of its deer."""

    seconds: float
    shown: Sequence[FrameDeer[Key]]


def chains(frames: Sequence[TimedFrame[Key]]) -> list[list[Key]]:
    """The chains of two and more links' ends, in order of time; `frames` of one encounter in that order."""
    usual = _usual_likeness(frames)
    if usual is None:  # nothing shows how alike two animals look here
        return []
    chain_of: dict[Key, list[Key]] = {}
    for before, after in pairwise(frames):
        if after.seconds - before.seconds > LONGEST or not before.shown or not after.shown:
            continue
        for row, column in _links(before.shown, after.shown, usual):
            first, second = before.shown[row].key, after.shown[column].key
            chain = chain_of.setdefault(first, [first])
            chain.append(second)
            chain_of[second] = chain
    return list({id(chain): chain for chain in chain_of.values()}.values())


def overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(width, 0) * max(height, 0)
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def _usual_likeness(frames: Sequence[TimedFrame[Key]]) -> float | None:
    """The median cosine of two deer on one photograph, None where no two were embedded."""
    cosines = [
        float(one.vector @ other.vector)
        for frame in frames
        for number, one in enumerate(frame.shown)
        for other in frame.shown[:number]
        if one.vector is not None and other.vector is not None
    ]
    return float(np.median(cosines)) if cosines else None


def _links(
    before: Sequence[FrameDeer[Key]], after: Sequence[FrameDeer[Key]], usual: float
) -> list[tuple[int, int]]:
    """(row, column) pairs, one to one, that place and embedding agree on."""
    overlaps = np.array([[overlap(one.box, other.box) for other in after] for one in before])
    cosines = np.array([[_cosine(one, other) for other in after] for one in before])
    return [
        (row, column)
        for row, one in enumerate(before)
        for column, other in enumerate(after)
        if overlaps[row, column] >= OVERLAP
        and cosines[row, column] > usual
        and not contradicts(one.name, other.name)
        and _is_best(overlaps, row, column)
        and _is_best(cosines, row, column)
    ]


def _cosine(one: FrameDeer[Key], other: FrameDeer[Key]) -> float:
    if one.vector is None or other.vector is None:
        return -1.0
    return float(one.vector @ other.vector)


def _is_best(values: NDArray[np.float64], row: int, column: int) -> bool:
    """Whether no other pair of the row or the column comes up to this one: a tie is no best."""
    value = values[row, column]
    return int((values[row] >= value).sum()) == 1 and int((values[:, column] >= value).sum()) == 1
