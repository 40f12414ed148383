"""The batch that is offered where no threshold can be proven: its words, its numbers, and when it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.audit.state import AuditState, CandidateThreshold, JudgedCandidate
from analysis.recommendation.batch import offer, shares_of
from analysis.recommendation.fpir_gate import fpir_gate
from analysis.recommendation.tests.situations import situation
from analysis.recommendation.types import BatchSituation, Verdict
from analysis.recommendation.verdict import recommend
from analysis.stats.batch_certificate import risk_of
from analysis.stats.betting_test import evidence

DECOYS = np.full(40, 5000, np.int32)
GATE = fpir_gate(DECOYS, np.arange(40) % 12)
PAIRS = np.arange(7000, 8900, 10, dtype=np.int32)  # 190 of them, all above every decoy


def small(batch, **fields):
    return situation(gate=GATE, batch=batch, eligible=190, **fields)


def judged(pairs, outcomes, number=1, threshold=7000):
    proof = evidence(outcomes, pairs, 0.05, risk=risk_of(number))
    return JudgedCandidate(CandidateThreshold(threshold, pairs), tuple(outcomes), proof)


def state(*candidates, number=1):
    audited = max(len(item.outcomes) for item in candidates)
    return AuditState("plan", 190, 0.05, risk_of(number), candidates, audited, batch=number)


def test_a_small_herd_is_offered_a_batch_with_the_judgements_that_it_takes():
    verdict = recommend(small(BatchSituation(1, PAIRS)))
    assert verdict.verdict is Verdict.RECOMMEND_BATCH
    assert verdict.threshold is None
    assert verdict.reason == (
        "40 labelled sightings of 12 deer are not enough to bound FPIR: review about "
        f"{GATE.more.reviews} more sightings, the least reviewed deer first. A batch can be certified instead. It "
        "speaks of no stranger to come, but of the 190 unreviewed sightings that are there: that at most 5% of their "
        "names are wrong. It takes 53 judgements without an error (75 with 1, 87 with 2) for the 95 best of them, and "
        "64 judgements without an error (99 with 1, 121 with 2) for all 190 (audit_threshold plan --batch)."
    )
    assert verdict.more == replace(GATE.more, audits=64)
    assert verdict.batch is not None
    assert (verdict.batch.number, verdict.batch.pairs) == (1, 190)


def test_without_a_sighting_to_name_it_says_what_a_threshold_lacks():
    verdict = recommend(small(BatchSituation(1, PAIRS[:0])))
    assert verdict.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert verdict.more == GATE.more


def test_so_few_pairs_are_all_judged():
    verdict = recommend(small(BatchSituation(1, PAIRS[:30])))
    assert (
        "They are so few that each of the 30 is judged, and those found right are certified"
        in verdict.reason
    )
    assert verdict.candidates == (CandidateThreshold(7000, 30, is_judged_whole=True),)
    assert verdict.more.audits == 30


def test_where_decoys_reach_the_best_pairs_no_batch_is_worth_beginning():
    # 30 of 40 strangers would score as high as the best 95 of 190: 0.75 * 190 / 95 is more than half.
    gate = fpir_gate(np.repeat([9000, 5000], [30, 10]).astype(np.int32), np.arange(40) % 12)
    verdict = recommend(replace(small(BatchSituation(1, PAIRS)), gate=gate))
    assert verdict.verdict is Verdict.INSUFFICIENT_EVIDENCE
    assert verdict.reason.endswith("up to 100% of even the 95 best names would be wrong.")
    nothing = fpir_gate(np.array([], np.int32), np.array([], np.int64))
    unlabelled = recommend(replace(small(BatchSituation(1, PAIRS)), gate=nothing))
    assert unlabelled.verdict is Verdict.RECOMMEND_BATCH


def test_later_batches_are_stricter():
    made = [offer(small(batch := BatchSituation(number, PAIRS)), batch) for number in (1, 2, 5)]
    assert [item.candidates[-1].judgements[0] for item in made] == [64, 81, 100]
    assert [item.risk for item in made] == [risk_of(number) for number in (1, 2, 5)]


def test_after_a_failure_at_most_half_of_what_failed_is_asked_for():
    failed = state(judged(95, [True] * 3))
    batch = BatchSituation(2, PAIRS, failed=failed, failed_share=0.5)
    assert shares_of(small(batch), batch) == (0.125, 0.25)
    verdict = recommend(small(batch))
    assert (
        "Batch 1 has failed, 3 of 3 judged names were wrong, and nothing of it is assigned."
        in verdict.reason
    )
    assert [item.assigned for item in verdict.candidates] == [50]


def test_shares_that_somebody_names_are_taken():
    made = offer(small(batch := BatchSituation(1, PAIRS)), batch, (0.8,))
    assert [(item.pairs, item.share) for item in made.candidates] == [(152, 0.8)]


def test_a_batch_under_way_goes_on_whatever_the_scores_have_become():
    under_way = state(judged(95, [False] * 40, threshold=7950), judged(190, []))
    batch = BatchSituation(2, PAIRS[:0], unfinished=under_way)
    verdict = recommend(small(batch, faults=["12 % of the scores are stale."]))
    assert verdict.verdict is Verdict.RECOMMEND_BATCH
    assert verdict.reason.startswith("Batch 1 is under way: 40 judged, about")
    assert "certified already" not in verdict.reason
    assert verdict.batch is None


def test_what_has_passed_may_be_taken_before_the_rest_is_judged():
    under_way = state(judged(95, [False] * 53, threshold=7950), judged(190, [False] * 10))
    verdict = recommend(small(BatchSituation(2, PAIRS[:0], unfinished=under_way)))
    assert "more for its 190 best pairs" in verdict.reason
    assert "The 95 best of its pairs are certified already" in verdict.reason


def test_a_certified_batch_waits_for_a_person():
    passed = state(judged(190, [False] * 64))
    batch = BatchSituation(2, PAIRS[:0], unfinished=passed, certified="at most 5% are wrong")
    verdict = recommend(small(batch))
    assert verdict.reason == (
        "Batch 1 is certified: at most 5% are wrong. Assign it (audit_threshold assign)."
    )


@pytest.mark.parametrize("number", [1, 3])
def test_where_the_first_gate_holds_a_threshold_is_audited(number):
    verdict = recommend(situation(batch=BatchSituation(number, PAIRS)))
    assert verdict.verdict is Verdict.AUDIT_NEEDED
