"""Which references a probe is compared with, by the flank that each of them shows. Pure numpy.

The two flanks of a deer are different pictures. Flank by flank means: a left flank is not compared with
right ones, nor a right one with left ones. Front, rear and unknown are compared with everything, for nobody
knows what they show. A deer none of whose references a probe could be compared with on these terms is
compared with all of them: a low score across flanks is still a score, while a deer that cannot be compared
could never be found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_SIDES: Final = {"left": 1, "right": -1}


def sides(flanks: Iterable[str]) -> NDArray[np.int8]:
    """(n,): 1 for a left flank, -1 for a right one, 0 for whatever is compared with everything."""
    return np.array([_SIDES.get(flank, 0) for flank in flanks], np.int8)


def on_the_same_side(
    allowed: NDArray[np.bool_],
    probes: NDArray[np.int8],
    references: NDArray[np.int8],
    starts: NDArray[np.intp],
    owners: NDArray[np.intp],
) -> NDArray[np.bool_]:
    """Of the `allowed` (n, r) pairs those that are compared flank by flank, (n, r).

    `probes` (n,) and `references` (r,) are sides; `starts` (n_deer,) is each deer's first reference and
    `owners` (r,) each reference's deer, as its number.
    """
    near = allowed & (probes[:, None] * references[None, :] >= 0)
    has_some = np.logical_or.reduceat(near, starts, axis=1)
    return np.where(has_some[:, owners], near, allowed)
