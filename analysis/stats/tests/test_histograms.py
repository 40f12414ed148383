"""Histogram statistics, worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.reports.tests.test_threshold_table import histogram
from analysis.stats.histograms import d_prime, describe
from analysis.stats.intervals import UndefinedError


def test_moments_and_quantiles_by_hand():
    distribution = describe(histogram(1000, 2000, 3000, 3000, 6000))
    assert distribution.count == 5
    assert distribution.mean == pytest.approx(0.3)
    # squared distances 0.04, 0.01, 0, 0, 0.09
    assert distribution.sd == pytest.approx(math.sqrt(0.14 / 5))
    assert (
        distribution.low,
        distribution.q05,
        distribution.median,
        distribution.q95,
        distribution.high,
    ) == (0.1, 0.1, 0.3, 0.6, 0.6)


def test_the_lowest_score_is_a_quantile_too():
    assert describe(histogram(0, 0, 0)).median == 0.0
    assert describe(histogram(10_000)).q95 == 1.0


def test_nothing_has_no_distribution():
    with pytest.raises(UndefinedError):
        describe(np.zeros(10_001, np.int64))


def test_d_prime_is_the_distance_in_spreads():
    genuine, impostor = describe(histogram(7000, 9000)), describe(histogram(3000, 5000))
    assert d_prime(genuine, impostor) == pytest.approx(0.4 / 0.1)


def test_scores_that_are_all_alike_have_no_d_prime():
    with pytest.raises(UndefinedError):
        d_prime(describe(histogram(9000)), describe(histogram(3000)))
