"""Drift: PSI and control limits, worked by hand and simulated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from analysis.stats.drift import (
    CHANCE,
    AssignmentCount,
    binned,
    coarse,
    control_limits,
    decile_edges,
    dispersion,
    stability_index,
)
from analysis.stats.intervals import UndefinedError


def scores(*values: int):
    return np.array(values, np.int32)


def test_bins_are_the_deciles_of_the_reference():
    reference = scores(*range(1, 101))
    assert decile_edges(reference).tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert binned(reference, decile_edges(reference)).tolist() == [10] * 10


def test_an_edge_is_in_the_bin_below_it_and_what_lies_outside_in_the_last():
    assert binned(scores(0, 10, 11, 20, 21, 9999), scores(10, 20)).tolist() == [2, 2, 2]


def test_deciles_that_coincide_make_one_bin():
    assert decile_edges(scores(5, 5, 5, 5, 5, 5, 5, 5, 8, 9)).tolist() == [5, 8]


def test_scores_without_spread_have_no_deciles():
    with pytest.raises(UndefinedError, match="all alike"):
        decile_edges(scores(5, 5, 5))
    with pytest.raises(UndefinedError, match="no score"):
        decile_edges(scores())


def test_psi_by_hand_with_an_empty_bin():
    # Two bins, cut at 10: before 2 and 1, after 0 and 3; with half a sighting each 2.5, 1.5 and 0.5, 3.5.
    stability = stability_index(scores(10, 10, 20), scores(15, 15, 15))
    before, after = (0.625, 0.375), (0.125, 0.875)
    by_hand = sum((s - r) * math.log(s / r) for r, s in zip(before, after, strict=True))
    assert stability.bins == 2
    assert stability.value == pytest.approx(by_hand)
    # chi-squared with one degree of freedom beyond which 0.00135 lie: 3.2052 squared; times 1/3 + 1/3.
    assert stability.bound == pytest.approx(3.2052**2 * 2 / 3, rel=1e-4)
    assert not stability.is_drift  # large, but three sightings against three are no evidence


def test_psi_of_the_same_scores_is_zero():
    same = scores(*range(100))
    assert stability_index(same, same).value == 0


def test_psi_needs_a_sample():
    with pytest.raises(UndefinedError, match="no score"):
        stability_index(scores(1, 2), scores())


def test_limits_by_hand():
    # So large a baseline leaves nothing unsure: the limits of 100 trials at a half.
    limits = control_limits(AssignmentCount(5_000_000, 10_000_000), 100)
    assert limits.centre == pytest.approx(0.5)
    lower = limits.lower
    assert lower is not None
    # P(X <= 34) = 0.0009 and P(X <= 35) = 0.0018 (binomial tables): 34 of 100 signals, 35 does not.
    assert 0.34 < lower < 0.35
    assert limits.upper == pytest.approx(1 - lower)


def test_limits_of_many_are_three_sigma():
    limits = control_limits(AssignmentCount(30_000_000, 100_000_000), 100_000)
    sigma = math.sqrt(0.3 * 0.7 / 100_000)
    assert limits.lower == pytest.approx(0.3 - 3 * sigma, abs=0.1 * sigma)
    assert limits.upper == pytest.approx(0.3 + 3 * sigma, abs=0.1 * sigma)


def test_few_sightings_have_no_lower_limit_where_none_is_nothing_unusual():
    limits = control_limits(AssignmentCount(100_000, 1_000_000), 30)  # 0.9 ** 30 = 0.042
    assert limits.lower is None
    assert limits.upper is not None


def test_a_small_baseline_widens_the_limits():
    wide, narrow = (
        control_limits(AssignmentCount(50, 100), 100),
        control_limits(AssignmentCount(5000, 10_000), 100),
    )
    assert wide.lower is not None
    assert narrow.lower is not None
    assert wide.lower < narrow.lower
    # 1/100 + 1/100 is what 50 sightings are unsure of.
    assert wide.lower == pytest.approx(
        control_limits(AssignmentCount(50_000_000, 100_000_000), 50).lower
    )


def test_dispersion_widens_them_too():
    baseline = AssignmentCount(50_000_000, 100_000_000)
    assert control_limits(baseline, 200, 2.0).lower == pytest.approx(
        control_limits(baseline, 100).lower, abs=1e-6
    )


def test_limits_need_sightings_before_and_after():
    for baseline, trials in ((AssignmentCount(0, 0), 10), (AssignmentCount(1, 2), 0)):
        with pytest.raises(UndefinedError, match="before and after"):
            control_limits(baseline, trials)


def test_dispersion_by_hand():
    # Two days of four, 4 and 0 hits about a share of a half: ((4 - 2)^2 + (0 - 2)^2) / (4 / 4) / (2 - 1) = 8.
    days = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert dispersion(days == 0, days) == pytest.approx(8.0)


def test_dispersion_is_never_below_chance_nor_invented():
    days = np.array([0, 0, 1, 1])
    assert dispersion(np.array([True, False, True, False]), days) == 1.0  # more even than chance
    assert dispersion(np.ones(4, np.bool_), days) == 1.0
    assert dispersion(np.array([True, False, True, True]), np.zeros(4, np.int64)) == 1.0
    assert dispersion(np.zeros(0, np.bool_), np.zeros(0, np.int64)) == 1.0


def test_a_share_of_nothing_is_undefined():
    with pytest.raises(UndefinedError, match="no sighting"):
        _ = AssignmentCount(0, 0).share
    assert AssignmentCount(1, 4).share == 0.25


def test_bars_are_of_equal_width_and_the_last_holds_the_end():
    assert coarse(scores(0, 499, 500, 9999, 10_000), 500, 10_000) == [2, 1, *[0] * 17, 2]


WORLDS = 2000


@pytest.mark.parametrize(("share", "m", "n"), [(0.5, 200, 100), (0.8, 150, 60), (0.1, 400, 400)])
def test_without_a_change_the_chart_alarms_as_seldom_as_it_says(share, m, n):
    world = np.random.default_rng(1)
    alarms = 0
    for before, after in zip(
        world.binomial(m, share, WORLDS), world.binomial(n, share, WORLDS), strict=True
    ):
        lower = control_limits(AssignmentCount(int(before), m), n).lower
        alarms += lower is not None and after / n < lower
    # 2,000 worlds at CHANCE: 3 alarms; more than the limit once in a thousand such campaigns.
    assert alarms <= binom.isf(0.001, WORLDS, CHANCE)


def test_without_dispersion_days_that_clump_would_raise_false_alarms():
    """Days of ten sightings that share one animal's luck: plain limits cry wolf, those of the spread do not."""
    world = np.random.default_rng(2)
    plain = spread_out = 0
    for _ in range(600):
        lucky = world.beta(1, 1, 40)
        days = np.repeat(np.arange(40), 10)
        hits = world.random(400) < lucky[days]
        before, after = hits[:200], hits[200:]
        baseline = AssignmentCount(int(before.sum()), 200)
        rate = after.mean()
        spread = dispersion(before, days[:200])
        plain += rate < (control_limits(baseline, 200).lower or 0)
        spread_out += rate < (control_limits(baseline, 200, spread).lower or 0)
    assert plain >= 20
    # The spread is itself estimated, from 20 days, which costs a little of the nominal 0.00135.
    assert spread_out <= 6


