"""Intervals, worked by hand, and their coverage in simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri

from analysis.stats.intervals import (
    RHO_FLOOR,
    Interval,
    UndefinedError,
    clopper_pearson,
    cluster_bootstrap,
    effective_size,
    expanded_percentiles,
    intraclass_correlation,
    resampled,
    share_of,
    upper_bound,
    weigh,
)

HITS = np.array([1, 1, 1, 0, 0, 0], np.bool_)
PAIRS = np.array([1, 1, 2, 2, 3, 3])


def wilson(hits: int, trials: int, level: float = 0.95) -> Interval:
    """The score interval of independent trials: it forgets that photographs of one deer are alike.

    Raises UndefinedError unless 0 <= hits <= trials > 0.
    """
    if trials <= 0 or not 0 <= hits <= trials:
        raise UndefinedError(f"{hits} of {trials} is no share")
    z = float(ndtri((1 + level) / 2))
    share, spread = hits / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


def test_59_trials_without_a_hit_bound_5_percent_and_58_do_not():
    assert upper_bound(0.0, 59) == pytest.approx(0.0495, abs=5e-5)
    assert upper_bound(0.0, 58) > 0.05


@pytest.mark.parametrize(
    ("hits", "needed"), [(0, 59), (1, 93), (2, 124), (3, 153), (4, 181), (6, 234)]
)
def test_needed_sample_sizes_are_the_tabulated_ones(hits, needed):
    assert upper_bound(hits / needed, needed) <= 0.05 < upper_bound(hits / (needed - 1), needed - 1)


def test_bound_rises_with_the_share_and_is_1_where_nothing_is_known():
    bounds = [upper_bound(share, 40) for share in np.linspace(0, 1, 21)]
    assert bounds == sorted(bounds)
    assert bounds[-1] == upper_bound(0.0, 0) == 1.0


def test_exact_and_score_intervals_of_8_in_10_are_the_textbook_ones():
    exact, score = clopper_pearson(0.8, 10), wilson(8, 10)
    assert [exact.low, exact.high] == pytest.approx([0.4439, 0.9748], abs=1e-4)
    assert [score.low, score.high] == pytest.approx([0.4902, 0.9433], abs=1e-4)


def test_intervals_reach_the_ends_where_all_or_none_hit():
    assert clopper_pearson(0.0, 20).low == 0.0
    assert clopper_pearson(1.0, 20).high == 1.0
    assert clopper_pearson(0.3, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(
    "undefined",
    [
        lambda: wilson(1, 0),
        lambda: wilson(0, 0),
        lambda: wilson(0, -1),
        lambda: wilson(3, 2),
        lambda: wilson(-1, 2),
        lambda: clopper_pearson(1.2, 10),
        lambda: clopper_pearson(-0.1, 10),
        lambda: intraclass_correlation(HITS, np.arange(6)),
        lambda: intraclass_correlation(HITS, np.zeros(6, np.int64)),
        lambda: weigh(HITS[:0], PAIRS[:0]),
        lambda: cluster_bootstrap(lambda _: 0.0, np.zeros(6, np.int64), np.random.default_rng(0)),
    ],
)
def test_what_is_undefined_is_an_error(undefined):
    with pytest.raises(UndefinedError):
        undefined()


def test_intraclass_correlation_by_hand():
    # means 1, 1/2, 0: MSB = 2 (1/4 + 0 + 1/4) / 2 = 1/2, MSW = (1/2) / 3 = 1/6, m0 = 2
    assert intraclass_correlation(HITS, PAIRS) == pytest.approx((1 / 2 - 1 / 6) / (1 / 2 + 1 / 6))


def test_intraclass_correlation_of_alike_and_of_opposite_pairs():
    alike, opposite = np.array([1, 1, 0, 0], np.bool_), np.array([1, 0, 1, 0], np.bool_)
    pairs = np.array([1, 1, 2, 2])
    assert intraclass_correlation(alike, pairs) == 1.0
    assert intraclass_correlation(opposite, pairs) == 0.0
    assert intraclass_correlation(np.zeros(4, np.bool_), pairs) == 0.0


def test_single_sightings_are_worth_their_number():
    assert effective_size(np.ones(59, np.int64), 0.1) == pytest.approx(59)


def test_two_deer_of_ten_sightings_are_worth_less_than_one():
    # 2 * 10 / 1.9, times the squared ratio of t quantiles 1.7291 (19 df) and 6.3138 (1 df)
    expected = 2 * 10 / 1.9 * (1.7291 / 6.3138) ** 2
    assert effective_size(np.array([10, 10]), 0.1) == pytest.approx(expected, rel=1e-3)


def test_a_deer_is_never_worth_more_than_1_over_rho():
    thirty = np.full(30, 10_000)
    assert effective_size(thirty, 0.1) < 30 / 0.1


def test_one_deer_alone_is_worth_nothing():
    assert effective_size(np.array([500]), 0.1) == 0.0


def test_correlation_is_floored_and_shares_are_weighted_by_deer():
    # Deer 1 has two of three trials; at the floor of 0.5 each of them weighs 1 / 1.5.
    weighting = weigh(np.array([1, 0, 1], np.bool_), np.array([1, 1, 2]), floor=0.5)
    share = share_of(np.array([1, 1, 0], np.bool_), weighting)
    assert weighting.rho == 0.5
    assert share.estimate == pytest.approx((4 / 3) / (4 / 3 + 1))
    assert (share.hits, share.trials) == (2, 3)
    assert share.low < share.estimate < share.high


def test_bootstrap_draws_whole_deer():
    drawn = []

    def record(times):
        drawn.append(times)
        return float(times.sum())

    cluster_bootstrap(record, PAIRS, np.random.default_rng(1), draws=50)
    assert all((times[::2] == times[1::2]).all() and times.sum() == 6 for times in drawn)


def test_bootstrap_repeats_with_its_generator():
    def mean(times):
        return float((times * HITS).sum() / times.sum())

    first, second = (
        cluster_bootstrap(mean, PAIRS, np.random.default_rng(7), draws=100) for _ in range(2)
    )
    assert first == second


def test_intraclass_correlation_of_deer_that_were_seen_unequally_often():
    # Means 1, 1/2, 0 of 1, 2, 3 values; 1/3 overall: MSB = (4/9 + 2/36 + 3/9) / 2 = 5/12, MSW = (1/2) / 3,
    # m0 = (6 - 14/6) / 2 = 11/6.
    hits, deer = np.array([1, 1, 0, 0, 0, 0], np.bool_), np.array([1, 2, 2, 3, 3, 3])
    expected = (5 / 12 - 1 / 6) / (5 / 12 + (11 / 6 - 1) / 6)
    assert expected == pytest.approx(0.45)
    assert intraclass_correlation(hits, deer) == pytest.approx(expected)


def test_two_deer_of_which_one_was_seen_twice_are_enough_for_a_correlation():
    assert intraclass_correlation(np.array([1, 1, 0], np.bool_), np.array([1, 1, 2])) == 1.0


def test_the_least_correlation_is_a_tenth():
    alike = weigh(np.zeros(6, np.bool_), PAIRS)
    assert (alike.rho, RHO_FLOOR, alike.clusters) == (0.10, 0.10, 3)
    assert alike.weights == pytest.approx(np.full(6, 1 / 1.1))
    assert weigh(HITS, PAIRS).rho == pytest.approx(0.5)


@pytest.mark.parametrize("clusters", [np.arange(6), np.zeros(6, np.int64)])
def test_where_no_correlation_can_be_estimated_the_least_is_taken(clusters):
    assert weigh(HITS, clusters, floor=0.3).rho == 0.3


def test_each_sighting_of_a_deer_counts_less_the_more_there_are():
    # deer of 1, 2 and 4: each sighting weighs 1, 1 / 1.5 and 1 / 2.5, together 1 + 4/3 + 8/5
    clusters = np.repeat([1, 2, 3], [1, 2, 4])
    weighting = weigh(np.zeros(7, np.bool_), clusters, floor=0.5)
    assert weighting.weights == pytest.approx([1, *[1 / 1.5] * 2, *[1 / 2.5] * 4])
    first = weighting.mean(clusters == 1)
    assert first == pytest.approx(1 / (1 + 4 / 3 + 8 / 5))
    assert weighting.n_eff == pytest.approx(effective_size(np.array([1, 2, 4]), 0.5))


def test_the_bound_at_its_ends():
    assert upper_bound(0.0, 10, 0.1) == pytest.approx(1 - 0.1 ** (1 / 10))
    assert [upper_bound(share, 10) for share in (1.0, 1.5)] == [1.0, 1.0]
    assert upper_bound(-0.5, 10) == upper_bound(0.0, 10)
    assert upper_bound(0.5, -1) == 1.0
    # all but one of 2: B(0.95; 2, 1) is the square root of 0.95
    assert upper_bound(0.5, 2) == pytest.approx(0.95**0.5)


def test_exact_intervals_by_hand():
    # 0 of 10 and 10 of 10 at 90 %: 0.05^(1/10) is cut off at one end; 1 of 2: sqrt(0.95) and its mirror
    none, every = clopper_pearson(0.0, 10, 0.9), clopper_pearson(1.0, 10, 0.9)
    assert [none.low, none.high] == pytest.approx([0.0, 1 - 0.05**0.1])
    assert [every.low, every.high] == pytest.approx([0.05**0.1, 1.0])
    half = clopper_pearson(0.5, 2, 0.9)
    assert [half.low, half.high] == pytest.approx([1 - 0.95**0.5, 0.95**0.5])


def test_score_intervals_end_at_0_and_1():
    # z^2 / (n + z^2), with z = 1.96
    none, every = wilson(0, 10), wilson(10, 10)
    assert [none.low, every.high] == pytest.approx([0.0, 1.0])
    assert none.high == pytest.approx(3.8415 / 13.8415, abs=1e-4)
    assert every.low == pytest.approx(10 / 13.8415, abs=1e-4)
    assert wilson(0, 1).low >= 0.0
    narrow = wilson(8, 10, 0.5)
    assert 0.4902 < narrow.low < 0.8 < narrow.high < 0.9433


def test_a_share_carries_the_interval_of_its_level():
    weighting = weigh(HITS, np.arange(6))
    wide, narrow = (share_of(HITS, weighting, level) for level in (0.95, 0.5))
    assert wide.estimate == 0.5
    assert wide.n_eff == pytest.approx(6)
    ends = clopper_pearson(0.5, weighting.n_eff)
    assert (wide.low, wide.high) == (ends.low, ends.high)
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("level", "reach"),
    # t quantiles of 4 degrees of freedom 2.7764 and 2.1318, times sqrt(5 / 4)
    [(0.95, 2.7764 * 1.25**0.5), (0.90, 2.1318 * 1.25**0.5)],
)
def test_percentiles_are_expanded_for_few_deer(level, reach):
    values = np.arange(10_001) / 10_000  # whose quantile at q is q
    ends = expanded_percentiles(values, 5, level)
    tail = math.erfc(reach / 2**0.5) / 2
    assert ends.low == pytest.approx(tail, rel=1e-3)
    assert ends.high == pytest.approx(1 - tail, abs=1e-5)


def test_half_of_the_resamples_may_be_undefined_and_no_more():
    nan = np.nan
    assert expanded_percentiles(np.array([2.0, nan]), 5) == Interval(2.0, 2.0)
    with pytest.raises(UndefinedError, match="most resamples"):
        expanded_percentiles(np.array([2.0, nan, nan]), 5)


def test_what_is_undefined_in_a_resample_is_left_out_of_it():
    def first_deer_alone(times):
        if times[0] == 0:
            raise UndefinedError("no sighting of the first deer")
        return [float(times[0]), float(times[2])]

    drawn = resampled(first_deer_alone, PAIRS, np.random.default_rng(3), 60)
    assert drawn.shape == (60, 2)
    left_out = np.isnan(drawn[:, 0])
    assert 0 < left_out.sum() < 60
    assert np.isnan(drawn[left_out]).all()
    assert (drawn[~left_out, 0] >= 1).all()
    assert ((drawn[~left_out] >= 0) & (drawn[~left_out].sum(axis=1) <= 3)[:, None]).all()


@pytest.mark.parametrize("clusters", [np.empty(0, np.int64), np.zeros(6, np.int64)])
def test_resamples_need_two_deer(clusters):
    with pytest.raises(UndefinedError, match="two deer"):
        resampled(lambda _: [0.0], clusters, np.random.default_rng(0), 5)


def test_a_statistic_that_is_never_defined_has_no_resamples():
    def never(_):
        raise UndefinedError("never")

    with pytest.raises(UndefinedError, match="undefined in most"):
        resampled(never, PAIRS, np.random.default_rng(0), 5)


def test_the_bootstrap_reads_expanded_percentiles_of_its_draws():
    def mean(times):
        return float((times * HITS).sum() / times.sum())

    ends = cluster_bootstrap(mean, PAIRS, np.random.default_rng(7), draws=200, level=0.8)
    values = resampled(lambda times: [mean(times)], PAIRS, np.random.default_rng(7), 200)[:, 0]
    assert ends == expanded_percentiles(values, 3, 0.8)
    usual = [
        cluster_bootstrap(mean, PAIRS, np.random.default_rng(7)),
        cluster_bootstrap(mean, PAIRS, np.random.default_rng(7), draws=2000, level=0.95),
    ]
    assert usual[0] == usual[1]


def _deer_world(generator, deer=40, share=0.2, concentration=6.0):
    """Hits of deer that differ: beta-binomial, intra-deer correlation 1 / (1 + concentration)."""
    sizes = np.minimum(40, 1 + generator.lognormal(1.5, 0.8, deer).astype(np.int64))
    rates = generator.beta(share * concentration, (1 - share) * concentration, deer)
    clusters = np.repeat(np.arange(deer), sizes)
    return generator.random(len(clusters)) < rates[clusters], clusters


def _coverage(worlds, interval, share=0.2):
    generator = np.random.default_rng(20251)
    within = 0
    for _ in range(worlds):
        ends = interval(*_deer_world(generator, share=share), generator)
        within += ends.low <= share <= ends.high
    return within / worlds


def _exact(hits, clusters, _):
    return share_of(hits, weigh(hits, clusters))


def _bootstrapped(draws):
    def interval(hits, clusters, generator):
        sizes = 1 / np.sqrt(np.bincount(clusters))[clusters]  # any fixed weights will do

        def mean(times):
            return float((times * sizes * hits).sum() / (times * sizes).sum())

        return cluster_bootstrap(mean, clusters, generator, draws=draws)

    return interval


def test_exact_interval_covers_and_the_one_that_forgets_deer_does_not():
    assert _coverage(400, _exact) >= 0.94  # 0.95 less one standard error of 400 worlds
    forgetful = _coverage(400, lambda hits, *_: wilson(int(hits.sum()), len(hits)))
    assert forgetful < 0.85


@pytest.mark.slow
def test_coverage_campaign():
    assert _coverage(4000, _exact) >= 0.95
    assert 0.93 <= _coverage(2000, _bootstrapped(600)) <= 0.97
