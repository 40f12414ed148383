"""Figures of a ranking, worked by hand, under weights and ties."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.ranking import FIGURES, Ranking
from analysis.score_log.trials import Trials


def trials(scores: list[list[int]], own: list[int]) -> Trials:
    table = np.array(scores, np.int32)
    return Trials(table, np.ones(table.shape, bool), np.array(own), np.arange(len(own)))


def figures(ranking: Ranking, times: list[int]) -> dict[str, float]:
    return dict(zip(FIGURES, ranking.figures(np.array(times)).tolist(), strict=True))


THREE = Ranking(
    trials(
        [
            [9000, 1000, 2000],  # own deer first
            [8000, 7000, 1000],  # second of its list
            [4000, 6000, 3000],  # third of its list
            [-1, 500, 600],  # of a deer that is not enrolled
        ],
        [0, 1, 2, -1],
    )
)


def test_ranks_count_mated_sightings_alone() -> None:
    values = figures(THREE, [1, 1, 1, 1])
    assert values["rank1"] == pytest.approx(1 / 3)
    assert values["rank5"] == 1.0
    assert values["map"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert THREE.weight(np.array([1, 1, 1, 1])) == 3


def test_a_trial_counts_as_often_as_it_was_drawn() -> None:
    values = figures(THREE, [3, 1, 0, 1])
    assert values["rank1"] == pytest.approx(3 / 4)
    assert values["map"] == pytest.approx((3 + 1 / 2) / 4)


def test_the_separation_is_that_of_the_analysis() -> None:
    generator = np.random.default_rng(0)
    scores = generator.integers(0, 60, (40, 7)) * 100
    own = generator.integers(0, 7, 40)
    scores[np.arange(40), own] += 1500
    these = trials(scores.tolist(), own.tolist())
    rates, values = ErrorRates(these), figures(Ranking(these), [1] * 40)
    assert values["auc"] == pytest.approx(rates.auc())
    assert values["eer"] == pytest.approx(rates.equal_error_rate())
    twice = trials(np.repeat(scores, 2, axis=0).tolist(), np.repeat(own, 2).tolist())
    assert figures(Ranking(these), [2] * 40) == pytest.approx(figures(Ranking(twice), [1] * 80))


def test_the_threshold_lets_one_stranger_of_twenty_pass_and_no_more() -> None:
    """Decoys 100, 200 ... 2000: one of 20 may pass, so the threshold is just above 1900."""
    scores = [[100 * (k + 1), 1950 if k < 5 else 1900] for k in range(20)]
    values = figures(Ranking(trials(scores, [1] * 20)), [1] * 20)
    # Of those at 1950 the own deer is first; 1900 is not above the second decoy.
    assert values["tpir_at_fpir5"] == pytest.approx(5 / 20)


def test_the_threshold_of_tpir_is_the_one_at_which_fpir_holds() -> None:
    """Deer seen often and seldom: no lower threshold has an FPIR of 5 %, by the rates that reports print."""
    generator = np.random.default_rng(3)
    scores = generator.integers(0, 60, (200, 7)) * 100
    deer = np.minimum(generator.geometric(0.25, 200), 7) - 1
    scores[np.arange(200), deer] += 1500
    these = Trials(scores.astype(np.int32), np.ones(scores.shape, bool), deer, deer)
    rates = ErrorRates(these)
    lowest = next(t for t in range(1, 10_001) if rates.fpir(t).estimate <= 0.05)
    values = figures(Ranking(these), [1] * 200)
    assert values["tpir_at_fpir5"] == pytest.approx(1 - rates.fnir(lowest).estimate)
    for k in (1, 5):
        assert values[f"rank{k}"] == pytest.approx(rates.rank_k(k).estimate)


def test_what_ties_with_one_decoy_too_many_stays_out() -> None:
    scores = [[1000, 1000 + 100 * (k % 2)] for k in range(20)]
    values = figures(Ranking(trials(scores, [1] * 20)), [1] * 20)
    assert values["tpir_at_fpir5"] == pytest.approx(10 / 20)


def test_nothing_is_said_where_nothing_is_mated() -> None:
    ranking = Ranking(trials([[-1, 500], [-1, 400]], [0, 0]))
    assert np.isnan(ranking.figures(np.array([1, 1]))).all()
