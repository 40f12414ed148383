"""Errors of identification are taken out of the number and put into its interval."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.population import closed
from analysis.population.closed import Estimate
from analysis.population.histories import History, NotEstimable
from analysis.population.identification_errors import (
    Capture,
    Judged,
    Verdict,
    honest,
)
from analysis.population.profiles import Model
from analysis.population.tests.surveyed_herds import history_of, imputed

THREE = [Capture(0, 0), Capture(0, 1), Capture(1, 1), Capture(1, 2), Capture(7, 2)]


def m0(history: History) -> Estimate:
    return closed.estimate(history, Model.M0)


def one(judged: Judged, captures: list[Capture] = THREE, seed: int = 1) -> History:
    return next(imputed(captures, judged, 3, np.random.default_rng(seed)))


def test_where_every_capture_was_judged_right_nothing_changes() -> None:
    judged = Judged(dict.fromkeys(THREE, Verdict.OWN))
    assert one(judged).seen.tolist() == history_of(THREE, 3).seen.tolist()


def test_a_ghost_goes_back_to_the_profile_that_the_judge_named() -> None:
    ghost = Capture(7, 2)
    verdicts = dict.fromkeys(THREE, Verdict.OWN) | {ghost: Verdict.OTHER}
    assert one(Judged(verdicts, {ghost: 0})).seen.tolist() == [[1, 1, 1], [0, 1, 1]]


def test_a_ghost_without_a_name_goes_to_one_that_was_not_seen_then() -> None:
    """Profile 1 was captured on the ghost's occasion already: profile 0 alone is left."""
    ghost = Capture(7, 2)
    verdicts = dict.fromkeys(THREE, Verdict.OWN) | {ghost: Verdict.OTHER}
    assert {str(one(Judged(verdicts), seed=seed).seen.tolist()) for seed in range(5)} == {
        str([[True, True, True], [False, True, True]])
    }


def test_a_capture_that_is_nobodys_is_an_animal_of_its_own() -> None:
    stranger = Capture(0, 1)
    verdicts = dict.fromkeys(THREE, Verdict.OWN) | {stranger: Verdict.NOBODY}
    assert one(Judged(verdicts)).animals == 4


def test_without_judgements_everything_is_possible() -> None:
    sizes = {
        history.animals for history in imputed(THREE, Judged({}), 3, np.random.default_rng(2), 200)
    }
    assert len(sizes) > 2


def fixed(n: float) -> Estimate:
    return Estimate(n, n / 2, 2 * n, 1, 0.0, 2, 0.0)


def test_rubins_rules_by_hand() -> None:
    """Estimates 90, 110, each within a factor of two: within (log 2 / 1.96)^2, between the variance of the two logs."""
    numbers = iter([90.0, 110.0])
    history = history_of(THREE, 3)
    result = honest(iter([history, history]), lambda _: fixed(next(numbers)))
    assert result.n == pytest.approx((90 * 110) ** 0.5)
    assert result.below == result.above == pytest.approx((np.log(2) / 1.959964) ** 2, rel=1e-6)
    assert result.between == pytest.approx(np.log(110 / 90) ** 2 / 2)
    assert result.low < 45 and result.high > 220


def test_without_errors_the_interval_stays_as_it_is() -> None:
    """However far apart its arms are: 100, from 90 to 150."""
    once = Estimate(100.0, 90.0, 150.0, 80, 0.0, 2, 0.0)
    result = honest([history_of(THREE, 3)] * 20, lambda _: once)
    assert (result.n, result.low, result.high) == pytest.approx((100, 90, 150))


@pytest.mark.parametrize(("unbounded", "high"), [(1, 200.0), (2, float("inf"))])
def test_one_history_in_twenty_may_set_no_upper_bound(unbounded: int, high: float) -> None:
    numbers = iter([float("inf")] * unbounded + [200.0] * (20 - unbounded))
    histories = [history_of(THREE, 3)] * 20
    result = honest(histories, lambda _: Estimate(100.0, 90.0, next(numbers), 80, 0.0, 2, 0.0))
    assert result.high == pytest.approx(high)


def test_histories_without_an_estimate_are_refused_and_not_left_out() -> None:
    with pytest.raises(NotEstimable, match="2 of 2 histories"):
        honest(iter([history_of([Capture(0, 0), Capture(1, 1)], 3)] * 2), m0)
