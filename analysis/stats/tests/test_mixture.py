"""The mixture: two bells found again, and every refusal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from analysis.stats.intervals import UndefinedError
from analysis.stats.mixture import COLLAPSED, LEAST, ONE_BELL, TOO_FEW, fit
from reid.units import SCORE_UNITS


def histogram(scores: np.ndarray) -> np.ndarray:
    units = np.clip(np.rint(scores * SCORE_UNITS), 0, SCORE_UNITS).astype(np.int64)
    return np.bincount(units, minlength=SCORE_UNITS + 1)


def two_bells(generator: np.random.Generator, low: int, high: int) -> np.ndarray:
    return np.concatenate([generator.normal(0.5, 0.04, low), generator.normal(0.8, 0.03, high)])


def test_two_bells_are_found_again():
    mixture = fit(histogram(two_bells(np.random.default_rng(1), 3000, 1000)))
    assert mixture.share == pytest.approx(0.25, abs=0.01)
    assert mixture.means == pytest.approx((0.5, 0.8), abs=0.005)
    assert mixture.sds == pytest.approx((0.04, 0.03), abs=0.003)
    # sqrt(2) * 0.3 / sqrt(0.04^2 + 0.03^2) = 0.4243 / 0.05
    assert mixture.ashman_d == pytest.approx(8.5, abs=0.4)


def test_no_bells_nearby_describe_the_scores_better():
    scores = two_bells(np.random.default_rng(2), 600, 400).round(4)
    mixture = fit(histogram(scores))

    def likelihood(share: float, low: float, high: float, narrow: float, wide: float) -> float:
        parts = (1 - share) * norm.pdf(scores, low, narrow) + share * norm.pdf(scores, high, wide)
        return float(np.log(parts).sum())

    at = np.array([mixture.share, *mixture.means, *mixture.sds])
    best = likelihood(*at)
    for place in range(len(at)):
        for step in (-0.003, 0.003):
            moved = at.copy()
            moved[place] += step
            assert likelihood(*moved) < best
    alone = norm.logpdf(scores, scores.mean(), scores.std()).sum()
    assert mixture.bic_gain == pytest.approx(2 * (best - alone) - 3 * np.log(1000), rel=1e-3)


def test_the_density_is_that_of_all_sightings():
    mixture = fit(histogram(two_bells(np.random.default_rng(3), 500, 500)))
    grid = np.linspace(0, 1, 10_001)
    assert np.trapezoid(mixture.density(grid), grid) == pytest.approx(1.0, abs=1e-6)


def test_the_same_histogram_gives_the_same_fit():
    counts = histogram(two_bells(np.random.default_rng(4), 300, 100))
    assert fit(counts) == fit(counts.copy())


def test_one_bell_is_not_called_two():
    with pytest.raises(UndefinedError) as refused:
        fit(histogram(np.random.default_rng(5).normal(0.6, 0.05, 2000)))
    assert str(refused.value) == ONE_BELL


def test_bells_that_lie_over_each_other_are_none():
    generator = np.random.default_rng(6)
    scores = np.concatenate([generator.normal(0.6, 0.02, 3000), generator.normal(0.6, 0.09, 3000)])
    with pytest.raises(UndefinedError, match="Ashman's D is 0"):
        fit(histogram(scores))


def test_too_few_sightings_have_no_shape():
    with pytest.raises(UndefinedError) as refused:
        fit(histogram(np.full(LEAST - 1, 0.5)))
    assert str(refused.value) == TOO_FEW.format(least=LEAST, found=LEAST - 1)


@pytest.mark.parametrize("scores", [np.full(200, 0.5), np.r_[np.full(100, 0.5), np.full(100, 0.9)]])
def test_scores_without_spread_say_so(scores):
    with pytest.raises(UndefinedError) as refused:
        fit(histogram(scores))
    assert str(refused.value) in (COLLAPSED, ONE_BELL)
