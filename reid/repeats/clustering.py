"""Clusters of boxes that are at one place of a camera's view again and again: stumps, feeders, stones. Pure numpy.

A camera sees one view for weeks, so that what a detector takes for an animal once it takes for one hundreds of
times, in the same pixels. Animals come back too, but never stand to the pixel as before. Idea: "repeat detection
elimination" of MegaDetector (agentmorris/MegaDetector, postprocessing), which asks for 20 boxes that share 0.9 of their
area in one folder. Here time counts as well, so that fewer do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

OVERLAPS_OUTSIDE: Final = "The overlaps {near} and {overlap} are no rule: give two from 0.5 to 0.95, the first no larger than the second."
HOUR: Final = 3_600.0
_ROUNDS: Final = 3
"""How often a cluster is gathered around its own median before it stands."""
_BLOCK: Final = 4_096
"""Boxes whose neighbours are looked up at once."""
_LEAST: Final = 1e-4
"""Share of the frame below which all widths are one: a pixel of the largest photographs."""
_CELLS: Final = (
    1 << 9
)  # more cells of width than any rule makes; three of these numbers stay below 2 ** 63
_PLACES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What it takes to suspect a place.

    Attributes
    ----------
    overlap : float
        Intersection over union, 0 to 1, from which on two boxes are at one place. A detector's box of a thing that does
        not move trembles by a few hundredths of its size, which leaves 0.85 and more; two animals that stand in one spot
        share less, for they differ in size and pose.
    frames : int
        Photographs on which the place must be boxed. Half of what MegaDetector's tool asks for, because encounters count too.
    encounters : int
        Encounters that these photographs must be of: a deer that stands or beds still is boxed in one, or in two or three.
    hours : float
        Time from the first to the last of them: what lies there a day and a night is no visitor.
    largest : float
        Share of the frame that a box may cover: an animal that fills the view is often boxed alike.
    near : float
        Intersection over union from which on a box is near the place, for `share`.
    share : float
        Least share of the boxes near the place, from its first to its last photograph, that are at it. Around a stump nearly
        all are. Where many deer stand at a feeder, some are in one place by chance, among many that are near it only. A
        third leaves room for a detector that draws one thing in two or three ways.
    """

    overlap: float = 0.85
    frames: int = 10
    encounters: int = 5
    hours: float = 24.0
    largest: float = 0.2
    near: float = 0.5
    share: float = 1 / 3

    def __post_init__(self) -> None:
        """Raises ValueError for an overlap at which a place is a pixel, or half of the view."""
        if not 0.5 <= self.near <= self.overlap <= 0.95:
            raise ValueError(OVERLAPS_OUTSIDE.format(near=self.near, overlap=self.overlap))


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A suspected place: its box (left, top, right, bottom; shares of the frame), and indices of the boxes that are at it."""

    box: tuple[float, float, float, float]
    members: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes of one view of one camera, n of them.

    Attributes
    ----------
    edges : NDArray[np.float64]
        (n, 4): left, top, right and bottom, as shares of the frame, 0 to 1, with right > left and bottom > top.
    seconds : NDArray[np.float64]
        (n,): when the photograph was taken, since any moment.
    frames, encounters : NDArray[np.intp]
        (n,): numbers of the photograph and of its encounter.
    """

    edges: NDArray[np.float64]
    seconds: NDArray[np.float64]
    frames: NDArray[np.intp]
    encounters: NDArray[np.intp]


