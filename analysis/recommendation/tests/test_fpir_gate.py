"""The FPIR gate: thresholds worked by hand, and its promise on simulated decoys."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.recommendation.fpir_gate import ENOUGH_OF_A_DEER, MIN_DEER, More, fpir_gate
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
