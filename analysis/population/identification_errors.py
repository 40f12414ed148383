"""Errors of identification in a survey: histories as they may have been, and one interval over all of them. Pure.

The captures contain the errors already, so no error is added to them. A survey audit judged some captures, shown blind: a capture
is its profile's, another profile's of the survey, or nobody's of the survey. Profiles seen once are judged apart from the others,
since nearly all ghosts (one deer under a second name) are among them. From the posterior of these rates true histories that would
have become the observed ones are drawn, the estimator is run on each, and the estimates are joined by Rubin's rules.

Sources: Rubin, Multiple Imputation for Nonresponse in Surveys, 1987 (3.1.5 to 3.1.8), for each end of the interval by itself;
on what the errors do: Yoshizaki, Pollock, Brownie and Webster, Ecology 90:3, 2009; Stevick and others, Journal of Wildlife Management 65:671, 2001.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np
from scipy.special import ndtri, stdtrit

from analysis.population.histories import NotEstimable
from analysis.population.intervals import Z95

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

IMPUTATIONS: Final = 50
LEAST_IMPUTATIONS: Final = 0.9
"""Share of the imputed histories that must have an estimate."""
MOST_UNBOUNDED: Final = 0.05
"""Share of the imputed histories that may set no upper bound where their joint interval has one: a history without one leaves up to half of its
confidence above any number, and 0.025 of all may lie above an interval of 95 %."""
PRIOR: Final = 0.5
"""Of each kind, in judgements (Jeffreys)."""
ROUNDING: Final = 1e-18
"""A variance among equal estimates."""
TOO_OFTEN_WITHOUT: Final = "{missing} of {all} histories as they may have been have no estimate: the captures do not bear so many errors of identification"


Imputed = TypeVar("Imputed")


class Bounded(Protocol):
    """A number with the ends of its 95 % interval; `high` may be infinite."""

    @property
    def n(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Belonging(Protocol):
    """How likely a capture is of each deer whose other captures are known.

    `asked` are places of captures in their order, shape (A,), `own` those of the captures that are their profiles', shape (C,), and
    `rows` the deer of each of `own`, 0 to R - 1, each at least once. The answer is the logarithm of a weight, shape (A, R), up to a
    number that is one for a row.
    """

    def __call__(
        self, asked: NDArray[np.intp], own: NDArray[np.intp], rows: NDArray[np.intp]
    ) -> NDArray[np.float64]: ...


def as_often(
    asked: NDArray[np.intp], own: NDArray[np.intp], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Belonging where nothing is known of places: a deer that was captured twice as often is twice as likely."""
    often = np.bincount(rows)
    return np.tile(np.log(often), (len(asked), 1))


class Verdict(StrEnum):
    """Whose a judged capture is."""

    OWN = "own"
    OTHER = "other"
    """Another profile's of the survey: a false match, or, of a profile seen once, a ghost."""
    NOBODY = "nobody"
    """A deer's that has no other capture in the survey; of a profile seen once the same as OWN."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One deer on one occasion, as it was identified: the number of its profile, and of the occasion."""

    profile: int
    occasion: int


