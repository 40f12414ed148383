"""Closed estimators on data that others published, and on one whose size is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, gammaln

from analysis.population import closed
from analysis.population.histories import History
from analysis.population.profiles import Model, profile_of


def captured(occasions: int, *animals: int) -> History:
    """So many animals captured once, twice and so on: M0, Mh and Chao's bound ask for no more."""
    rows = [
        np.arange(occasions) < times
        for times, count in enumerate(animals, start=1)
        for _ in range(count)
    ]
    return History(np.array(rows))


HARES = captured(6, 25, 22, 13, 5, 1, 2)
"""Snowshoe hares of Burnham and Cushwa: 68 animals, 6 nights (Baillargeon and Rivest, Journal of Statistical Software 19:5, 2007)."""
RABBITS = captured(18, 43, 16, 8, 6, 0, 2, 1)
"""Cottontails in an enclosure, 135 of them, 18 nights (Edwards and Eberhardt, Journal of Wildlife Management 31:87, 1967)."""
TAXICABS = captured(10, 142, 81, 49, 7, 3, 1)
"""Taxicabs of Edinburgh, 420 of them, 10 days (Carothers, Biometrics 29:79, 1973; scheme A)."""


def test_alike_hares_are_as_many_as_published() -> None:
    """75.4 by the conditional likelihood, which lies half an animal or so above the whole one."""
    assert closed.estimate(HARES, Model.M0).n == pytest.approx(75.4, abs=0.7)


@pytest.mark.parametrize(("history", "published"), [(HARES, 79.8), (RABBITS, 134), (TAXICABS, 407)])
def test_chaos_bound_is_the_published_one_less_its_bias(history: History, published: float) -> None:
    """Published (Chao, Biometrics 43:783, 1987) is f1^2 / (2 f2) for the missed; corrected it is f1 (f1 - 1) / (2 (f2 + 1)), and less by (T - 1) / T."""
    once, twice = (int(value) for value in history.frequencies()[1:3])
    part = (history.occasions - 1) / history.occasions
    bound = closed.chao_bound(history)
    missed = (bound.n - history.animals) / part * (twice + 1) / twice * once / (once - 1)
    given = missed if history is not HARES else part * missed
    assert history.animals + given == pytest.approx(published, abs=0.6)


@pytest.mark.parametrize(("history", "size"), [(RABBITS, 135), (TAXICABS, 420)])
def test_animals_that_differ_are_as_many_as_there_were(history: History, size: int) -> None:
    """Taken for alike they are too few; in two kinds the interval holds their number."""
    assert closed.estimate(history, Model.M0).high < size
    kinds = closed.estimate(history, Model.MH)
    assert kinds.low <= size <= kinds.high


@pytest.mark.parametrize("n", [140.0, 400.0, 50_000.0])
@pytest.mark.parametrize("history", [RABBITS, HARES], ids=["rabbits", "hares"])
def test_two_kinds_are_found_as_by_a_search_without_slopes(history: History, n: float) -> None:
    """The likelihood written out, from many starting points."""
    counts = history.frequencies().astype(float)
    counts[0] = n - history.animals
    times, most = np.arange(len(counts)), history.occasions

    def negative(theta: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        share, one, two = expit(np.clip(theta, -25, 25))
        chances = share * one**times * (1 - one) ** (most - times) + (1 - share) * two**times * (
            1 - two
        ) ** (most - times)
        return -float(counts @ np.log(chances + 1e-300))

    generator = np.random.default_rng(3)
    best = min(
        float(minimize(negative, start, method="Nelder-Mead", options={"maxiter": 4_000}).fun)
        for start in generator.normal([2, -4, -1], 2, (12, 3))
    )
    profile, _ = profile_of(history, Model.MH)
    expected = float(gammaln(n + 1) - gammaln(n - history.animals + 1)) - best
    assert profile(np.array([n]))[0] == pytest.approx(expected, abs=2e-3)
