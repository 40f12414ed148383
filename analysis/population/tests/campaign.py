"""Coverage campaign: simulated herds, surveyed and identified with errors, audited, and estimated with true, with observed and with honest names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from scipy.stats import binom

from analysis.population import closed
from analysis.population.histories import History, NotEstimable, SpatialHistory
from analysis.population.identification_errors import (
    Capture,
    HonestEstimate,
    as_often,
    honest,
    reassigned,
)
from analysis.population.mark_resight import Resightings
from analysis.population.mark_resight import estimate as mark_resight
from analysis.population.profiles import Model
from analysis.population.spatial.fit import fit
from analysis.population.spatial.ranges import ranges
from analysis.population.spatial.state_space import distances
from analysis.population.tests.surveyed_herds import audited, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.population.identification_errors import Belonging, Bounded

    Estimator = Callable[[NDArray[np.int64]], Bounded]

Found = TypeVar("Found")
OCCASIONS: Final = 10
FALSE: Final = 0.02
"""Share of the captures that bear another profile's name, where there are errors at all."""
CHANCE: Final = 0.01
"""Of all scenarios together to be found wanting where every interval covers as often as it says."""
COVERED: Final = 0.95
IMPUTATIONS: Final = {"spatial": 8}
"""Fewer than a survey has, and fewest where an estimate takes long."""
MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Scenario:
    """A herd, how it is captured, and how it is named.

    `missed` is the share of captures that begin a ghost; with `missed` above 0 there are FALSE false matches too.
    """

    model: str
    animals: int
    missed: float
    judgements: int

    @property
    def false(self) -> float:
        return FALSE if self.missed else 0.0


