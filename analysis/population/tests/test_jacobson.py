"""Jacobson's survey by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.population import jacobson
from analysis.population.histories import NotEstimable


def test_does_and_fawns_follow_from_the_photographs_of_bucks() -> None:
    """10 bucks on 100 photographs: 0.1 a photograph; 200 photographs of does are 20 does, 80 of fawns 8."""
    bucks = np.full((10, 4), 5)
    bucks[:, 2:] = 0
    result = jacobson.estimate(bucks, np.full(4, 50), np.full(4, 20), np.random.default_rng(1))
    assert result.factor == pytest.approx(0.1)
    values = [part.value for part in (result.bucks, result.does, result.fawns, result.total)]
    assert values == pytest.approx([10, 20, 8, 38])
    assert result.does.low <= 20 <= result.does.high


def test_stations_that_agree_leave_no_doubt() -> None:
    result = jacobson.estimate(
        np.ones((3, 5), int), np.full(5, 6), np.full(5, 2), np.random.default_rng(1)
    )
    assert (result.bucks.low, result.bucks.high) == (3, 3)
    assert (result.does.low, result.does.high) == pytest.approx((6, 6))


def test_without_bucks_or_with_one_station_there_is_no_number() -> None:
    generator = np.random.default_rng(1)
    with pytest.raises(NotEstimable, match="no buck"):
        jacobson.estimate(np.zeros((0, 3), int), np.ones(3, int), np.ones(3, int), generator)
    with pytest.raises(NotEstimable, match="one station"):
        jacobson.estimate(np.ones((2, 1), int), np.ones(1, int), np.ones(1, int), generator)
