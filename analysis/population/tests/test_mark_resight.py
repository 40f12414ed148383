"""Mark-resight agrees with an independent integration, with a sum by hand, and with simulated herds."""

from __future__ import annotations

from math import exp, lgamma, log, pi

import numpy as np
import pytest
from scipy.integrate import quad

from analysis.population.histories import NotEstimable
from analysis.population.mark_resight import LogLikelihood, Resightings, estimate


def integrated(sightings: int, alpha: float, sigma: float) -> float:
    """Pr(y), over the bell curve of the animals' rates, by an adaptive rule."""

    def density(z: float) -> float:
        rate = exp(alpha + sigma * z)
        weight = exp(-z * z / 2) / (2 * pi) ** 0.5
        return float(weight * exp(sightings * log(rate) - rate - lgamma(sightings + 1)))

    return float(quad(density, -9, 9, epsabs=1e-13)[0])


def test_the_likelihood_agrees_with_an_adaptive_integration() -> None:
    marked, alpha, sigma, unmarked = [1, 1, 2, 4], 0.4, 0.5, 30.0
    unseen = integrated(0, alpha, sigma)
    expected = sum(log(integrated(y, alpha, sigma) / (1 - unseen)) for y in marked)
    there = 4 / (1 - unseen)
    rate = exp(alpha + sigma**2 / 2) + 3 / there
    variance = unmarked * (rate + rate**2 * (exp(sigma**2) - 1))
    expected -= 0.5 * (log(2 * pi * variance) + (50 - unmarked * rate) ** 2 / variance)
    likelihood = LogLikelihood(Resightings(np.array(marked), unidentified=3, unmarked=50))
    found = likelihood(np.array([alpha, log(sigma), log(unmarked)]))
    assert found == pytest.approx(expected, abs=1e-8)


def test_a_known_number_of_marked_animals_by_hand() -> None:
    """20 marked animals, 60 sightings of them: 3 each. 90 sightings of others are 30 animals: 50 in all."""
    marked = np.array([3] * 12 + [2] * 4 + [4] * 4)
    result = estimate(Resightings(marked, 0, 90, is_number_known=True))
    assert result.rate == pytest.approx(3.0, rel=0.01)
    assert result.n == pytest.approx(50, rel=0.01)
    assert result.low < 50 < result.high


def test_sightings_that_could_not_be_told_apart_raise_the_rate_of_all() -> None:
    """20 more sightings of marked animals: 4 each, so 90 sightings of others are 22.5 animals."""
    marked = np.array([3] * 12 + [2] * 4 + [4] * 4)
    result = estimate(Resightings(marked, 20, 90, is_number_known=True))
    assert result.unmarked == pytest.approx(22.5, rel=0.01)


@pytest.mark.parametrize(
    ("marked", "unmarked", "sentence"),
    [
        ([2, 1, 3, 1], 20, "at least 5"),
        ([1] * 8, 20, "seen once"),
        ([2, 1, 3, 1, 1], 0, "no sighting"),
    ],
)
def test_too_little_is_refused_with_what_is_missing(
    marked: list[int], unmarked: int, sentence: str
) -> None:
    with pytest.raises(NotEstimable, match=sentence):
        estimate(Resightings(np.array(marked), 0, unmarked))


@pytest.mark.parametrize(
    "herds", [25, pytest.param(500, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_intervals_cover_the_true_number(herds: int) -> None:
    """100 animals, 40 of them can be told apart, which nobody knows; 2.5 sightings each, and they differ."""
    generator = np.random.default_rng(16)
    covered = 0
    for _ in range(herds):
        sightings = generator.poisson(np.exp(log(2.5) + 0.4 * generator.normal(size=100)))
        marked = sightings[:40][sightings[:40] > 0]
        result = estimate(Resightings(marked, 0, int(sightings[40:].sum())))
        covered += result.low <= 100 <= result.high
    assert covered >= (19 if herds == 25 else 455)