@dataclass(frozen=True, slots=True)
class Judged:
    """The audit's answers by capture; `other` names the profile where the verdict is OTHER."""

    verdicts: Mapping[Capture, Verdict]
    other: Mapping[Capture, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HonestEstimate:
    """A number of animals whose interval holds the errors of identification too.

    Attributes
    ----------
    n, low, high : float
        Mean of the estimates (of the logarithm), and the ends of the 95 % interval; `high` is infinite where too many histories set no bound.
    below, above, between : float
        Variances of log N: of one history's estimate, by the lower and the upper side of its interval, and among the histories.
    imputations : int
        Histories with an estimate.
    """

    n: float
    low: float
    high: float
    below: float
    above: float
    between: float
    imputations: int


def reassigned(
    captures: Sequence[Capture],
    judged: Judged,
    generator: np.random.Generator,
    count: int = IMPUTATIONS,
    belonging: Belonging = as_often,
) -> Iterator[list[Capture]]:
    """Captures under the profiles that may have been theirs, in the same order: rates drawn from their posterior, then a verdict for
    each capture that was not judged. A profile with a number above all others is an animal that no profile stood for."""
    often = Counter(item.profile for item in captures)
    strata = [
        [item for item in captures if (often[item.profile] == 1) is once] for once in (True, False)
    ]
    kinds = list(Verdict)
    seen = [
        np.array(
            [sum(judged.verdicts.get(item) is kind for item in stratum) for kind in kinds], float
        )
        for stratum in strata
    ]
    for _ in range(count):
        verdicts = dict(judged.verdicts)
        for stratum, counts in zip(strata, seen, strict=True):
            rates = generator.dirichlet(counts + PRIOR)
            unjudged = [item for item in stratum if item not in judged.verdicts]
            drawn = generator.choice(len(kinds), len(unjudged), p=rates)
            verdicts |= {item: kinds[kind] for item, kind in zip(unjudged, drawn, strict=True)}
        yield _moved(captures, verdicts, judged.other, generator, belonging)


def _moved(
    captures: Sequence[Capture],
    verdicts: Mapping[Capture, Verdict],
    other: Mapping[Capture, int],
    generator: np.random.Generator,
    belonging: Belonging,
) -> list[Capture]:
    """Captures with the profiles that the verdicts give them.

    Whose a capture is that belongs to another profile nobody knows but the judge: one is drawn, as `belonging` weighs them,
    among those that were not captured on that occasion, for of those it would have been a second capture that says nothing.
    """
    result = list(captures)
    own, asked, strangers = (
        [place for place, item in enumerate(captures) if verdicts[item] is kind]
        for kind in (Verdict.OWN, Verdict.OTHER, Verdict.NOBODY)
    )
    fresh = max((item.profile for item in captures), default=-1) + 1
    for number, place in enumerate(strangers, start=fresh):
        result[place] = Capture(number, captures[place].occasion)
    names, rows = np.unique(
        np.array([captures[place].profile for place in own], np.int64), return_inverse=True
    )
    taken = {(captures[place].profile, captures[place].occasion) for place in own}
    weights = belonging(np.array(asked, np.intp), np.array(own, np.intp), rows)
    for place, of_deer in zip(asked, weights, strict=True):
        item = captures[place]
        profile = other.get(item)
        if profile is None:
            free = np.array(
                [name != item.profile and (int(name), item.occasion) not in taken for name in names]
            )
            if not free.any():
                continue
            shares = np.exp(of_deer[free] - of_deer[free].max())
            profile = int(generator.choice(names[free], p=shares / shares.sum()))
        taken.add((profile, item.occasion))
        result[place] = Capture(profile, item.occasion)
    return result


def honest(
    histories: Iterable[Imputed],
    estimator: Callable[[Imputed], Bounded],
    confidence: float = 0.95,
) -> HonestEstimate:
    """The estimates of all histories as one, by Rubin's rules on log N. Raises NotEstimable where too many have none.

    Each end has the variance of its own side, so that without any error of identification the interval is the naive one.
    """
    logs, down, up, missing = [], [], [], 0
    for history in histories:
        try:
            result = estimator(history)
        except NotEstimable:
            missing += 1
            continue
        # A profile interval leans upwards: its sides are of different length.
        logs.append(np.log(result.n))
        down.append((np.log(result.n / result.low) / Z95) ** 2)
        if np.isfinite(result.high):
            up.append((np.log(result.high / result.n) / Z95) ** 2)
    count = len(logs)
    if count < LEAST_IMPUTATIONS * (count + missing) or count < 2:
        raise NotEstimable(TOO_OFTEN_WITHOUT.format(missing=missing, all=count + missing))
    middle, between = float(np.mean(logs)), float(np.var(logs, ddof=1))
    unbounded = count + missing - len(up)
    is_bounded = unbounded <= MOST_UNBOUNDED * (count + missing)
    below, above = float(np.mean(down)), float(np.mean(up)) if is_bounded else float("inf")
    down_to = middle - _reach(below, between, count, confidence)
    up_to = middle + _reach(above, between, count, confidence)
    n, low, high = (float(np.exp(value)) for value in (middle, down_to, up_to))
    return HonestEstimate(n, low, high, below, above, between, count)


def _reach(within: float, between: float, count: int, confidence: float) -> float:
    """Half a width, of log N, from the variances of one estimate and among `count` of them."""
    extra = (1 + 1 / count) * between
    if extra <= ROUNDING or not np.isfinite(within):
        return float(ndtri(0.5 + confidence / 2) * np.sqrt(within))
    freedom = (count - 1) * (1 + within / extra) ** 2
    return float(stdtrit(freedom, 0.5 + confidence / 2) * np.sqrt(within + extra))
