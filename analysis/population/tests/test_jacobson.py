"""Jacobson's survey by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.population import jacobson
from analysis.population.histories import NotEstimable


def test_does_and_fawns_follow_from_the_photographs_of_bucks() -> None:
    """10 bucks on 100 photographs: 0.1 a photograph; 200 photographs of does are 20 does, 80 of fawns 8."""
    bucks = np.array([50.0, 50.0, 0.0, 0.0])
    result = jacobson.estimate(
        10, bucks, np.full(4, 50.0), np.full(4, 20.0), np.random.default_rng(1)
    )
    assert result.factor == pytest.approx(0.1)
    values = [part.value for part in (result.bucks, result.does, result.fawns, result.total)]
    assert values == pytest.approx([10, 20, 8, 38])
    assert result.does.low <= 20 <= result.does.high


def test_stations_that_agree_leave_no_doubt() -> None:
    result = jacobson.estimate(
        3, np.full(5, 3.0), np.full(5, 6.0), np.full(5, 2.0), np.random.default_rng(1)
    )
    assert (result.bucks.low, result.bucks.high) == (3, 3)
    assert (result.does.low, result.does.high) == pytest.approx((6, 6))


def test_bucks_that_came_to_one_station_each_lie_in_their_interval() -> None:
    """40 of them at 15 stations, which a resample of stations shows two thirds of."""
    bucks = np.bincount(np.arange(40) % 15).astype(float)
    result = jacobson.estimate(
        40, bucks, np.full(15, 9.0), np.full(15, 3.0), np.random.default_rng(1)
    )
    for part in (result.bucks, result.does, result.fawns, result.total):
        assert part.low <= part.value <= part.high


def test_without_bucks_or_with_one_station_there_is_no_number() -> None:
    generator, ones = np.random.default_rng(1), np.ones(3)
    with pytest.raises(NotEstimable, match="no buck"):
        jacobson.estimate(0, ones, ones, ones, generator)
    with pytest.raises(NotEstimable, match="no photograph is known to be of a buck"):
        jacobson.estimate(2, np.zeros(3), ones, ones, generator)
    with pytest.raises(NotEstimable, match="one station"):
        jacobson.estimate(2, ones[:1], ones[:1], ones[:1], generator)
