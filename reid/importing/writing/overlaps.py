"""Overlaps of boxes: which boxes are around the same animal, of two runs of a detector or in one file. Pure.

Two boxes are in the same place where they share `SAME_PLACE` of the area that both cover: what MegaDetector's own
tools take for one detection when they merge the results of two models (merge_detections.py). Boxes of
one animal by two models differ by thousandths to a few hundredths and share 85 % and more; two deer that stand
beside one another rarely share a third.

A detector now and then draws a second box around an animal that has one: around its body alone, or with much of
the ground. Such a pair may share only half of its area, but one box lies inside the other; measured on real
photographs: 0.55, 0.66 and 0.69. A fawn before a doe lies inside her box too, and fills less than half of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reid.imaging.crops import Box

SAME_PLACE: Final = 0.65
"""Intersection over union from which on two boxes are in the same place."""

NESTED: Final = 0.5
"""The same for two boxes of which one lies inside the other."""

INSIDE: Final = 0.97
"""Share of a box from which on it lies inside another: edges are rounded to pixels."""

MAYBE_SAME: Final = 0.5
"""Intersection over union from which on two boxes of one name are taken for one animal."""

IDENTICAL: Final = 0.9
"""Intersection over union from which on even a person has not drawn two animals."""


def shared(first: Box, second: Box) -> int:
    """Pixels that lie in both boxes."""
    across = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    down = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    return max(across, 0) * max(down, 0)


def overlap(first: Box, second: Box) -> float:
    """Intersection over union: 1 for one and the same box, 0 for boxes apart."""
    both = shared(first, second)
    return both / (first.width * first.height + second.width * second.height - both)


def is_same_place(first: Box, second: Box) -> bool:
    """Whether the boxes are around the same animal."""
    share = overlap(first, second)
    if share >= SAME_PLACE:
        return True
    smaller = min(first.width * first.height, second.width * second.height)
    return share >= NESTED and shared(first, second) >= INSIDE * smaller


def may_be_same_place(first: Box, second: Box) -> bool:
    """Whether the boxes may be of one animal: they share half of what they cover or more.

    For two boxes that bear one deer's name, which need less agreement than `is_same_place` asks of nameless ones: there
    a wrong yes makes two animals one, here it only keeps quiet about a name that is there twice, and a wrong
    no takes the name from both.
    """
    return overlap(first, second) >= MAYBE_SAME


def pairs(
    new: Sequence[Box], stored: Sequence[Box], may_be_one: Callable[[int, int], bool]
) -> dict[int, int]:
    """The index of the stored box that each new one is, for those that are one.

    `may_be_one(new, stored)` says whether two of them can be one animal at all.

    The nearest pair comes first, and no box is in two pairs: two animals side by side stay two, though
    both overlap with one that was stored.
    """
    near = sorted(
        (-overlap(box, other), index, place)
        for index, box in enumerate(new)
        for place, other in enumerate(stored)
        if is_same_place(box, other) and may_be_one(index, place)
    )
    pair_of: dict[int, int] = {}
    taken: set[int] = set()
    for _, index, place in near:
        if index not in pair_of and place not in taken:
            pair_of[index] = place
            taken.add(place)
    return pair_of


def doubles(boxes: Sequence[Box], may_be_one: Callable[[int, int], bool]) -> set[int]:
    """The indices of boxes that are around an animal which an earlier box, that stays, is around already.

    `boxes` come surest first; `may_be_one(kept, other)` says whether two of them can be one animal at all.
    """
    kept: list[int] = []
    dropped: set[int] = set()
    for index, box in enumerate(boxes):
        if any(is_same_place(boxes[other], box) and may_be_one(other, index) for other in kept):
            dropped.add(index)
        else:
            kept.append(index)
    return dropped
