"""Closure test: whether deer came or went during a survey, from when each was captured first and last. Pure.

In a closed population with probabilities that do not depend on the occasion, the time between the first and last of an animal's k captures
among T occasions has the mean (k - 1)(T + 1) / (k + 1) and the variance 2 (k - 1)(T + 1)(T - k) / ((k + 1)^2 (k + 2)) (of k of T drawn at random). Deer that
came late or left early were captured within a shorter time: only that side tells against closure. Source: Burnham and Overton's test in Otis, Burnham, White and Anderson, Wildlife Monographs 62:66,
1978. A change of behaviour or of the probability in time looks like a lack of closure too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr

from analysis.population.histories import NotEstimable

if TYPE_CHECKING:
    from analysis.population.histories import History

LEAST: Final = 10
"""Animals captured twice or more, but not on every occasion: below the test says nothing."""
TOO_FEW: Final = "{found} deer were captured at least twice: the closure test needs {least}"


@dataclass(frozen=True, slots=True)
class Closure:
    """The test's result: z below 0 speaks against closure, with the one-sided probability `p` in a closed population."""

    z: float
    p: float
    animals: int


def closure(history: History) -> Closure:
    """The test of all animals captured at least twice together. Raises NotEstimable for fewer than LEAST."""
    occasions = history.occasions
    times = history.seen.sum(axis=1)
    used = (times >= 2) & (times < occasions)
    if used.sum() < LEAST:
        raise NotEstimable(TOO_FEW.format(found=int(used.sum()), least=LEAST))
    seen, k = history.seen[used], times[used].astype(np.float64)
    first = seen.argmax(axis=1)
    last = occasions - 1 - seen[:, ::-1].argmax(axis=1)
    expected = (k - 1) * (occasions + 1) / (k + 1)
    variance = 2 * (k - 1) * (occasions + 1) * (occasions - k) / ((k + 1) ** 2 * (k + 2))
    z = float((last - first - expected).sum() / np.sqrt(variance.sum()))
    return Closure(z, float(ndtr(z)), int(used.sum()))