def scenarios(*models: str) -> list[Scenario]:
    """All scenarios of these models. Of 20 deer 60 judgements are all captures, so more say no more."""
    return [
        Scenario(model, animals, missed, judgements)
        for model in models
        for animals in (20, 60, 200)
        for missed in (0.0, 0.05, 0.15)
        for judgements in ((60, 150) if missed and animals > 20 else (60,))
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Surveyed:
    """One survey of a simulated herd: captures by the animals' true names, shape (animals, occasions, cameras), and what is to be found.

    `places` are those of the cameras, metres, where they are known.
    """

    truth: float
    captures: NDArray[np.int64]
    estimator: Estimator
    places: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Estimates of one survey; None where there is none."""

    truth: float
    true: Bounded | None
    naive: Bounded | None
    honest: HonestEstimate | None


@dataclass(frozen=True, slots=True)
class Density:
    """Animals per hectare."""

    n: float
    low: float
    high: float


def survey(scenario: Scenario, generator: np.random.Generator) -> Surveyed:
    """A herd of the scenario, surveyed once."""
    return _SURVEYS[scenario.model](scenario.animals, generator)


def _closed(model: Model, animals: int, generator: np.random.Generator) -> Surveyed:
    chances = {
        Model.M0: np.full((animals, OCCASIONS), 0.2),
        Model.MT: np.tile(np.linspace(0.05, 0.35, OCCASIONS), (animals, 1)),
        Model.MH: np.where(np.arange(animals) % 2, 0.1, 0.4)[:, None] * np.ones(OCCASIONS),
    }[model]
    captures = (generator.random(chances.shape) < chances)[:, :, None].astype(np.int64)
    return Surveyed(
        animals,
        captures,
        lambda found: closed.estimate(History(np.asarray(found.any(axis=2))), model),
    )


def _spatial(animals: int, generator: np.random.Generator) -> Surveyed:
    """25 cameras 250 m apart; a Poisson number of centres, so many in the mean within 4 sigma; the density per hectare is to be found."""
    sigma, side, spacing = 180.0, 5, 250.0
    axis = np.arange(side) * spacing
    places = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    low, high = -4 * sigma, axis[-1] + 4 * sigma
    density = animals / ((high - low) ** 2 / 10_000)
    centres = generator.uniform(low, high, (int(generator.poisson(animals)), 2))
    chances = 0.1 * np.exp(-(distances(centres, places) ** 2) / (2 * sigma**2))
    seen = generator.random((len(centres), OCCASIONS, len(places))) < chances[:, None, :]

    def estimator(found: NDArray[np.int64]) -> Density:
        result = fit(_with_places(found, places))
        return Density(result.density, *result.interval)

    return Surveyed(density, seen.astype(np.int64), estimator, places)


def _with_places(captures: NDArray[np.int64], places: NDArray[np.float64]) -> SpatialHistory:
    """Captures by cameras that always ran."""
    return SpatialHistory(captures, places, np.ones(captures.shape[1:]))


def _resighted(animals: int, generator: np.random.Generator) -> Surveyed:
    """Four of ten animals can be told apart; each is seen 3 times in the mean, and they differ."""
    rates = np.exp(np.log(3.0 / OCCASIONS) + 0.3 * generator.normal(size=animals))
    seen = generator.poisson(np.repeat(rates[:, None], OCCASIONS, axis=1))
    marked = animals * 2 // 5
    unmarked = int(seen[marked:].sum())
    return Surveyed(
        animals,
        seen[:marked, :, None],
        lambda found: mark_resight(Resightings(found.sum(axis=(1, 2)), 0, unmarked)),
    )


_SURVEYS: Final[Mapping[str, Callable[[int, np.random.Generator], Surveyed]]] = {
    "M0": partial(_closed, Model.M0),
    "Mt": partial(_closed, Model.MT),
    "Mh": partial(_closed, Model.MH),
    "spatial": _spatial,
    "mark-resight": _resighted,
}
MODELS: Final = tuple(_SURVEYS)


def answers(scenario: Scenario, generator: np.random.Generator) -> Answers:
    """One herd from its captures to its honest interval."""
    made = survey(scenario, generator)
    seen = np.asarray(made.captures.any(axis=2))
    shows = named(generator, seen, scenario.missed, scenario.false)
    captures = list(shows)
    animals = [shows[item] for item in captures]

    def under(names: Sequence[Capture]) -> NDArray[np.int64]:
        """Captures by these profiles, in the order of `captures`."""
        profiles, rows = np.unique([item.profile for item in names], return_inverse=True)
        result = np.zeros((len(profiles), *made.captures.shape[1:]), np.int64)
        occasions = np.array([item.occasion for item in names])
        np.add.at(result, (rows, occasions), made.captures[animals, occasions])
        return result

    count = IMPUTATIONS.get(scenario.model, MOST)
    judged = audited(generator, shows, scenario.judgements)
    near = as_often if made.places is None else _near(captures, under(captures), made.places)
    may_be = (under(moved) for moved in reassigned(captures, judged, generator, count, near))
    return Answers(
        made.truth,
        _or_none(lambda: made.estimator(made.captures[seen.any(axis=1)])),
        _or_none(lambda: made.estimator(under(captures))),
        _or_none(lambda: honest(may_be, made.estimator)),
    )


def _near(
    captures: Sequence[Capture], found: NDArray[np.int64], places: NDArray[np.float64]
) -> Belonging:
    """Ranges as a survey has them, for captures in this order; `found` are they by profile."""
    by_profile = ranges(_with_places(found, places))
    if by_profile is None:
        return as_often
    order = np.lexsort(
        ([item.occasion for item in captures], [item.profile for item in captures])
    ).argsort()
    return replace(by_profile, captured=by_profile.captured[order])


def _or_none(compute: Callable[[], Found]) -> Found | None:
    try:
        return compute()
    except NotEstimable:
        return None


@dataclass(frozen=True, slots=True)
class Row:
    """Herds of one scenario.

    Attributes
    ----------
    scenario : Scenario
    herds, answered, unbounded : int
        Herds, those with an honest interval, and of these the ones without an upper end.
    covered, naive, true : float
        Shares of the herds with an answer whose honest interval, naive interval, and interval with true names holds the truth.
    below, above : int
        Honest intervals that end below the truth, and that begin above it.
    bias, naive_bias : float
        Median of the honest and the naive number, as a share of the truth, less 1.
    width, true_width : float
        Median of the upper end by the lower one, of honest intervals and of those with true names.
    """

    scenario: Scenario
    herds: int
    answered: int
    unbounded: int
    covered: float
    naive: float
    true: float
    below: int
    above: int
    bias: float
    naive_bias: float
    width: float
    true_width: float


def row(scenario: Scenario, herds: int, seed: int = 16) -> Row:
    """So many herds of a scenario."""
    generator = np.random.default_rng([seed, *scenario.model.encode(), scenario.animals])
    found = [answers(scenario, generator) for _ in range(herds)]
    honests = [item for item in found if item.honest is not None]
    outside = Counter(
        "below" if item.honest.high < item.truth else "above"
        for item in honests
        if item.honest and not _covers(item.honest, item.truth)
    )
    return Row(
        scenario,
        herds,
        len(honests),
        sum(not np.isfinite(item.honest.high) for item in honests if item.honest),
        _share((item.honest, item.truth) for item in honests),
        _share((item.naive, item.truth) for item in found),
        _share((item.true, item.truth) for item in found),
        outside["below"],
        outside["above"],
        _bias((item.honest, item.truth) for item in found),
        _bias((item.naive, item.truth) for item in found),
        _width(item.honest for item in found),
        _width(item.true for item in found),
    )


def wanting(rows: Iterable[Row]) -> list[Row]:
    """Rows that cover less often than chance explains, all scenarios taken together (Bonferroni)."""
    rows = list(rows)
    return [
        item
        for item in rows
        if binom.cdf(round(item.covered * item.answered), item.answered, COVERED)
        < CHANCE / len(rows)
    ]


def _covers(estimate: Bounded, truth: float) -> bool:
    # An estimate may end at the animals that were captured, and be that number but for rounding.
    return estimate.low <= truth * (1 + 1e-6) and truth <= estimate.high * (1 + 1e-6)


def _share(pairs: Iterable[tuple[Bounded | None, float]]) -> float:
    held = [_covers(item, truth) for item, truth in pairs if item is not None]
    return float(np.mean(held)) if held else float("nan")


def _bias(pairs: Iterable[tuple[Bounded | None, float]]) -> float:
    parts = [item.n / truth - 1 for item, truth in pairs if item is not None]
    return float(np.median(parts)) if parts else float("nan")


def _width(estimates: Iterable[Bounded | None]) -> float:
    parts = [item.high / item.low for item in estimates if item is not None]
    return float(np.median(parts)) if parts else float("nan")
