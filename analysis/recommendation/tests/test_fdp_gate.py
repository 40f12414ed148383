"""The audit's gate by hand: candidates, how many judgements are left, and what the answers prove."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.audit.state import CandidateThreshold, JudgedCandidate
from analysis.recommendation.fdp_gate import (
    BUDGET,
    about_more,
    candidates_of,
    judge,
    plan_an_audit,
    why_not_taken,
)
from analysis.recommendation.fpir_gate import More
from analysis.recommendation.tests.situations import (
    BEST,
    GATE,
    HALF,
    WHOLE,
    audit,
    judged,
    situation,
)
from analysis.recommendation.types import Active, Verdict
from analysis.stats.betting_test import Status, audits_needed, evidence

PASSED = [False] * 74
FAILED = [True] * 3
UNDECIDED = [number % 33 == 16 for number in range(BUDGET)]  # 3 % of 300


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


def test_50_assignments_make_a_candidate_and_49_do_not():
    scores = np.arange(7000, 7050, dtype=np.int32)
    assert candidates_of(scores, 7000) == (CandidateThreshold(7000, 50),)
    assert candidates_of(scores[1:], 7000) == ()
    assert candidates_of(np.empty(0, np.int32), 7000) == ()


def test_half_of_an_odd_number_is_rounded_up():
    hundred = np.arange(7000, 7100, dtype=np.int32)
    assert candidates_of(hundred, 7000) == (
        CandidateThreshold(7050, 50),
        CandidateThreshold(7000, 100),
    )
    assert candidates_of(hundred[1:], 7001) == (
        CandidateThreshold(7050, 50),
        CandidateThreshold(7001, 99),
    )
    assert candidates_of(hundred[2:], 7002) == (CandidateThreshold(7002, 98),)


def test_a_plan_expects_half_of_the_errors_that_strangers_could_make():
    # At 5098 two decoys in a hundred: 40 of 2000 strangers, half of them among 902 assignments.
    candidate = CandidateThreshold(5098, 902)
    planned = plan_an_audit(situation(), (candidate,))
    number = audits_needed(20 / 902, 902, 0.05)
    assert number is not None
    assert number > 121
    assert (planned.verdict, planned.threshold) == (Verdict.AUDIT_NEEDED, None)
    assert (planned.candidates, planned.more) == ((candidate,), More(audits=number))
    assert planned.reason == (
        "Strangers are held off at 0.5098 and above. What share of the assignments is wrong only an audit can "
        f"say: about {number} judgements (audit_threshold plan)."
    )


def test_a_plan_counts_on_its_best_candidate_and_on_one_error_in_a_hundred():
    # at 5549 no decoy is left; the judgements are made among those of the last candidate
    planned = plan_an_audit(situation(), (HALF, CandidateThreshold(5098, 902)), "Why. ")
    assert planned.more.audits == audits_needed(0.01, 902, 0.05)
    assert planned.reason.startswith("Why. Strangers are held off at 0.5098")
    stricter = plan_an_audit(situation(alpha_fdp=0.10), (HALF, WHOLE))
    assert stricter.more.audits == audits_needed(0.01, 901, 0.10)


def test_a_plan_out_of_reach_says_more_than_its_budget():
    # at 5095 five decoys in a hundred: 50 wrong of 905 are more than 5 %
    planned = plan_an_audit(situation(), (CandidateThreshold(5095, 905),))
    assert planned.more == More(audits=300)
    assert "more than 300 judgements" in planned.reason


def test_a_candidate_under_test_is_what_the_reason_names():
    open_first = audit(judged(HALF, PASSED[:60]), judged(WHOLE, PASSED[:10]), audited=65)
    result = judge(situation(), open_first, 5099)
    left = audits_needed(0.01, 451, 0.05, so_far=PASSED[:60])
    assert (result.verdict, result.candidates) == (Verdict.AUDIT_NEEDED, (HALF, WHOLE))
    assert (result.more.reviews, result.more.deer, result.more.audits) == (0, 0, left)
    assert result.reason == (
        f"The audit is under way at 0.5549: 65 judged, about {left} more to go (audit_threshold next)."
    )
    second = judge(situation(), audit(judged(HALF, PASSED), judged(WHOLE, PASSED[:60])), 5099)
    assert "under way at 0.5099" in second.reason


def test_an_audit_goes_on_until_its_300th_judgement():
    item = judged(HALF, UNDECIDED)
    assert judge(situation(), audit(item, audited=299), 5099).verdict is Verdict.AUDIT_NEEDED
    for number in (300, 301):
        spent = judge(situation(), audit(item, audited=number), 5099)
        assert spent.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert BUDGET == 300


def test_judgements_left_end_with_the_proof_or_the_budget():
    item = judged(WHOLE, PASSED[:60])
    left = audits_needed(0.01, 901, 0.05, so_far=PASSED[:60])
    assert left is not None
    assert left > 5
    counts = {60: left, 295: 5, 299: 1, 300: left, 400: left}
    assert {at: about_more(audit(item, audited=at), item) for at in counts} == counts
    untouched = judged(WHOLE, [])
    assert about_more(audit(untouched), untouched) == 121


def test_judgements_left_go_by_the_errors_so_far():
    item = judged(WHOLE, [True] + [False] * 49)  # 2 %
    expected = audits_needed(0.02, 901, 0.05, so_far=item.outcomes)
    assert about_more(audit(item), item) == expected
    hopeless = judged(WHOLE, [True, False, False, False, False])  # 20 %: no pass in sight
    assert about_more(audit(hopeless, audited=100), hopeless) == 200
    assert about_more(audit(hopeless, audited=300), hopeless) == 300


def test_judgements_left_are_for_the_risk_and_the_share_of_the_plan():
    item = judged(WHOLE, PASSED[:20])
    plan = replace(audit(item), alpha=0.10, risk=0.01)
    expected = audits_needed(0.01, 901, 0.10, risk=0.01, so_far=PASSED[:20])
    assert about_more(plan, item) == expected


def test_what_failed_first_says_how_many_were_wrong():
    result = judge(situation(), audit(judged(HALF, FAILED), judged(WHOLE, [])), 5099)
    assert (result.verdict, result.more) == (Verdict.NO_USABLE_THRESHOLD, More())
    assert result.candidates == (HALF, WHOLE)
    assert result.reason == (
        "3 of 3 audited assignments at 0.5549 were wrong: too many for an FDP of at most 5%. "
        "Review by ranking instead."
    )


def test_what_is_undecided_at_the_end_says_what_it_would_take():
    # nine of 300 are wrong: a proof is near, but beyond the budget
    item = judged(HALF, UNDECIDED)
    assert item.evidence.status is Status.OPEN
    left = audits_needed(9 / 300, 451, 0.05, so_far=UNDECIDED)
    assert left == 6
    result = judge(situation(), audit(item), 5099)
    assert (result.verdict, result.more) == (Verdict.INSUFFICIENT_EVIDENCE, More(audits=left))
    assert result.candidates == (HALF,)
    assert result.reason == (
        "9 of 300 audited assignments at 0.5549 were wrong, which after 300 judgements neither proves nor "
        f"refutes an FDP of at most 5%; at the present error rate it takes about {left} more."
    )


def test_what_can_hardly_be_proven_says_so():
    outcomes = [number % 20 == 10 for number in range(300)]  # 5 %
    item = JudgedCandidate(
        CandidateThreshold(5099, 10**6), tuple(outcomes), evidence(outcomes, 10**6, 0.05)
    )
    assert item.evidence.status is Status.OPEN
    result = judge(situation(), audit(item), 5099)
    assert result.more == More(audits=0)
    assert result.reason.endswith("it takes more audits than are worth it.")


def test_a_later_failure_leaves_what_has_passed():
    result = judge(situation(), audit(judged(HALF, PASSED), judged(WHOLE, FAILED)), 5099)
    assert (result.verdict, result.threshold) == (Verdict.RECOMMEND, 5549)
    lowest = judged(CandidateThreshold(5050, 950), PASSED)
    three = judge(situation(), audit(judged(HALF, PASSED), judged(WHOLE, FAILED), lowest), 5000)
    assert three.threshold == 5549  # what stands behind a failure is not looked at
    first = judge(situation(), audit(judged(HALF, FAILED), judged(WHOLE, PASSED)), 5099)
    assert first.verdict is Verdict.NO_USABLE_THRESHOLD


@pytest.mark.parametrize(
    ("lowest", "threshold"), [(5099, 5099), (5100, 5549), (5549, 5549), (5550, None)]
)
def test_the_lowest_proven_threshold_that_holds_strangers_off_is_taken(lowest, threshold):
    both = audit(judged(HALF, PASSED), judged(WHOLE, PASSED))
    result = judge(situation(), both, lowest)
    assert result.threshold == threshold
    if threshold is None:
        assert result.reason.startswith("Reviews made since the audit have raised the threshold")
        assert result.candidates == candidates_of(BEST[BEST >= 5550], 5550)


def test_a_recommendation_says_what_is_proven():
    result = judge(situation(), audit(judged(HALF, PASSED), judged(WHOLE, PASSED)), 5099)
    assert result.candidates == (HALF, WHOLE)
    assert result.reason == (
        "At 0.5099 an FPIR of at most 5% and an FDP of at most 5% are proven, each with a risk of 5%; it "
        "assigns 901 of 2000 unreviewed sightings."
    )


@pytest.mark.parametrize(
    ("proven", "verdict"), [(599, Verdict.KEEP_CURRENT), (600, Verdict.RECOMMEND)]
)
def test_a_fifth_more_is_worth_a_change(proven, verdict):
    # the threshold in force, 5500, assigns 500 of the sightings
    item = judged(CandidateThreshold(5400, proven), PASSED)
    result = judge(situation(active=Active(5500, is_proven=True)), audit(item), 5099)
    assert result.verdict is verdict
    if verdict is Verdict.KEEP_CURRENT:
        assert (result.threshold, result.candidates) == (5500, (item.candidate,))
        assert result.reason == (
            "The threshold in force, 0.5500, is proven, and 0.5400 would not assign 20% more than its 500."
        )


def test_a_threshold_in_force_is_kept_where_its_bound_is_exactly_alpha():
    state = audit(judged(CandidateThreshold(5090, 910), PASSED))
    bound = GATE.upper(5095)
    for alpha, verdict in ((bound, Verdict.KEEP_CURRENT), (bound * 0.999, Verdict.RECOMMEND)):
        changed = situation(active=Active(5095, is_proven=True), gate=replace(GATE, alpha=alpha))
        assert judge(changed, state, 5090).verdict is verdict


def test_planted_pairs_that_were_missed_are_counted():
    state = audit(judged(HALF, []), planted_shown=12, planted_missed=5)
    assert why_not_taken(state) == (
        "The last audit's answers are not taken: 5 of 12 wrong pairs that were planted among them were called "
        "right. Let somebody else judge a new one. "
    )
