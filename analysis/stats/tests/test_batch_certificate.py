"""The certificate of a batch, worked by hand, and its promise on simulated stores."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.batch_certificate import (
    MIN_PAIRS,
    cuts,
    judged_whole,
    judgements_needed,
    likely_share,
    risk_of,
)
from analysis.stats.betting_test import Status, evidence, too_many
from analysis.tests.batch_stores import BATCHES, Herd, Store, decided

SCORES = st.lists(st.integers(0, 10_000), max_size=200).map(lambda one: np.array(one, np.int32))
SHARES = st.lists(st.floats(0.001, 1), min_size=1, max_size=2)


def stake_by_hand(errors, judged, pairs, alpha):
    """The probability of the answers under the mixture of bets, over that under the null."""
    limit, right = too_many(pairs, alpha), judged - errors
    under_null = (
        math.comb(judged, errors) * math.comb(pairs - judged, limit - errors) / math.comb(pairs, limit)
    )  # fmt: skip
    bets = [c * alpha for c in (0, 0.2, 0.4, 0.6)]
    return (
        math.comb(judged, errors) * sum(b**errors * (1 - b) ** right for b in bets) / 4 / under_null
    )


def test_the_risk_of_all_plans_together_is_5_percent():
    risks = [risk_of(number) for number in range(1, 10_000)]
    assert risks[0] == pytest.approx(0.030396, abs=1e-6)
    assert risks[1] == pytest.approx(risks[0] / 4)
    assert all(total < 0.05 for total in accumulate(risks))
    assert sum(risks) == pytest.approx(0.05, abs=1e-5)


def test_plans_are_counted_from_1():
    with pytest.raises(ValueError, match="counted from 1"):
        risk_of(0)


@pytest.mark.parametrize(
    ("pairs", "alpha", "number", "needed"),
    [
        (120, 0.05, 1, [52, 78, 94]),
        (190, 0.05, 1, [64, 99, 121]),
        (190, 0.10, 1, [35, 57, 71]),
        (190, 0.05, 2, [81, 114, 133]),
        (400, 0.10, 10, [77, 107, 122]),
    ],
)
def test_needed_judgements_are_the_first_that_reach_1_over_the_risk(pairs, alpha, number, needed):
    risk = risk_of(number)
    found = [judgements_needed(errors, pairs, alpha, risk) for errors in (0, 1, 2)]
    assert found == needed
    for errors, judged in enumerate(needed):
        assert stake_by_hand(errors, judged - 1, pairs, alpha) < 1 / risk
        assert stake_by_hand(errors, judged, pairs, alpha) >= 1 / risk


def test_more_errors_than_may_be_never_certify():
    # of 50 pairs two may be wrong for 5 %
    assert judgements_needed(2, 50, 0.05, risk_of(1)) == 50
    assert judgements_needed(3, 50, 0.05, risk_of(1)) is None


def test_fewer_than_50_pairs_are_all_judged():
    assert [judgements_needed(errors, 49, 0.05, risk_of(1)) for errors in (0, 5)] == [49, 49]
    assert MIN_PAIRS == 50


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_the_order_of_answers_does_not_matter(data):
    pairs = data.draw(st.integers(100, 400))
    judged = data.draw(st.integers(5, 60))
    errors = data.draw(st.integers(0, 2))
    outcomes = [True] * errors + [False] * (judged - errors)
    shuffled = data.draw(st.permutations(outcomes))
    # With a risk this small nothing is decided, so that the stakes after all answers are compared.
    one, other = (evidence(answers, pairs, 0.05, risk=1e-12) for answers in (outcomes, shuffled))
    assert one.status is other.status is Status.OPEN
    assert one.evidence == pytest.approx(other.evidence)


@given(SCORES, SHARES)
@settings(max_examples=200, deadline=None)
def test_candidates_are_nested_whole_scores_of_at_least_50_pairs(scores, shares):
    found = cuts(scores, shares)
    assert bool(found) == bool(len(scores))
    assert len(found) <= len(shares)
    for (above, fewer), (below, more) in pairwise(found):
        assert above > below
        assert fewer < more
    for cut, pairs in found:
        assert pairs == (scores >= cut).sum() >= min(MIN_PAIRS, len(scores))
        # One pair less would be too few for the share that asked for it.
        assert any(
            (scores > cut).sum() < max(math.ceil(share * len(scores) - 1e-9), MIN_PAIRS)
            for share in shares
        )


def test_shares_of_pairs_by_hand():
    scores = np.arange(200, dtype=np.int32)  # 199 is the best
    assert cuts(scores, (0.3, 0.6)) == ((140, 60), (80, 120))
    assert cuts(scores, (0.6, 0.3)) == ((140, 60), (80, 120))
    # a tenth would be 20: fifty at least, and once
    assert cuts(scores, (0.1, 0.2)) == ((150, 50),)
    assert cuts(scores[:49], (0.3, 0.6)) == ((0, 49),)
    assert cuts(scores[:0], (0.5,)) == ()


def test_the_likely_share_ends_where_decoys_begin():
    scores = np.arange(1000, 3000, 10, dtype=np.int32)  # 200 pairs
    decoys = np.full(39, 1500, np.int32)
    # Above 1500 are 149 pairs and no decoy: forecast 200 * 0.5 / 40 / 149 = 0.017 of at most 0.025.
    assert likely_share(scores, decoys, 0.05) == 149 / 200
    # 0.017 is too much for 2 %, so that it is the least there is.
    assert likely_share(scores, decoys, 0.02) == 149 / 200
    # One decoy in the middle of them costs 200 * 1.5 / 40 / 149 = 0.050, which is just what 10.1 % allow.
    decoys[0] = 2000
    assert likely_share(scores, decoys, 0.101) == 149 / 200
    # Above it are 99 pairs, with 200 * 0.5 / 40 / 99 = 0.0253.
    assert likely_share(scores, decoys, 0.051) == 99 / 200


def test_without_decoys_half_of_the_pairs_are_asked_for():
    nothing = np.array([], np.int32)
    assert likely_share(np.arange(100, dtype=np.int32), nothing, 0.05) == 0.5
    assert likely_share(nothing, nothing, 0.05) == 1


def test_a_batch_that_is_judged_whole_certifies_what_was_found_right():
    under_way = judged_whole([False] * 19, 20)
    assert (under_way.status, under_way.fdp_upper, under_way.audited) == (Status.OPEN, 1, 19)
    right = judged_whole([False] * 19 + [True], 20)
    assert (right.status, right.fdp_upper, right.wrong) == (Status.PASSED, 0, 1)
    assert judged_whole([True] * 20, 20).status is Status.FAILED
    for outcomes, pairs in (([], 0), ([True, True], 1)):
        with pytest.raises(ValueError, match="judgements"):
            judged_whole(outcomes, pairs)


# --- the promise ------------------------------------------------------------------------------------


def allowed(stores, deviations):
    """5 % and what chance adds to it."""
    return 0.05 + deviations * math.sqrt(0.05 * 0.95 / stores)


def _false_certificates(stores, alpha, seed):
    """The share of stores with a wrong certificate, where every candidate has one wrong pair more than it may.

    Ten plans each, all on the same pairs but in another order: who fails begins anew.
    """
    generator = np.random.default_rng(seed)
    broken = 0
    for _ in range(stores):
        half, whole = (int(generator.integers(*sizes)) for sizes in ((50, 200), (200, 500)))
        wrong = np.zeros(whole, np.bool_)
        wrong[: too_many(half, alpha)] = True
        wrong[half : half + too_many(whole, alpha) - too_many(half, alpha)] = True
        for number in range(1, BATCHES + 1):
            order = generator.permutation(whole)
            first, _ = decided(wrong[order[order < half]], alpha, risk_of(number))
            if (
                first is Status.PASSED
            ):  # fixed sequence: it is wrong already, whatever the second one says
                broken += 1
                break
    return broken / stores


def test_a_store_that_asks_ten_times_gets_a_wrong_certificate_in_at_most_5_percent():
    assert _false_certificates(150, 0.10, 3) <= allowed(150, 3)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.10])
def test_campaign_of_stores_whose_pairs_are_a_hair_too_bad(alpha):
    assert _false_certificates(3000, alpha, 11) <= allowed(3000, 2)


def _stores(number, seed, **herd):
    for item in range(number):
        generator = np.random.default_rng([seed, item])
        deer = int(generator.integers(8, 31))
        known_share = float(generator.uniform(0.3, 0.9))
        yield Store(generator, Herd(deer=deer, known_share=known_share, **herd)).run()


def test_a_dozen_deer_get_certificates_that_hold():
    outcomes = list(_stores(4, 5, quality=0.8))
    assert sum(len(outcome.certified) for outcome in outcomes) >= 20
    assert not any(outcome.is_broken(0.05) for outcome in outcomes)


def test_without_signal_nothing_is_certified():
    (outcome,) = _stores(1, 7, quality=0.0)
    assert outcome.certified == []
    assert outcome.plans == 3 * BATCHES  # each of them asked again twice


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.10])
@pytest.mark.parametrize("quality", [0.4, 0.6, 0.8, 1.0])
def test_campaign_of_ten_batches_in_a_row(quality, alpha):
    outcomes = list(_stores(200, 17, quality=quality, alpha=alpha))
    broken = sum(outcome.is_broken(alpha) for outcome in outcomes) / len(outcomes)
    assert broken <= allowed(len(outcomes), 2)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.10])
def test_campaign_of_judges_who_wave_a_tenth_of_the_wrong_pairs_through(alpha):
    """Their certificates promise too much, but what is assigned in the end keeps the share."""
    outcomes = list(_stores(200, 19, quality=0.7, alpha=alpha, waved_through=0.1))
    assigned = sum(outcome.sightings for outcome in outcomes)
    wrong = assigned - sum(outcome.right for outcome in outcomes)
    assert wrong / assigned <= alpha
