"""Folds of deer for cross-validation: every deer is held out in exactly one of them. Pure numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def split(deer: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """The fold (n,) of each detection, given its deer's code (n,): whole deer, evenly many detections.

    Deer are shuffled by `seed`, and dealt to whichever fold has the fewest detections so far, those with the
    most first: so no fold's examination rests on fewer photographs than it must. Raises ValueError where a
    fold would be left without a deer.
    """
    codes, sizes = np.unique(deer, return_counts=True)
    if not 2 <= folds <= len(codes):
        raise ValueError(
            f"{folds} folds of {len(codes)} deer: use from 2 to as many as there are deer"
        )
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    by_size = shuffled[np.argsort(-sizes[shuffled], kind="stable")]
    load = np.zeros(folds, np.int64)
    count = np.zeros(folds, np.int64)
    fold_of = np.empty(len(codes), np.int64)
    for code in by_size:
        # The fewest detections, then the fewest deer; the first few deer thus go to different folds.
        chosen = int(np.lexsort((count, load))[0])
        fold_of[code] = chosen
        load[chosen] += sizes[code]
        count[chosen] += 1
    return fold_of[np.searchsorted(codes, deer)]