def test_a_rate_that_falls_by_half_is_noticed():
    world = np.random.default_rng(3)
    lower = control_limits(AssignmentCount(120, 200), 100).lower
    assert lower is not None
    assert (world.binomial(100, 0.3, 1000) / 100 < lower).mean() > 0.8


@pytest.mark.parametrize(("m", "n"), [(1000, 30), (200, 100), (2000, 2000)])
def test_without_drift_psi_alarms_as_seldom_as_it_says(m, n):
    world = np.random.default_rng(4)
    alarms = large = 0
    for _ in range(WORLDS):
        before, after = (world.normal(6000, 800, size).astype(np.int32) for size in (m, n))
        stability = stability_index(before, after)
        alarms += stability.is_drift
        large += stability.value > 0.2
    assert alarms <= binom.isf(0.001, WORLDS, CHANCE)
    if n == 30:
        assert large > WORLDS / 2  # the bare limit of 0.2 would cry wolf every other time


@pytest.mark.parametrize("n", [100, 1000])
def test_a_drift_of_one_standard_deviation_is_noticed(n):
    world = np.random.default_rng(5)
    alarms = [
        stability_index(
            world.normal(6000, 800, 1000).astype(np.int32),
            world.normal(5200, 800, n).astype(np.int32),
        ).is_drift
        for _ in range(50)
    ]
    assert sum(alarms) >= 48
