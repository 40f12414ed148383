"""Folds of deer for cross-validation, and the deer that are kept out of all learning; both drawn by name. Pure.

A name is the same wherever a file is imported, a key in the database is not: what is drawn by name is drawn alike in
every store that knows the same deer.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RESERVE_FROM: Final = 40
"""Named deer from which on some are reserved; below, there are too few to spare any."""
_ONE_IN: Final = 5


def reserved(name: str) -> bool:
    """Whether a deer of this name is one of the fifth that nothing may learn from, where a store reserves any.

    Drawn by a hash of the folded name (`reid.naming.name_key`): whoever asks gets the same answer, and a new deer
    changes nobody else's.

    Examples
    --------
    >>> reserved("deer-060"), reserved("Deer-060 "), reserved("deer-064")
    (True, True, False)
    """
    return _draw("reserved", name) % _ONE_IN == 0


def reserves(names: int) -> bool:
    """Whether a store with so many named deer keeps the `reserved` ones out of learning."""
    return names >= RESERVE_FROM


def split(
    names: Sequence[str], deer: NDArray[np.int64], folds: int, deal: int
) -> NDArray[np.int64]:
    """The fold (n,) of each detection: whole deer, evenly many detections.

    `names` are the deer's, by their code; `deer` (n,) the code of each detection. Deer are ordered by a hash of their
    folded name and the number of the `deal`, and dealt to whichever fold has the fewest detections so far, those with the
    most first: so no fold's examination rests on fewer photographs than it must. Raises ValueError where a fold would be
    left without a deer.
    """
    codes, sizes = np.unique(deer, return_counts=True)
    if not 2 <= folds <= len(codes):
        raise ValueError(
            f"{folds} folds of {len(codes)} deer: use from 2 to as many as there are deer"
        )
    drawn = [_draw(f"deal {deal}", names[code]) for code in codes]
    by_size = sorted(range(len(codes)), key=lambda item: (-sizes[item], drawn[item]))
    load = np.zeros(folds, np.int64)
    count = np.zeros(folds, np.int64)
    fold_of = np.empty(len(codes), np.int64)
    for item in by_size:
        # The fewest detections, then the fewest deer; the first few deer thus go to different folds.
        chosen = int(np.lexsort((count, load))[0])
        fold_of[item] = chosen
        load[chosen] += sizes[item]
        count[chosen] += 1
    return fold_of[np.searchsorted(codes, deer)]


def _draw(what: str, name: str) -> int:
    """A number of 64 bits, as good as drawn at random for each name and each purpose."""
    digest = hashlib.sha256(f"{what}\n{name_key(name)}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
