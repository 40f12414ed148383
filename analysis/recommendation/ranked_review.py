"""Ranked review where no threshold can be proven: the hit rate of the best k, and a person's time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.stats.intervals import UndefinedError

if TYPE_CHECKING:
    from analysis.score_log.error_rates import ErrorRates
    from analysis.stats.intervals import Share

GOOD_ENOUGH: Final = 0.8
MOST_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class RankedReview:
    """`k` candidates shown find the right deer at least as often as `hit_rate`, where it is enrolled.

    "At least", because judging a labelled sighting costs its deer the references of that encounter.
    `mated` is the share of labelled sightings whose deer is enrolled at all; `seconds` is what a review
    takes here, None where none was timed.
    """

    k: int
    hit_rate: Share
    mated: float
    seconds: float | None

    @property
    def minutes_per_100(self) -> float | None:
        return None if self.seconds is None else 100 * self.seconds / 60


def ranked_review(rates: ErrorRates, seconds: float | None) -> RankedReview | None:
    """The fewest candidates that find GOOD_ENOUGH of the deer, at most MOST_SHOWN; None without mated trials."""
    try:
        for k in range(1, MOST_SHOWN + 1):
            hit_rate = rates.rank_k(k)
            if hit_rate.estimate >= GOOD_ENOUGH:
                break
    except UndefinedError:
        return None
    return RankedReview(k, hit_rate, hit_rate.trials / len(rates.trials), seconds)
