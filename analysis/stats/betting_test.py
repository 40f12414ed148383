"""Betting test of an audit: whether a threshold's share of wrong assignments (FDP) is at most alpha. Pure.

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
_MOST: Final = 700.0  # logarithm of the highest stake that is kept apart: exp of more overflows


class Status(StrEnum):
    """State of a candidate: open -> passed | failed; what is decided stays decided."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of the judgements of one candidate.

    Attributes
    ----------
    population : int
        Assignments that could be drawn.
    audited, wrong : int
        Judgements so far, and those among them that called the assignment wrong.
    evidence : float
        The gambler's stake, from 0; the candidate passes at 1 / risk. Infinite where nothing is left to chance.
    doubt : float
        The stake of the opposite gambler, who bets on errors; the candidate fails at 1 / risk.
        After the decision both stakes stay as they were at that moment; counts and bounds go on.
    fdp_upper : float
        Upper bound of FDP in [0, 1]. It holds at all moments at once with probability 1 - risk.
    status : Status
        Open, passed or failed.
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
        """The share of wrong ones among the judged assignments; None before the first judgement."""
        return self.wrong / self.audited if self.audited else None


def draw_key(salt: str, sighting: str) -> str:
    """The place of a sighting in the random draw: keys are sorted, the lowest is drawn first.

    Parameters
    ----------
    salt : str
        The plan's salt, secret until the audit ends.
    sighting : str
        The sighting's id.

    Returns
    -------
    str
        SHA-256 of both, one after the other, as 64 hex digits.

    Examples
    --------
    The digest of "abc" is a test vector of FIPS 180-4:

    >>> draw_key("ab", "c")[:16]
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(f"{salt}{sighting}".encode()).hexdigest()


def too_many(assigned: int, alpha: float) -> int:
    """The least number of errors among `assigned` that makes the FDP exceed alpha.

    Parameters
    ----------
    assigned : int
        Assignments, at least 0.
    alpha : float
        FDP that may be reached, in (0, 1).

    Returns
    -------
    int
        floor(alpha * assigned) + 1.

    Examples
    --------
    5 errors of 100 are 5 %, 6 are more:

    >>> too_many(100, 0.05)
    6
    """
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
    """The evidence of the judgements of one candidate, with its bound of FDP.

    Parameters
    ----------
    outcomes : sequence of bool
        Judgements in the order of the draw; True: the assignment is wrong.
    population : int
        Assignments from which they were drawn, at least len(outcomes) and more than 0.
    alpha : float
        FDP to be proven, in (0, 1).
    risk : float
        Probability in (0, 1) with which a candidate above alpha may pass.
    assigned : int, optional
        True number of assignments at this very threshold, where it is not `population`.
    surely_wrong : int
        How many of `assigned` could not be drawn. They count as errors.

    Returns
    -------
    Evidence
        Counts, both stakes, the upper bound of FDP, and the status.

    Raises
    ------
    ValueError
        Where alpha is no share, or there are more judgements than assignments.

    Notes
    -----
    The null hypothesis says that L = `too_many(assigned, alpha)` or more of the N assignments are wrong. After
    k judgements with e errors the next one is then wrong with probability q = (L - e) / (N - k) or more. A bet b
    multiplies the stake by (1 - b) / (1 - q) for a right answer, and by b / q for a wrong one; the stake is the
    mean over the bets `BETS` (a mixture; Stark, arXiv 2201.02707; Spertus, arXiv 2304.01010). It is a
    supermartingale under the null, so it reaches 1 / risk with probability `risk` at most (Ville).

    Examples
    --------
    An FDP above one half of two assignments means that both are wrong. One right answer refutes that:

    >>> proof = evidence([False], 2, 0.5)
    >>> proof.status, proof.evidence, proof.fdp_upper
    (<Status.PASSED: 'passed'>, inf, 0.5)
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
    """The number of further judgements until a pass, if errors come evenly at `error_rate`.

    Parameters
    ----------
    error_rate : float
        Share of wrong assignments that is expected from now on, in [0, 1].
    population, alpha, risk
        As for `evidence`.
    so_far : sequence of bool
        Judgements that have been made, as the `outcomes` of `evidence`.

    Returns
    -------
    int or None
        Judgements still to be made; None where no pass comes within HORIZON of them or the population.

    Examples
    --------
    >>> audits_needed(0.0, 2, 0.5)
    1
    >>> audits_needed(1.0, 100, 0.05) is None
    True
    """
    extra = min(population - len(so_far), HORIZON)
    due = np.floor(error_rate * np.arange(extra + 1) + 0.5)
    outcomes = [*so_far, *(np.diff(due) > 0).tolist()]
    stakes = _stake(outcomes, population, alpha, too_many(population, alpha))
    reached = np.flatnonzero(stakes[len(so_far) :] >= 1 / risk)
    return int(reached[0]) if reached.size else None


def judgements_until_pass(
    errors: int, population: int, alpha: float, *, risk: float = RISK
) -> int | None:
    """The number of judgements that pass a candidate when `errors` of them say wrong.

    Parameters
    ----------
    errors : int
        Judgements that say wrong, at least 0.
    population, alpha, risk
        As for `evidence`.

    Returns
    -------
    int or None
        None where a candidate with so many errors never passes.

    Notes
    -----
    The order of the answers does not matter, but for a bet that is cut to the odds: the stake is the probability
    of the answers under the bet over that under the null, and neither depends on their order. They are taken
    with the errors first. Whether the opposite gambler stops such an audit is left out, since that does depend on it.

    Examples
    --------
    >>> [judgements_until_pass(errors, 10**6, 0.10) for errors in (0, 1, 2)]
    [36, 65, 83]
    """
    most = min(population, HORIZON)
    outcomes = [True] * min(errors, most) + [False] * (most - errors)
    stakes = _stake(outcomes, population, alpha, too_many(population, alpha))
    reached = np.flatnonzero(stakes >= 1 / risk)
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
    remaining = (population - np.arange(len(outcomes)))[:, None]
    odds = (limits - before) / remaining
    refuted = np.logical_or.accumulate(~wrong & (odds >= 1), axis=0)
    odds = np.clip(odds, 0.0, 1.0)
    logs = np.empty((len(BETS), *odds.shape))
    with np.errstate(divide="ignore", invalid="ignore"):  # the ends of odds are dealt with below
        for number, guess in enumerate(BETS):
            bet = np.minimum(guess * alphas, odds)
            logs[number] = np.where(wrong, np.log(bet / odds), np.log((1 - bet) / (1 - odds)))
    # A refuted null is decided, and one that is true has no stake left to multiply.
    logs[:, refuted | (after >= limits)] = 0.0
    stakes = np.exp(np.minimum(np.cumsum(logs, axis=1), _MOST)).mean(axis=0)
    stakes = np.where(refuted, np.inf, np.where(after >= limits, 0.0, stakes))
    start = np.where(limits <= 0, 0.0, 1.0)[None, :]
    return np.concatenate((start, stakes))


def _doubts(outcomes: Sequence[bool], alpha: float) -> NDArray[np.float64]:
    """(len(outcomes) + 1,): the stake of the gambler who bets on errors."""
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
