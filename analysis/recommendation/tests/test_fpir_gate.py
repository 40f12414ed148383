"""The FPIR gate: thresholds worked by hand, and its promise on simulated decoys."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.recommendation.fpir_gate import (
    ENOUGH_OF_A_DEER,
    MIN_DEER,
    MIN_TRIALS,
    More,
    _deal,
    fpir_gate,
)
from analysis.stats.intervals import effective_size, upper_bound
from reid.units import SCORE_UNITS


def singles(*scores):
    """One decoy a deer: the effective size is the number of decoys."""
    return np.array(scores, np.int32), np.arange(len(scores))


def test_59_deer_without_a_hit_pass_one_unit_above_the_highest_decoy():
    gate = fpir_gate(*singles(*range(5000, 5059)))
    assert gate.threshold == 5059
    assert gate.upper(5059) <= 0.05 < gate.upper(5058)
    assert gate.more == More()


def test_93_deer_allow_one_hit():
    gate = fpir_gate(*singles(*range(5000, 5093)))
    assert gate.threshold == 5092
    assert gate.estimate(5092) == pytest.approx(1 / 93)


def test_decoys_that_tie_are_accepted_together():
    gate = fpir_gate(*singles(*[4000] * 91, 7000, 7000))
    assert gate.threshold == 7001


def test_58_deer_are_one_too_few():
    gate = fpir_gate(*singles(*range(5000, 5058)))
    assert gate.threshold is None
    assert gate.more.reviews == 1


def test_many_sightings_of_few_deer_are_no_evidence():
    decoys, deer = np.full(900, 1000, np.int32), np.repeat(np.arange(9), 100)
    gate = fpir_gate(decoys, deer)
    assert gate.threshold is None
    assert gate.more.deer >= MIN_DEER - 9


def test_what_is_asked_for_is_enough_and_one_less_is_not():
    sizes = np.array([30, 12, 9, 7, 6, 5, 4, 4, 3, 3, 2, 2, 1, 1])
    decoys = np.random.default_rng(0).permutation(sizes.sum()).astype(np.int32)
    gate = fpir_gate(decoys, np.repeat(np.arange(len(sizes)), sizes))
    assert gate.threshold is None
    assert gate.weighting is not None
    rho, more = gate.weighting.rho, gate.more
    dealt = np.concatenate((sizes, np.zeros(more.deer, np.int64)))
    for number in range(more.reviews):
        if number == more.reviews - 1:
            assert upper_bound(0.0, effective_size(dealt[dealt > 0], rho)) > 0.05
        dealt[dealt.argmin()] += 1
    assert upper_bound(0.0, effective_size(dealt, rho)) <= 0.05
    assert sorted(dealt)[-2:] == [max(dealt[1:]), 30]
    assert max(dealt[1:]) <= ENOUGH_OF_A_DEER


def test_no_decoy_at_all_asks_for_the_first_59():
    gate = fpir_gate(np.empty(0, np.int32), np.empty(0, np.int64))
    assert gate.threshold is None
    assert gate.upper(SCORE_UNITS) == 1.0
    assert gate.more.deer >= MIN_DEER
    assert gate.more.reviews >= 59


def test_decoys_at_the_highest_score_leave_no_threshold_and_no_hope():
    gate = fpir_gate(*singles(*[SCORE_UNITS] * 60, *[100] * 60))
    assert (gate.threshold, gate.is_hopeless) == (None, True)


def test_decoys_far_below_leave_the_smallest_threshold_there_is():
    assert fpir_gate(*singles(*[0] * 59)).threshold == 1


def test_a_stricter_limit_asks_for_a_higher_threshold():
    decoys, deer = singles(*range(4000, 4600))
    thresholds = [fpir_gate(decoys, deer, alpha=alpha).threshold for alpha in (0.10, 0.05, 0.02)]
    found = [threshold for threshold in thresholds if threshold is not None]
    assert len(set(found)) == 3
    assert found == sorted(found)


NOBODY = np.empty(0, np.int32), np.empty(0, np.int64)


def many_of(deer, each, score=0):
    """`each` decoys of each of `deer` deer, all alike."""
    return np.full(deer * each, score, np.int32), np.repeat(np.arange(deer), each)


def test_a_gate_that_passes_says_what_it_rests_on():
    gate = fpir_gate(*many_of(12, 30))
    assert (gate.trials, gate.deer, gate.alpha, gate.risk) == (360, 12, 0.05, 0.05)
    assert (gate.more, gate.is_hopeless) == (More(0, 0, 0), False)
    assert (gate.estimate(0), gate.estimate(1)) == (1.0, 0.0)


def test_without_a_decoy_nothing_is_estimated():
    gate = fpir_gate(*NOBODY)
    assert (gate.trials, gate.deer, gate.is_hopeless) == (0, 0, False)
    assert (gate.estimate(1), gate.upper(1)) == (0.0, 1.0)


def test_ten_deer_are_enough_and_nine_are_not_however_often_they_were_seen():
    assert fpir_gate(*many_of(10, 30)).threshold == 1
    nine = fpir_gate(*many_of(9, 100))
    assert (nine.threshold, nine.is_hopeless) == (None, False)
    assert nine.more == More(reviews=1, deer=1)
    assert MIN_DEER == 10


def test_58_decoys_are_too_few_whatever_they_would_prove():
    # 29 without a hit bound 10 %
    assert fpir_gate(*singles(*[0] * 58), alpha=0.10).threshold is None
    assert fpir_gate(*singles(*[0] * 58), alpha=0.10).more == More(reviews=1)
    assert fpir_gate(*singles(*[0] * 59), alpha=0.10).threshold == 1
    assert MIN_TRIALS == 59


def test_a_bound_of_exactly_alpha_passes():
    decoys, deer = singles(*range(5000, 5093))
    none, one = (fpir_gate(decoys, deer).upper(threshold) for threshold in (5093, 5092))
    for alpha, threshold in ((none, 5093), (one, 5092), (np.nextafter(one, 0), 5093)):
        assert fpir_gate(decoys, deer, alpha=alpha).threshold == threshold
    assert fpir_gate(decoys, deer, alpha=np.nextafter(none, 0)).threshold is None


def test_a_smaller_risk_asks_for_more_decoys():
    assert fpir_gate(*singles(*[0] * 59), risk=0.01).threshold is None
    # ln 0.01 / ln 0.95 = 89.8; a second sighting of 40 of the deer: (19 + 40 * 2 / 1.1) less 1 % is 90.5
    assert fpir_gate(*singles(*[0] * 59), risk=0.01).more == More(reviews=40)
    assert fpir_gate(*singles(*[0] * 89), risk=0.01).threshold is None
    assert fpir_gate(*singles(*[0] * 90), risk=0.01).threshold == 1


def test_a_higher_least_correlation_makes_many_sightings_of_a_deer_worth_less():
    assert fpir_gate(*many_of(10, 30), rho_floor=0.10).threshold == 1
    assert fpir_gate(*many_of(10, 30), rho_floor=0.20).threshold is None


def test_sightings_of_a_deer_count_by_what_they_are_worth():
    # Ten at 0 of each of 15 deer, which weigh 1 / 1.9, and one at 9000 of a 16th: 1 of 1 + 15 * 10 / 1.9.
    decoys = np.array([0] * 150 + [9000], np.int32)
    gate = fpir_gate(decoys, np.append(np.repeat(np.arange(15), 10), 15), alpha=0.10)
    assert gate.estimate(9000) == pytest.approx(1 / (1 + 150 / 1.9))
    assert gate.threshold == 1


def test_the_correlation_is_that_of_the_upper_fifth_ties_included():
    # Three deer with five at 9000 each, seven with five at 100: of 50 the fifth begins among the 9000s.
    gate = fpir_gate(np.repeat([9000, 100], [15, 35]).astype(np.int32), np.repeat(np.arange(10), 5))
    assert gate.weighting is not None
    assert gate.weighting.rho == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("top", "is_hopeless"), [(3, True), (2, False)]
)  # fmt: skip
def test_one_decoy_in_twenty_at_the_highest_score_is_hopeless(top, is_hopeless):
    gate = fpir_gate(*singles(*[SCORE_UNITS] * top, *[100] * (60 - top)))
    assert (gate.threshold, gate.is_hopeless) == (None, is_hopeless)
    assert (gate.more == More()) is is_hopeless


def test_few_decoys_are_never_hopeless():
    gate = fpir_gate(*singles(*[SCORE_UNITS] * 40))
    assert (gate.threshold, gate.is_hopeless) == (None, False)
    # no number of reviews will do while all decoys reach the top: the end of the search
    assert gate.more == More(reviews=10_000, deer=500)


def test_the_highest_threshold_is_the_highest_score():
    assert fpir_gate(*singles(*[SCORE_UNITS - 1] * 4, *[0] * 60)).threshold == SCORE_UNITS
    assert fpir_gate(*singles(*[SCORE_UNITS] * 2, *[0] * 60)).threshold is None


def test_more_than_twenty_sightings_of_a_deer_are_never_asked_for():
    alpha = upper_bound(0.0, effective_size(np.full(10, 20), 0.10))
    assert fpir_gate(*NOBODY, alpha=alpha).more == More(reviews=200, deer=10)
    assert fpir_gate(*NOBODY, alpha=alpha * (1 - 1e-9)).more.deer == 11
    # 20 of each of 10 deer bound 5.2 %, of 11 deer less than 5 %
    assert fpir_gate(*NOBODY).more == More(reviews=175, deer=11)


def test_deer_that_were_seen_twenty_times_are_left_alone():
    # 20 of each of 10 deer bound 5.2 %: only another deer can help
    assert fpir_gate(*many_of(10, 20)).more.deer == 1
    # all 20 of a tenth deer, and none of the nine that were seen more often
    alpha = upper_bound(0.0, effective_size(np.array([30] * 9 + [20]), 0.10))
    assert fpir_gate(*many_of(9, 30), alpha=alpha).more == More(reviews=20, deer=1)


@pytest.mark.parametrize(
    ("sizes", "extra", "dealt"),
    [
        ([0], 3, [3]),
        ([3, 1, 1], 0, [1, 1, 3]),
        ([3, 1, 1], 1, [1, 2, 3]),
        ([3, 1, 1], 4, [3, 3, 3]),
        ([3, 1, 1], 5, [3, 3, 4]),
        ([3, 1, 1], 7, [4, 4, 4]),
        ([0, 0, 5], 3, [1, 2, 5]),
        ([7, 2, 4], 4, [5, 5, 7]),
    ],
)
def test_reviews_are_dealt_to_the_least_reviewed(sizes, extra, dealt):
    assert sorted(_deal(np.array(sizes), extra)) == dealt
