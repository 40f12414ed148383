"""Backgrounds: which of a store's photographs say how alike two torsos are by chance. Pure.

Photographs are drawn by a hash of their content, so that nobody's name, and nothing that was found on them, decides who
is in, and the same photographs in another store give the same background. One a sighting and flank: ten photographs of one animal in one minute would set its own normaliser.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

A_SIDE: Final = 384
"""Photographs of each flank, and as many of no known flank, at most."""
FEWEST: Final = 30
"""Photographs of a background; with fewer, a small store's few animals would be what chance is."""

TOO_FEW: Final = (
    "A background needs {needed} photographs with keypoints, each of another sighting or flank, and the store has "
    "{found}: import more."
)


class NoBackground(ValueError):
    """A store from which no background can be drawn; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Photograph that may be drawn: a detection with keypoints.

    Attributes
    ----------
    id : UUID
        Of the detection.
    side : int
        Its flank: 1 left, -1 right, 0 not known.
    sighting : UUID or None
        The sighting it belongs to; None stands for one of its own.
    content : str
        What the photograph and its box are, whichever store they are in.
    """

    id: UUID
    side: int
    sighting: UUID | None
    content: str


def draw(candidates: Iterable[Candidate], a_side: int = A_SIDE) -> list[Candidate]:
    """The photographs of a background.

    Parameters
    ----------
    candidates : iterable of Candidate
        All photographs of the store that have keypoints, named or not, in any order.
    a_side : int
        Photographs of each flank, at most.

    Returns
    -------
    list of Candidate
        Left, right, then of no known flank, each in the order of their hashes.

    Raises
    ------
    NoBackground
        Where these are fewer than FEWEST.
    """
    ordered = sorted(candidates, key=_place)
    drawn = [
        item
        for side in (1, -1, 0)
        for item in islice(_one_a_sighting(x for x in ordered if x.side == side), a_side)
    ]
    if len(drawn) < FEWEST:
        raise NoBackground(TOO_FEW.format(needed=FEWEST, found=len(drawn)))
    return drawn


def _place(candidate: Candidate) -> tuple[bytes, UUID]:
    return hashlib.sha256(candidate.content.encode()).digest(), candidate.id


def _one_a_sighting(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    seen: set[UUID] = set()
    for item in candidates:
        key = item.sighting or item.id
        if key not in seen:
            seen.add(key)
            yield item


def is_outgrown(drawn_from: int, store: int) -> bool:
    """Whether a store has doubled since a background was drawn from it, so that a new one is due.

    Parameters
    ----------
    drawn_from : int
        Detections with keypoints when it was drawn.
    store : int
        Detections with keypoints now.

    Returns
    -------
    bool
        True from twice as many on.

    Examples
    --------
    >>> is_outgrown(1000, 1999), is_outgrown(1000, 2000)
    (False, True)
    """
    return store >= 2 * drawn_from