def overlaps(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of a box (4,) with each of others (n, 4): (n,), 0 to 1."""
    across = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    down = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    both = np.maximum(across, 0.0) * np.maximum(down, 0.0)
    return np.asarray(both / (_area(box[None])[0] + _area(others) - both))


def clusters(boxes: Boxes, rule: Rule | None = None) -> list[Cluster]:
    """The suspected places, that with most boxes first. No box is at two of them.

    Each box not yet placed gathers those that overlap it; where they are enough, their median gathers anew, so that it
    does not matter which one began. No box is compared with all others: see `_Grid`.
    """
    return sorted(_found(boxes, rule or Rule()), key=lambda item: -len(item.members))


def _found(boxes: Boxes, rule: Rule) -> Iterator[Cluster]:
    small = np.flatnonzero(_area(boxes.edges) <= rule.largest)
    grid = _Grid(boxes.edges[small], rule.overlap)
    wide = _Grid(boxes.edges, rule.near)
    is_free = np.ones(len(small), bool)
    is_tried = np.zeros(
        len(small), bool
    )  # was at a place that is no suspect: it need not begin again

    def gathered(box: NDArray[np.float64], nearby: NDArray[np.intp]) -> NDArray[np.intp]:
        free = nearby[is_free[nearby]]
        return free[overlaps(box, grid.edges[free]) >= rule.overlap]

    for start in range(0, len(small), _BLOCK):
        block = grid.edges[start : start + _BLOCK]
        begins, ends = grid.ranges(block)
        for number in np.flatnonzero((ends - begins).sum(axis=1) >= rule.frames):
            if is_tried[start + number]:
                continue
            box: NDArray[np.float64] = block[number]
            members = gathered(box, _listed(begins[number], ends[number]))
            if len(members) < rule.frames:
                continue
            for _ in range(_ROUNDS):
                box = np.median(grid.edges[members], axis=0)
                around = grid.ranges(box[None])
                members = gathered(box, _listed(around[0][0], around[1][0]))
            of_all = small[grid.order[members]]
            is_tried[members] = True
            if _is_suspect(boxes, of_all, rule) and _is_sharp(boxes, box, of_all, wide, rule):
                is_free[members] = False
                left, top, right, bottom = (float(value) for value in box)
                yield Cluster((left, top, right, bottom), of_all)


class _Grid:
    """Boxes sorted by cells of width, height and middle, so that those at one place are in neighbouring cells.

    Of two boxes that share `overlap` of their area, neither is narrower than that share of the other, and their middles are
    apart by at most (1 - overlap) / (1 + overlap) of the wider one's width; of heights the same.
    """

    def __init__(self, edges: NDArray[np.float64], overlap: float) -> None:
        self._step = -math.log(overlap)
        self._reach = (1 - overlap) / (1 + overlap) / overlap
        keys = self._keys(*self._classes(edges), edges, 0)
        self.order: NDArray[np.intp] = np.argsort(keys, kind="stable")
        self.edges = edges[self.order]
        self._sorted = keys[self.order]

    def ranges(self, boxes: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Begins and ends (m, 27) of the stretches of `edges` in which whatever overlaps each box (m, 4) is."""
        across, down = self._classes(boxes)
        found = [
            (
                np.searchsorted(self._sorted, self._keys(wide, high, boxes, column) - 1),
                np.searchsorted(self._sorted, self._keys(wide, high, boxes, column) + 1, "right"),
            )
            for wide in (across - 1, across, across + 1)
            for high in (down - 1, down, down + 1)
            for column in (-1, 0, 1)
        ]
        return np.stack([one for one, _ in found], axis=1), np.stack(
            [two for _, two in found], axis=1
        )

    def _classes(self, edges: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cells of width and height (n,): each as much wider than the one before as `overlap` allows."""
        sizes = np.maximum(edges[:, 2:] - edges[:, :2], _LEAST)
        cells = np.floor(np.log(sizes) / self._step).astype(np.int64)
        return cells[:, 0], cells[:, 1]

    def _keys(
        self,
        across: NDArray[np.int64],
        down: NDArray[np.int64],
        edges: NDArray[np.float64],
        column: int,
    ) -> NDArray[np.int64]:
        """One number a box: cell of width, of height, of the middle from the left, so many columns on, and from the top."""
        middles = (edges[:, :2] + edges[:, 2:]) / 2
        left = np.floor(middles[:, 0] / (self._reach * np.exp((across + 1) * self._step)))
        top = np.floor(middles[:, 1] / (self._reach * np.exp((down + 1) * self._step)))
        key = (across + _CELLS) * 2 * _CELLS + down + _CELLS
        key = key * _PLACES + left.astype(np.int64) + 1 + column
        return np.asarray(key * _PLACES + top.astype(np.int64) + 1)


def _listed(begins: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.intp]:
    """The numbers of all of these stretches."""
    pairs = zip(begins.tolist(), ends.tolist(), strict=True)
    return np.concatenate([np.arange(begin, end) for begin, end in pairs if begin < end])


def _is_suspect(boxes: Boxes, members: NDArray[np.intp], rule: Rule) -> bool:
    """Whether these boxes are on enough photographs, of enough encounters, over enough time."""
    seconds = boxes.seconds[members]
    return bool(
        len(np.unique(boxes.frames[members])) >= rule.frames
        and len(np.unique(boxes.encounters[members])) >= rule.encounters
        and seconds.max() - seconds.min() >= rule.hours * HOUR
    )


def _is_sharp(
    boxes: Boxes, box: NDArray[np.float64], members: NDArray[np.intp], wide: _Grid, rule: Rule
) -> bool:
    """Whether enough of the boxes near the place, while it was there, are at it."""
    begins, ends = wide.ranges(box[None])
    nearby = _listed(begins[0], ends[0])
    near = wide.order[nearby[overlaps(box, wide.edges[nearby]) >= rule.near]]
    seconds, while_there = boxes.seconds[near], boxes.seconds[members]
    count = ((seconds >= while_there.min()) & (seconds <= while_there.max())).sum()
    return bool(len(members) >= rule.share * count)


def _area(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return (edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1])
