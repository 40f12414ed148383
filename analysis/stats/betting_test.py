"""The audit's test: is a threshold's share of wrong assignments (FDP) at most alpha? Pure.

Would-be assignments are drawn at random without replacement and judged by a person. A gambler with fair
odds under "the FDP is above alpha" bets on right answers; when the stake has grown to 1 / risk, that claim
is refuted. By Ville's inequality the gambler may look after every answer and stop at any time, and since
the draw is random, nothing is assumed about deer, cameras or whoever was reviewed before.

Sources: Wald 1945; Stark, arXiv 2201.02707 (ALPHA: without replacement); Waudby-Smith, Stark and Ramdas,
arXiv 2107.11323; Spertus, arXiv 2304.01010 (a mixture of bets). Candidates are tested in a fixed order from
high to low until the first failure, which keeps the family-wise error at `risk` (Maurer, Hothorn and
Lehmacher 1995).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RISK: Final = 0.05
BETS: Final = (0.0, 0.2, 0.4, 0.6)
"""Guessed error rates in units of alpha; the mixture wins about as fast as the best of them."""
DOUBTS: Final = (1.5, 2.0, 4.0, 8.0)
"""Error rates, in units of alpha, against which going on is weighed; they only ever stop an audit."""
GRID: Final = np.arange(1, 1000) / 1000
HORIZON: Final = 5000
"""Audits past which an answer is called out of reach."""
_MOST: Final = (
    700.0  # logarithm of a stake that is not told from a higher one; exp of more overflows
)


class Status(StrEnum):
    """open -> passed | failed; what is decided stays decided."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the judgements of one candidate prove. `fdp_upper` holds at every moment with 1 - risk at once.

    `evidence` is the gambler's stake (it passes at 1 / risk; infinite where nothing is left to chance),
    `doubt` the opposite one's. After the decision both stand as they were when it fell; counts and bounds
    go on.
    """

    population: int
    audited: int
    wrong: int
    evidence: float
    doubt: float
    fdp_upper: float
    status: Status

    @property
    def fdp_estimate(self) -> float | None:
        return self.wrong / self.audited if self.audited else None


def draw_key(salt: str, sighting: str) -> str:
    """Where a sighting stands in the draw: SHA-256, 64 hex digits, of the plan's salt and its id."""
    return hashlib.sha256(f"{salt}{sighting}".encode()).hexdigest()


def too_many(assigned: int, alpha: float) -> int:
    """The least number of errors among `assigned` that makes the FDP exceed alpha."""
    return math.floor(round(alpha * assigned, 9)) + 1


def evidence(
    outcomes: Sequence[bool],
    population: int,
    alpha: float,
    *,
    risk: float = RISK,
    assigned: int | None = None,
    surely_wrong: int = 0,
) -> Evidence:
    """Judge a candidate by `outcomes` (True: wrong), in the order of the draw, from `population` assignments.

    Where the decision at this very threshold makes other assignments than those that could be drawn,
    `assigned` is their true number and `surely_wrong` how many of them could not be drawn: these count as
    errors. Raises ValueError unless 0 < alpha < 1 and 0 <= len(outcomes) <= population > 0.
    """
    _check(outcomes, population, alpha)
    assigned = population if assigned is None else assigned
    limits = np.floor(np.round(GRID * assigned, 9)).astype(np.int64) + 1 - surely_wrong
    bounds = _stakes(outcomes, population, GRID, limits)
    limit = too_many(assigned, alpha) - surely_wrong
    stakes, doubts = _stake(outcomes, population, alpha, limit), _doubts(outcomes, alpha)
    status, at = _decide(outcomes, limit, stakes, doubts, risk)
    upper = _fdp_upper(bounds, risk)
    if status is Status.PASSED:
        # A grid point just above alpha may be the same null with larger bets, and lag a draw behind.
        upper = min(upper, alpha)
    return Evidence(
        population=population,
        audited=len(outcomes),
        wrong=sum(outcomes),
        evidence=float(stakes[at]),
        doubt=float(doubts[at]),
        fdp_upper=upper,
        status=status,
    )


def audits_needed(
    error_rate: float,
    population: int,
    alpha: float,
    *,
    risk: float = RISK,
    so_far: Sequence[bool] = (),
) -> int | None:
    """How many more judgements a pass takes if errors come evenly at `error_rate`; None: out of reach."""
    extra = min(population - len(so_far), HORIZON)
    due = np.floor(error_rate * np.arange(extra + 1) + 0.5)
    outcomes = [*so_far, *(np.diff(due) > 0).tolist()]
    stakes = _stake(outcomes, population, alpha, too_many(population, alpha))
    reached = np.flatnonzero(stakes[len(so_far) :] >= 1 / risk)
    return int(reached[0]) if reached.size else None


