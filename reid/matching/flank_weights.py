"""Flank weights: how much a reference counts for a probe, by the flanks that the two show. Pure numpy.

The two flanks of a deer are different pictures, and not quite: build, coat and head are seen from both sides.
So the cosine to a centroid weighs the references of the other flank by half, and single best references are
taken from the other flank only where a deer has no others. Front, rear and unknown count for everything,
for nobody knows what they show. What else was tried, and what each gave: docs/viewpoint-and-fusion.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

OTHER_FLANK: Final = 0.5
"""What a reference of the other flank weighs in a centroid; one of the same flank weighs 1."""

_SIDES: Final = {"left": 1, "right": -1}


def sides(flanks: Iterable[str]) -> NDArray[np.int8]:
    """(n,): 1 for a left flank, -1 for a right one, 0 for whatever is compared with everything."""
    return np.array([_SIDES.get(flank, 0) for flank in flanks], np.int8)


def weights(
    allowed: NDArray[np.bool_], probes: NDArray[np.int8], references: NDArray[np.int8]
) -> NDArray[np.float64]:
    """(n, r): what each reference weighs for each probe, 0 where it is not `allowed` (n, r).

    `probes` (n,) and `references` (r,) are sides.
    """
    is_other = probes[:, None] * references[None, :] < 0
    result: NDArray[np.float64] = np.where(is_other, OTHER_FLANK, 1.0) * allowed
    return result


def on_the_same_side(
    allowed: NDArray[np.bool_],
    probes: NDArray[np.int8],
    references: NDArray[np.int8],
    starts: NDArray[np.intp],
    owners: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Of the `allowed` (n, r) pairs those of one flank, or all of a deer's where it has none of those, (n, r).

    `probes` (n,) and `references` (r,) are sides; `starts` (n_deer,) is each deer's first reference and
    `owners` (r,) each reference's deer, as its number.
    """
    near = allowed & (probes[:, None] * references[None, :] >= 0)
    has_some = np.logical_or.reduceat(near, starts, axis=1)
    return np.where(has_some[:, owners], near, allowed)
