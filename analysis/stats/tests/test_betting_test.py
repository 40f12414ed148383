"""The betting test, worked by hand, and its promise on simulated audits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.stats.betting_test import (
    Status,
    audits_needed,
    draw_key,
    evidence,
    too_many,
)
from analysis.tests.worlds import status_of

ENDLESS = 10**6  # a population in which drawing without replacement changes nothing


def needed(errors, alpha):
    """Judgements until a pass when the 10th, 35th, 60th ... up to `errors` of them are wrong."""
    wrong = set(range(10, 10 + 25 * errors, 25))
    outcomes = [place in wrong for place in range(400)]
    statuses = [status_of(outcomes[:n], ENDLESS, alpha) for n in range(180)]
    return statuses.index(Status.PASSED)


def test_73_right_answers_do_not_prove_5_percent_and_74_do():
    # The mean over c of ((1 - c alpha) / (1 - alpha))^n for c = 0, 0.2, 0.4, 0.6.
    before, after = (evidence([False] * n, ENDLESS, 0.05) for n in (73, 74))
    by_hand = sum(((1 - c * 0.05) / 0.95) ** 74 for c in (0, 0.2, 0.4, 0.6)) / 4
    assert before.evidence < 20 <= after.evidence
    assert after.evidence == pytest.approx(by_hand, rel=1e-3)
    assert (before.status, after.status) == (Status.OPEN, Status.PASSED)
    assert after.fdp_upper == 0.05 < before.fdp_upper


@pytest.mark.parametrize(
    ("alpha", "errors", "judgements"),
    [(0.10, 0, 36), (0.10, 1, 65), (0.10, 3, 101), (0.05, 0, 74), (0.05, 1, 134), (0.05, 2, 170)],
)
def test_needed_judgements_are_the_tabulated_ones(alpha, errors, judgements):
    assert needed(errors, alpha) == judgements


def test_nothing_judged_proves_nothing():
    start = evidence([], 100, 0.05)
    assert (start.evidence, start.doubt, start.fdp_upper, start.status) == (1, 1, 1, Status.OPEN)
    assert start.fdp_estimate is None


def test_what_is_judged_whole_is_exact():
    # 5 of 100 is 5 %, 6 is above it; with the errors last no bet could have seen them coming.
    assert evidence([False] * 95 + [True] * 5, 100, 0.05).status is Status.PASSED
    assert evidence([True] * 6 + [False] * 94, 100, 0.05).status is Status.FAILED
    assert evidence([False] * 100, 100, 0.05).fdp_upper == 0.001


def test_the_last_answer_may_decide():
    # 20 assignments, more than one error is too many: with one error seen, all others must be right.
    outcomes = [True] + [False] * 18
    assert evidence(outcomes, 20, 0.05).status is Status.OPEN
    assert evidence([*outcomes, False], 20, 0.05).evidence == math.inf
    assert evidence([*outcomes, True], 20, 0.05).status is Status.FAILED


def test_where_one_error_is_too_many_nothing_is_decided_before_it():
    outcomes = [False] * 10  # of ten, none of which may be wrong for 5 %
    statuses = [status_of(outcomes[:n], 10, 0.05) for n in (0, 1, 9, 10)]
    assert statuses == [Status.OPEN, Status.OPEN, Status.OPEN, Status.PASSED]
    assert status_of([True], 10, 0.05) is Status.FAILED


def test_many_errors_stop_the_audit():
    assert evidence([True, True, True], ENDLESS, 0.05).status is Status.FAILED


@pytest.mark.parametrize("population", [60, 63, 67, 120])
def test_what_has_passed_is_bounded_by_its_share(population):
    outcomes = [False] * population
    statuses = [status_of(outcomes[:n], population, 0.10) for n in range(population)]
    passed = evidence(outcomes[: statuses.index(Status.PASSED)], population, 0.10)
    assert passed.fdp_upper <= 0.10


def test_a_decision_stays_whatever_comes_after_it():
    passed = evidence([False] * 74 + [True] * 30, ENDLESS, 0.05)
    assert passed.status is Status.PASSED
    assert (passed.audited, passed.wrong) == (104, 30)
    assert passed.evidence == evidence([False] * 74, ENDLESS, 0.05).evidence


def test_too_many_is_the_first_number_above_the_share():
    assert [too_many(20, 0.05), too_many(19, 0.05), too_many(100, 0.29)] == [2, 1, 30]


def test_assignments_that_cannot_be_drawn_count_as_wrong():
    # 100 would be made, 98 of them can be drawn: three errors among these and two more are five.
    allowed = evidence([False] * 95 + [True] * 3, 98, 0.05, assigned=100, surely_wrong=2)
    one_more = evidence([True] * 4 + [False] * 94, 98, 0.05, assigned=100, surely_wrong=2)
    hopeless = evidence([], 94, 0.05, assigned=100, surely_wrong=6)
    assert allowed.status is Status.PASSED
    assert one_more.status is Status.FAILED
    assert hopeless.status is Status.FAILED


def test_the_forecast_is_what_the_table_says():
    assert [audits_needed(rate, ENDLESS, 0.05) for rate in (0.005, 0.01, 0.05)] == [74, 134, None]
    assert audits_needed(0.005, ENDLESS, 0.10) == 36
    assert audits_needed(0.0, ENDLESS, 0.05, so_far=[False] * 70) == 4


@pytest.mark.parametrize(
    ("outcomes", "population", "alpha"),
    [
        *(([], 0, 0.05), ([], -1, 0.05), ([True] * 3, 2, 0.05)),
        *(([], 10, 0.0), ([], 10, 1.0), ([], 10, -0.1), ([], 10, 1.1)),
    ],
)
def test_impossible_audits_are_refused(outcomes, population, alpha):
    with pytest.raises(ValueError, match=r"judgements|alpha"):
        evidence(outcomes, population, alpha)


def test_the_draw_depends_on_salt_and_sighting():
    assert len({draw_key("a", "x"), draw_key("a", "y"), draw_key("b", "x")}) == 3
    # sha256 of "ax"
    assert draw_key("a", "x").startswith("5e85370e555e95d2")


def first_that_inverts_exactly(stakes):
    """The first stake whose risk, 1 / stake, gives it back to the last digit, and its place."""
    return next((n, stake) for n, stake in enumerate(stakes) if 1 / (1 / stake) == stake)


# Four assignments, of which three wrong are too many for 50 %: q0 is 3/4, and 2/3 after one wrong of one.
# Bets b are 0, 0.1, 0.2 and 0.3; a right answer multiplies by (1 - b) / (1 - q0), a wrong one by b / q0.
@pytest.mark.parametrize(
    ("outcomes", "stake", "status"),
    [
        ([False], 4 * (1 + 0.9 + 0.8 + 0.7) / 4, Status.OPEN),
        ([True], (0.1 + 0.2 + 0.3) / 0.75 / 4, Status.OPEN),
        ([True, False], 4 * (0.1 * 0.9 + 0.2 * 0.8 + 0.3 * 0.7) / 4, Status.OPEN),
        ([True, True], 2 * (0.01 + 0.04 + 0.09) / 4, Status.OPEN),
        ([False, False], math.inf, Status.PASSED),  # three of the two that are left cannot be wrong
        ([True, True, True], 0.0, Status.FAILED),
    ],
)
def test_the_stake_by_hand(outcomes, stake, status):
    seen = evidence(outcomes, 4, 0.5)
    assert seen.evidence == pytest.approx(stake)
    assert seen.status is status
    assert status_of(outcomes, 4, 0.5) is status


def test_a_bet_is_never_above_the_odds():
    # Ten, of which six are too many: after five wrong ones q0 is 1/5, and the bet of 0.3 is cut to it.
    seen = evidence([True] * 5 + [False], 10, 0.5)
    lost = [bet**5 / (6 / 10 * 5 / 9 * 4 / 8 * 3 / 7 * 2 / 6) for bet in (0.1, 0.2, 0.3)]
    assert seen.status is Status.OPEN
    assert seen.evidence == pytest.approx((lost[0] * 0.9 / 0.8 + lost[1] + lost[2]) / 4)


@pytest.mark.parametrize(
    ("alpha", "after_wrong", "after_right"),
    [
        (0.05, (1.5 + 2 + 4 + 8) / 4, (0.925 + 0.9 + 0.8 + 0.6) / 0.95 / 4),
        # Eight times 20 % is no rate: it is cut to 90 %, 4.5 times as many.
        (0.20, (1.5 + 2 + 4 + 4.5) / 4, (0.7 + 0.6 + 0.2 + 0.1) / 0.8 / 4),
    ],
)
def test_doubt_by_hand(alpha, after_wrong, after_right):
    wrong, right, both = (
        evidence(outcomes, ENDLESS, alpha).doubt for outcomes in ([True], [False], [True, False])
    )
    assert [wrong, right] == pytest.approx([after_wrong, after_right])
    assert both < wrong


def test_a_stake_of_exactly_1_over_the_risk_passes():
    number, stake = first_that_inverts_exactly(
        [evidence([False] * n, 100, 0.05).evidence for n in range(2, 20)]
    )
    judged, risk = [False] * (number + 2), 1 / stake
    seen = evidence(judged, 100, 0.05, risk=risk)
    assert (seen.status, seen.evidence) == (Status.PASSED, stake)
    assert evidence(judged[1:], 100, 0.05, risk=risk).status is Status.OPEN
    assert audits_needed(0.0, 100, 0.05, risk=risk) == len(judged)


def test_a_doubt_of_exactly_1_over_the_risk_fails():
    alphas = [number / 100 for number in range(2, 20)]
    place, doubt = first_that_inverts_exactly([evidence([True], 100, a).doubt for a in alphas])
    statuses = [
        evidence([True], 100, alphas[place], risk=risk).status for risk in (1 / doubt, 0.9 / doubt)
    ]
    assert statuses == [Status.FAILED, Status.OPEN]


def test_the_bound_is_the_first_grid_point_that_is_refuted_for_good():
    # ((1 - c g) / (1 - g))^30 on the mean reaches 20 first at g.
    def stake(share):
        return sum(((1 - c * share) / (1 - share)) ** 30 for c in (0, 0.2, 0.4, 0.6)) / 4

    thousandths = [number / 1000 for number in range(1, 1000)]
    by_hand = next(share for share in thousandths if stake(share) >= 20)
    assert evidence([False] * 30, ENDLESS, 0.05).fdp_upper == by_hand
    # What was refuted once stays refuted.
    assert evidence([False] * 30 + [True] * 2, ENDLESS, 0.05).fdp_upper == by_hand


def test_the_bound_counts_what_could_not_be_drawn():
    whole = evidence([False] * 98, 98, 0.05, assigned=100, surely_wrong=2)
    assert whole.fdp_upper == 0.02
    hopeless = evidence([], 94, 0.05, assigned=100, surely_wrong=6)
    assert (hopeless.evidence, hopeless.fdp_upper) == (0, 1)


def test_a_bound_that_no_answer_moved_is_1_and_one_wrong_answer_moves_none():
    assert evidence([True], ENDLESS, 0.05).fdp_upper == 1
    # one right answer of two: more than half of them can no longer be wrong
    assert evidence([False], 2, 0.05).fdp_upper == 0.5


def test_the_estimate_is_the_share_that_was_wrong():
    assert evidence([True, False, False, False], 100, 0.05).fdp_estimate == 0.25


def test_thousands_of_answers_are_no_overflow():
    # exp(709) is the largest number there is: 0.5^-3000, and 0.001^-120 at the end of the bound's grid
    assert status_of([False] * 3000, ENDLESS, 0.5) is Status.PASSED
    assert evidence([False] * 120, ENDLESS, 0.05).status is Status.PASSED
    assert status_of([True] * 2000, ENDLESS, 0.5) is Status.FAILED


def test_a_forecast_spreads_errors_evenly_from_half_an_interval_on():
    outcomes = [number % 32 == 15 for number in range(400)]
    statuses = [status_of(outcomes[:n], ENDLESS, 0.10) for n in range(200)]
    assert audits_needed(1 / 32, ENDLESS, 0.10) == statuses.index(Status.PASSED)


@pytest.mark.parametrize(
    ("population", "so_far", "left"),
    [
        (10, [], 10),  # one of ten is too many for 5 %: only the last answer refutes it
        (10, [False] * 4, 6),
        (10, [False] * 9, 1),
        (3, [False] * 3, 0),
        (10, [True], None),
        (20, [True], 19),  # of twenty two are too many, and again only the last answer refutes it
        (20, [True, True], None),
    ],
)
def test_a_forecast_ends_with_the_population(population, so_far, left):
    assert audits_needed(0.0, population, 0.05, so_far=so_far) == left


def test_a_forecast_looks_5000_judgements_ahead():
    # The mean over c of ((1 - c alpha) / (1 - alpha))^n reaches 20 at n = 5000, and at 5001.
    assert audits_needed(0.0, 10**9, 7.5986e-4) == 5000
    assert audits_needed(0.0, 10**9, 7.5977e-4) is None


def _false_passes(worlds, alpha, seed):
    """The share of worlds that pass although each candidate has one error more than it may.

    Two nested candidates; the errors of the first stand together in clusters, which a random draw breaks up.
    """
    generator = np.random.default_rng(seed)
    passes = 0
    for _ in range(worlds):
        assigned = (int(generator.integers(60, 400)), int(generator.integers(400, 900)))
        wrong = np.zeros(assigned[1], np.bool_)
        wrong[: too_many(assigned[0], alpha)] = True
        rest = too_many(assigned[1], alpha) - wrong.sum()
        wrong[assigned[0] : assigned[0] + rest] = True
        drawn = generator.permutation(assigned[1])
        first = wrong[drawn[drawn < assigned[0]]][:300].tolist()
        # Fixed sequence: the second is looked at only where the first has passed.
        passes += status_of(first, assigned[0], alpha) is Status.PASSED
    return passes / worlds


def test_a_bad_candidate_passes_in_at_most_5_percent_of_worlds():
    # three standard errors of 150 worlds; a fixed-size test looked at after every answer passes 20 %
    assert _false_passes(150, 0.10, 3) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 150)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.10])
def test_family_wise_error_campaign(alpha):
    assert _false_passes(3000, alpha, 11) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 3000)


def test_a_good_candidate_passes():
    generator = np.random.default_rng(5)
    wrong = np.zeros(2000, np.bool_)
    wrong[:10] = True  # half a percent
    passed = [
        status_of(generator.permutation(wrong)[:300].tolist(), 2000, 0.05) is Status.PASSED
        for _ in range(20)
    ]
    assert np.mean(passed) >= 0.9
