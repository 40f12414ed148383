"""Verdicts of the recommendation, and their promise on simulated herds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.recommendation.fdp_gate import BUDGET
from analysis.recommendation.fpir_gate import More, fpir_gate
from analysis.recommendation.tests.situations import (
    BEST,
    DECOYS,
    GATE,
    HALF,
    WHOLE,
    audit,
    judged,
    situation,
)
from analysis.recommendation.types import MIN_ASSIGNED, Active, Verdict
from analysis.recommendation.verdict import recommend
from analysis.stats.betting_test import Status
from analysis.tests.worlds import recommended, world


def test_untrusted_scores_come_first():
    verdict = recommend(situation(faults=["12 % of the scores are stale."]))
    assert verdict.verdict is Verdict.INVALID_DATA
    assert "stale" in verdict.reason


def test_too_few_decoys_say_how_many_more():
    gate = fpir_gate(DECOYS[:40], np.arange(40))
    verdict = recommend(situation(gate=gate))
    assert verdict.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert verdict.more.reviews == 24
    assert "review about 24 more sightings" in verdict.reason


def test_decoys_alone_never_recommend():
    verdict = recommend(situation())
    assert verdict.verdict is Verdict.AUDIT_NEEDED
    assert verdict.threshold is None
    assert verdict.candidates == (HALF, WHOLE)
    # Less than the 134 that one error in a hundred costs where the population is endless.
    assert verdict.more.audits == 121


def test_a_threshold_that_assigns_next_to_nothing_is_of_no_use():
    verdict = recommend(situation(assigned=lambda _: BEST[-(MIN_ASSIGNED - 1) :]))
    assert verdict.verdict is Verdict.NO_USABLE_THRESHOLD
    assert "only 49" in verdict.reason


def test_decoys_at_the_top_leave_nothing():
    gate = fpir_gate(np.full(100, 10_000, np.int32), np.arange(100))
    assert recommend(situation(gate=gate)).verdict is Verdict.NO_USABLE_THRESHOLD


def test_the_last_candidate_that_passed_is_recommended():
    both = audit(judged(HALF, [False] * 74), judged(WHOLE, [False] * 74))
    first = audit(judged(HALF, [False] * 74), judged(WHOLE, [True] * 3))
    for state, expected in ((both, 5099), (first, 5549)):
        verdict = recommend(situation(audit=state))
        assert (verdict.verdict, verdict.threshold) == (Verdict.RECOMMEND, expected)


def test_an_audit_under_way_recommends_nothing_yet():
    state = audit(judged(HALF, [False] * 74), judged(WHOLE, [False] * 60))
    verdict = recommend(situation(audit=state))
    assert (verdict.verdict, verdict.threshold) == (Verdict.AUDIT_NEEDED, None)
    more = verdict.more.audits
    assert judged(WHOLE, [False] * (60 + more)).evidence.status is Status.PASSED
    assert judged(WHOLE, [False] * (59 + more)).evidence.status is Status.OPEN


def test_a_failed_first_candidate_leaves_nothing_usable():
    verdict = recommend(situation(audit=audit(judged(HALF, [True] * 3), judged(WHOLE, []))))
    assert (verdict.verdict, verdict.threshold) == (Verdict.NO_USABLE_THRESHOLD, None)
    assert "3 of 3" in verdict.reason


def test_a_spent_budget_without_a_decision_says_what_it_would_take():
    outcomes = [number % 33 == 16 for number in range(BUDGET)]  # 3 %
    state = audit(judged(HALF, outcomes), audited=BUDGET)
    assert state.candidates[0].evidence.status is Status.OPEN
    verdict = recommend(situation(audit=state))
    assert verdict.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert verdict.more.audits > 0


def test_a_spent_budget_keeps_what_has_passed():
    outcomes = [number % 33 == 16 for number in range(BUDGET)]
    state = audit(judged(HALF, [False] * 74), judged(WHOLE, outcomes), audited=BUDGET)
    assert recommend(situation(audit=state)).threshold == HALF.threshold


def test_newer_decoys_can_take_a_proof_back():
    higher = fpir_gate(DECOYS + 600, np.arange(100))
    state = audit(judged(HALF, [False] * 74), judged(WHOLE, [False] * 74))
    verdict = recommend(situation(gate=higher, audit=state))
    assert (verdict.verdict, verdict.threshold) == (Verdict.AUDIT_NEEDED, None)
    assert verdict.candidates[-1].threshold == 5699


@pytest.mark.parametrize(
    ("active", "expected"),
    [
        # of 901 at the proven threshold it assigns 800: too little to gain
        (Active(5200, is_proven=True), Verdict.KEEP_CURRENT),
        # 700: a gain of 29 %
        (Active(5300, is_proven=True), Verdict.RECOMMEND),
        # not proven
        (Active(5200), Verdict.RECOMMEND),
        # assigns more, but strangers too
        (Active(4500, is_proven=True), Verdict.RECOMMEND),
    ],
)
def test_a_proven_threshold_is_kept_unless_another_assigns_a_fifth_more(active, expected):
    state = audit(judged(HALF, [False] * 74), judged(WHOLE, [False] * 74))
    verdict = recommend(situation(active=active, audit=state))
    assert verdict.verdict is expected
    assert verdict.threshold == (5200 if expected is Verdict.KEEP_CURRENT else 5099)


def test_faults_are_said_before_all_else():
    hopeless = replace(GATE, threshold=None, is_hopeless=True)
    verdict = recommend(situation(gate=hopeless, faults=["One.", "Two."]))
    assert verdict.verdict is Verdict.INVALID_DATA
    assert verdict.reason == "The scores cannot be trusted: One. Two."


def test_a_hopeless_gate_says_where_to_look():
    verdict = recommend(situation(gate=replace(GATE, threshold=None, is_hopeless=True)))
    assert verdict.verdict is Verdict.NO_USABLE_THRESHOLD
    assert "one deer enrolled under two names" in verdict.reason
    assert (verdict.threshold, verdict.more) == (None, More())


def test_50_assignments_are_worth_an_audit_and_49_are_not():
    enough = recommend(situation(assigned=lambda _: BEST[-50:]))
    assert enough.verdict is Verdict.AUDIT_NEEDED
    too_few = recommend(situation(assigned=lambda _: BEST[-49:]))
    assert too_few.reason == (
        "At 0.5099, the smallest threshold with an FPIR of at most 5%, only 49 unreviewed sightings would be "
        "assigned (at least 50 are worth an audit). Review by ranking instead."
    )
    assert MIN_ASSIGNED == 50


def test_deer_that_are_missing_are_asked_for_beside_the_sightings():
    nine = fpir_gate(np.full(900, 1000, np.int32), np.repeat(np.arange(9), 100))
    verdict = recommend(situation(gate=nine))
    assert verdict.more == More(reviews=1, deer=1)
    assert verdict.reason == (
        "900 labelled sightings of 9 deer are not enough to bound FPIR: review about 1 more sightings, "
        "1 other deer among them, the least reviewed deer first."
    )
    forty = fpir_gate(DECOYS[:40], np.arange(40))
    assert "other deer" not in recommend(situation(gate=forty)).reason


def test_answers_of_a_judge_who_missed_planted_pairs_are_not_taken():
    both = (judged(HALF, [False] * 74), judged(WHOLE, [False] * 74))
    careless = recommend(situation(audit=audit(*both, planted_shown=10, planted_missed=9)))
    assert (careless.verdict, careless.threshold) == (Verdict.AUDIT_NEEDED, None)
    assert careless.reason.startswith("The last audit's answers are not taken: 9 of 10 wrong pairs")
    assert careless.candidates == (HALF, WHOLE)
    keen = recommend(situation(audit=audit(*both, planted_shown=10, planted_missed=0)))
    assert keen.verdict is Verdict.RECOMMEND
    unasked = recommend(situation())
    assert unasked.reason.startswith("Strangers are held off at 0.5099 and above.")


def _worlds(number, seed, **herd):
    for item in range(number):
        generator = np.random.default_rng([seed, item])
        simulated = world(generator, **herd)
        yield simulated, recommended(simulated, generator)


def _is_safe(simulated, threshold):
    return simulated.fpir(threshold) <= 0.05 and simulated.fdp(threshold) <= 0.05


def test_an_embedding_without_signal_is_never_recommended():
    verdicts = {result.verdict for _, result in _worlds(8, 1, quality=0.0)}
    assert verdicts <= {Verdict.NO_USABLE_THRESHOLD, Verdict.INSUFFICIENT_EVIDENCE}


def test_a_good_embedding_gets_a_safe_threshold():
    results = list(_worlds(8, 2, quality=1.0))
    recommended = [(of, result.threshold) for of, result in results if result.threshold is not None]
    assert len(recommended) >= 7
    assert all(_is_safe(of, threshold) for of, threshold in recommended)


def test_strangers_who_look_alike_void_the_decoys_but_not_the_audit():
    # Enrolled deer are 1.6 times as striking: decoys promise what strangers do not keep.
    results = list(_worlds(8, 3, quality=0.5, distinctiveness=1.6, known_share=0.3))
    broken = [
        of.fdp(result.candidates[-1].threshold) > 0.05
        for of, result in results
        if result.candidates
    ]
    assert any(broken)
    assert all(
        of.fdp(result.threshold) <= 0.05 for of, result in results if result.threshold is not None
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "herd",
    [
        {"quality": 0.6},
        {"quality": 0.8},
        {"quality": 1.0, "known_share": 0.3},
        {"quality": 0.8, "reviewed": 600, "enrolled": 60},
    ],
)
def test_campaign_what_is_recommended_is_safe(herd):
    results = list(_worlds(100, 17, **herd))
    unsafe = sum(
        not _is_safe(of, result.threshold) for of, result in results if result.threshold is not None
    )
    assert unsafe <= 5


@pytest.mark.slow
@pytest.mark.parametrize("known_share", [0.3, 0.7])
def test_campaign_the_audit_holds_where_strangers_look_alike(known_share):
    herd = {"quality": 0.6, "distinctiveness": 1.4, "known_share": known_share}
    results = list(_worlds(100, 29, **herd))
    recommended = [(of, result.threshold) for of, result in results if result.threshold is not None]
    # FPIR holds for strangers like the enrolled deer alone; the share of wrong assignments for all.
    assert len(recommended) >= 10
    assert sum(of.fdp(threshold) > 0.05 for of, threshold in recommended) <= 5


@pytest.mark.slow
@pytest.mark.parametrize("quality", [0.0, 0.1])
def test_campaign_no_signal_is_never_recommended(quality):
    assert all(result.threshold is None for _, result in _worlds(100, 23, quality=quality))
