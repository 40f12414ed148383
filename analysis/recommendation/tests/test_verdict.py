"""Verdicts of the recommendation, and their promise on simulated herds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.audit.state import AuditState, CandidateThreshold, JudgedCandidate
from analysis.recommendation.fdp_gate import BUDGET, candidates_of
from analysis.recommendation.fpir_gate import fpir_gate
from analysis.recommendation.types import MIN_ASSIGNED, Active, Situation, Verdict
from analysis.recommendation.verdict import recommend
from analysis.stats.betting_test import Status, evidence
from analysis.tests.worlds import recommended, world

# 100 deer with one decoy each, 5000 to 5099: one hit may stay, two are too many.
DECOYS = np.arange(5000, 5100, dtype=np.int32)
GATE = fpir_gate(DECOYS, np.arange(100))
BEST = np.arange(4000, 6000, dtype=np.int32)  # 901 unreviewed sightings at 5099 or above
HALF, WHOLE = CandidateThreshold(5549, 451), CandidateThreshold(5099, 901)


BASE = Situation(
    gate=GATE,
    assigned=lambda threshold: BEST[threshold <= BEST],
    eligible=len(BEST),
    active=Active(5500),
)


def situation(**changed):
    return replace(BASE, **changed)


def judged(candidate, outcomes, alpha=0.05):
    return JudgedCandidate(
        candidate, tuple(outcomes), evidence(outcomes, candidate.assigned, alpha)
    )


def audit(*items, audited=None):
    number = max(len(item.outcomes) for item in items) if audited is None else audited
    return AuditState("plan", 2000, 0.05, 0.05, items, number)


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


def test_candidates_are_the_upper_half_and_all():
    assert candidates_of(BEST[BEST >= 5099], 5099) == (HALF, WHOLE)


def test_tied_scores_are_assigned_together():
    scores = np.array([9000] * 70 + [8000] * 60, np.int32)
    assert candidates_of(scores, 7000) == (
        CandidateThreshold(9000, 70),
        CandidateThreshold(7000, 130),
    )
    assert candidates_of(np.full(80, 9000, np.int32), 9000) == (CandidateThreshold(9000, 80),)


def test_a_candidate_that_assigns_too_few_is_left_out():
    assert candidates_of(np.arange(7000, 7080, dtype=np.int32), 7000) == (
        CandidateThreshold(7000, 80),
    )


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