def _check(outcomes: Sequence[bool], population: int, alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is a share between 0 and 1, not {alpha}")
    if population <= 0 or len(outcomes) > population:
        raise ValueError(f"{len(outcomes)} judgements of {population} assignments are none")


def _decide(
    outcomes: Sequence[bool],
    limit: int,
    stakes: NDArray[np.float64],
    doubts: NDArray[np.float64],
    risk: float,
) -> tuple[Status, int]:
    """The status, and after how many answers it was decided (all of them while it is open)."""
    errors = np.concatenate(([0], np.cumsum(np.array(outcomes, np.int64))))
    passed = np.flatnonzero(stakes >= 1 / risk)
    failed = np.flatnonzero((errors >= limit) | (doubts >= 1 / risk))
    never = len(stakes)
    first_pass, first_fail = (int(item[0]) if item.size else never for item in (passed, failed))
    if first_pass < first_fail:
        return Status.PASSED, first_pass
    return (Status.FAILED, first_fail) if first_fail < never else (Status.OPEN, never - 1)


def _stake(
    outcomes: Sequence[bool], population: int, alpha: float, limit: int
) -> NDArray[np.float64]:
    """(len(outcomes) + 1,): the stake after each answer, against one alpha."""
    return _stakes(outcomes, population, np.array([alpha]), np.array([limit]))[:, 0]


def _stakes(
    outcomes: Sequence[bool],
    population: int,
    alphas: NDArray[np.float64],
    limits: NDArray[np.int64],
) -> NDArray[np.float64]:
    """(len(outcomes) + 1, n_alpha): the stake after each answer, against every alpha at once.

    The null says that at least `limits` of the population are wrong, so the next answer is wrong with
    probability q0 = (limit - errors) / remaining or more. Where q0 is 1 or more and the answer is right,
    the null is refuted for good; where the limit is reached, it is true for good.
    """
    wrong = np.array(outcomes, np.bool_)[:, None]
    after = np.cumsum(wrong, axis=0, dtype=np.int64)
    before = after - wrong
    left = (population - np.arange(len(outcomes)))[:, None]
    odds = (limits - before) / left
    refuted = np.logical_or.accumulate(~wrong & (odds >= 1), axis=0)
    odds = np.clip(odds, 0.0, 1.0)
    logs = np.empty((len(BETS), *odds.shape))
    with np.errstate(divide="ignore", invalid="ignore"):  # the ends of odds are dealt with below
        for number, guess in enumerate(BETS):
            bet = np.minimum(guess * alphas, odds)
            logs[number] = np.where(wrong, np.log(bet / odds), np.log((1 - bet) / (1 - odds)))
    # A refuted null has had its day, and one that is true has no stake left to multiply.
    logs[:, refuted | (after >= limits)] = 0.0
    stakes = np.exp(np.minimum(np.cumsum(logs, axis=1), _MOST)).mean(axis=0)
    stakes = np.where(refuted, np.inf, np.where(after >= limits, 0.0, stakes))
    start = np.where(limits <= 0, 0.0, 1.0)[None, :]
    return np.concatenate((start, stakes))


def _doubts(outcomes: Sequence[bool], alpha: float) -> NDArray[np.float64]:
    """(len(outcomes) + 1,): the stake of whoever bets on errors."""
    rates = np.minimum(0.9, np.array(DOUBTS) * alpha)
    wrong = np.array(outcomes, np.bool_)[:, None]
    steps = np.where(wrong, np.log(rates / alpha), np.log((1 - rates) / (1 - alpha)))
    logs = np.concatenate((np.zeros((1, len(rates))), np.cumsum(steps, axis=0)))
    doubts: NDArray[np.float64] = np.exp(np.minimum(logs, _MOST)).mean(axis=1)
    return doubts


def _fdp_upper(stakes: NDArray[np.float64], risk: float) -> float:
    """The end of the confidence sequence: rejecting a grid point says that the FDP is at most that point."""
    standing = np.flatnonzero(stakes.max(axis=0) < 1 / risk)
    end = int(standing[-1]) + 1 if standing.size else 0
    return float(GRID[end]) if end < len(GRID) else 1.0
