"""Error rates, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.score_log.error_rates import ErrorRates, det_curve
from analysis.score_log.ranking import Ranking
from analysis.score_log.trials import Trials
from analysis.stats.intervals import UndefinedError

NONE = -1
SCORES = np.array(
    [
        [9000, 4000, NONE],  # a sighting of deer 0, right
        [8000, 7000, 100],  # of deer 1, mistaken for deer 0
        [3000, 9500, 6000],  # of deer 2, which deer 1 cannot be: right
        [5000, 2000, 5000],  # of a deer that is not enrolled
        [6000, 6000, NONE],  # of deer 0, tied with deer 1
    ],
    np.int32,
)
ELIGIBLE = np.ones((5, 3), np.bool_)
ELIGIBLE[2, 1] = False
TRIALS = Trials(SCORES, ELIGIBLE, np.array([0, 1, 2, -1, 0]), np.array([0, 1, 2, 9, 0]))
RATES = ErrorRates(TRIALS)


def counted(share):
    return share.hits, share.trials


def test_scores_that_matter_by_hand():
    assert TRIALS.genuine.tolist() == [9000, 7000, 6000, NONE, 6000]
    assert TRIALS.decoys.tolist() == [4000, 8000, 3000, 5000, 6000]
    assert TRIALS.best.tolist() == [9000, 8000, 6000, 5000, 6000]
    assert TRIALS.is_right.tolist() == [True, False, True, False, False]
    assert TRIALS.ranks.tolist() == [1, 2, 1, 2]


def test_a_score_at_the_threshold_is_a_match():
    # Nine impostor comparisons, the one that sex rules out is one of them: 8000, 9500 and 6000 match.
    assert counted(RATES.fmr(6000)) == (3, 9)
    assert counted(RATES.fmr(6001)) == (2, 9)
    assert counted(RATES.fnmr(6000)) == (0, 4)
    assert counted(RATES.fnmr(6001)) == (2, 4)


def test_rates_of_the_search_by_hand():
    assert counted(RATES.fpir(6000)) == (2, 5)
    assert counted(RATES.fnir(6000)) == (2, 4)
    assert counted(RATES.fnir(6001)) == (3, 4)
    assert counted(RATES.misid(6000)) == (2, 4)
    assert counted(RATES.assignment_rate(6000)) == (4, 5)
    assert counted(RATES.fdp(6000)) == (2, 4)
    assert counted(RATES.rank_k(1)) == (2, 4)
    assert counted(RATES.rank_k(2)) == (4, 4)


def test_two_sightings_of_one_deer_weigh_less_than_two():
    # The pilot (the one decoy above the 80 % quantile) never differs within a deer: correlation 1, so
    # deer 0's two sightings weigh one half each. Hits at 6000: deer 1 whole, deer 0 by half.
    assert RATES.fpir(6000).estimate == pytest.approx((1 + 0.5) / 4)


def test_every_interval_holds_its_estimate():
    for rate in (RATES.fmr, RATES.fnmr, RATES.fpir, RATES.fnir, RATES.misid, RATES.fdp):
        for threshold in (100, 6000, 9000):
            share = rate(threshold)
            assert 0 <= share.low <= share.estimate <= share.high <= 1


def test_an_fdp_without_an_assignment_is_undefined():
    with pytest.raises(UndefinedError, match="nothing is assigned"):
        RATES.fdp(9501)


def test_without_an_enrolled_deer_of_its_own_nothing_is_genuine():
    strangers = ErrorRates(TRIALS.take(TRIALS.own < 0))
    assert counted(strangers.fpir(5000)) == (1, 1)
    for rate in (strangers.fnmr, strangers.fnir, strangers.misid, strangers.rank_k):
        with pytest.raises(UndefinedError, match="its own deer"):
            rate(5000)


def test_without_another_deer_there_is_no_impostor():
    alone = ErrorRates(Trials(SCORES[:1, :1], ELIGIBLE[:1, :1], np.array([0]), np.array([0])))
    for rate in (alone.fmr, alone.fpir):
        with pytest.raises(UndefinedError, match="second deer"):
            rate(5000)


def test_an_empty_gallery_compares_nothing():
    nobody = Trials(
        np.empty((1, 0), np.int32), np.empty((1, 0), np.bool_), np.array([-1]), np.array([0])
    )
    assert nobody.best.tolist() == nobody.decoys.tolist() == nobody.genuine.tolist() == [NONE]


# scikit-learn's own example of det_curve and roc_auc_score: y = 0, 0, 1, 1, scores 0.1, 0.4, 0.35, 0.8.
GENUINE, IMPOSTOR = np.array([3500, 8000], np.int32), np.array([1000, 4000], np.int32)


def test_det_curve_goes_from_end_to_end():
    fmr, fnmr, thresholds = det_curve(GENUINE, IMPOSTOR)
    assert thresholds.tolist() == [8001, 8000, 4000, 3500, 1000]
    assert fmr.tolist() == [0, 0, 0.5, 0.5, 1]
    assert fnmr.tolist() == [1, 0.5, 0.5, 0, 0]


def separation(genuine, impostor, times=None):
    """AUC and EER of sightings with one comparison each."""
    count = len(genuine) + len(impostor)
    own = np.repeat([0, -1], [len(genuine), len(impostor)])
    scores = np.concatenate((genuine, impostor)).astype(np.int32)[:, None]
    trials = Trials(scores, np.ones((count, 1), bool), own, np.arange(count))
    return Ranking(trials).separation(np.ones(count, int) if times is None else np.array(times))


def auc(genuine, impostor, times=None):
    return separation(genuine, impostor, times)[0]


def equal_error_rate(genuine, impostor):
    return separation(genuine, impostor)[1]


def test_auc_and_eer_of_the_same_example():
    assert auc(GENUINE, IMPOSTOR) == 0.75
    assert equal_error_rate(GENUINE, IMPOSTOR) == 0.5


def test_equal_error_rate_lies_between_two_points():
    # FMR, FNMR go from (0, 1/2) past the crossing to (1, 0) where 3000 ties: they meet at 1/3.
    assert equal_error_rate(np.array([3000, 9000]), np.array([3000])) == pytest.approx(1 / 3)


def test_ties_are_half_a_win_in_auc():
    assert auc(np.array([5, 5]), np.array([5])) == 0.5
    assert auc(np.array([5, 9]), np.array([5]), [0, 3, 1]) == 1.0


def test_weights_repeat_scores_on_either_side():
    assert auc(GENUINE, IMPOSTOR, [1, 3, 2, 1]) == auc(
        np.array([3500, 8000, 8000, 8000]), np.array([1000, 1000, 4000])
    )


def test_the_interval_of_auc_holds_it_and_repeats():
    first, second = (RATES.figure_interval("auc", np.random.default_rng(1), 200) for _ in range(2))
    assert first == second
    assert first.low <= RATES.auc() <= first.high


def test_separated_and_reversed_scores_are_the_ends_of_auc_and_eer():
    low, high = np.array([1, 2]), np.array([3, 4])
    assert (auc(high, low), equal_error_rate(high, low)) == (1.0, 0.0)
    assert (auc(low, high), equal_error_rate(low, high)) == (0.0, 1.0)


def test_one_class_alone_has_no_curve_and_no_auc():
    with pytest.raises(UndefinedError, match="one class alone"):
        det_curve(GENUINE, IMPOSTOR[:0])
    assert np.isnan(separation(GENUINE, IMPOSTOR[:0])).all()
    with pytest.raises(UndefinedError, match="another deer"):
        ErrorRates(
            Trials(SCORES[:1, :1], ELIGIBLE[:1, :1], np.zeros(1, int), np.zeros(1, int))
        ).auc()


def test_where_a_deer_seen_often_is_missed_each_sighting_counts_once_but_for_fpir():
    """Deer 0: four sightings, all missed and all named; deer 1 and 2: one each, found and not named."""
    scores = np.array([[1000, 9000, 0]] * 4 + [[0, 8000, 0], [0, 0, 8000]], np.int32)
    own = np.array([0, 0, 0, 0, 1, 2])
    rates = ErrorRates(Trials(scores, np.ones((6, 3), bool), own, own))
    assert rates.rank_k(1).estimate == pytest.approx(2 / 6)
    assert rates.fnir(8000).estimate == pytest.approx(4 / 6)
    assert rates.misid(8000).estimate == rates.fdp(8000).estimate == pytest.approx(4 / 6)
    # The four go together, so that they weigh a quarter each.
    assert rates.fpir(8500).estimate == pytest.approx(1 / 3)
    assert rates.ranking.rank_k(1, rates.ranking.once) == rates.rank_k(1).estimate
