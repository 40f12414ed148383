"""Gate 1 by stratum: one threshold for both, or for the one in which strangers are bounded."""

from __future__ import annotations

import pytest

from analysis.audit import plans
from analysis.recommendation.assess import assess, begin
from analysis.recommendation.document import recommendation_document
from analysis.recommendation.types import Verdict
from analysis.reports.threshold_formats import notes
from analysis.reports.threshold_report import build_report
from analysis.tests.herds import STRANGERS, UNREVIEWED, Herd, fused_herd
from analysis.thresholds.propose import propose, refuse_unfit
from reid.models import AuditItem, AuditPlan, Deer, Detection
from reid.strata import Stratum
from reid.tests import make
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db

EVERY_STRANGER = range(STRANGERS)
HALF_OF_THE_UNREVIEWED = range(STRANGERS, STRANGERS + UNREVIEWED // 2)
LEFT = "Sightings without a pattern are left for review: their false names cannot be bounded."


def more_strangers(stored: Herd, score: int) -> None:
    """60 more labelled sightings of as many deer, without a pattern."""
    deer = Deer.objects.bulk_create(Deer(name=f"other {number}") for number in range(60))
    stored.log(stored.photograph(deer), [(score, 1000)] * 60)


@pytest.fixture
def one_sided() -> Herd:
    """All labelled strangers have a pattern, half of the 120 unreviewed sightings do."""
    return fused_herd([*EVERY_STRANGER, *HALF_OF_THE_UNREVIEWED])


def test_where_no_stranger_without_a_pattern_is_labelled_such_sightings_are_left(one_sided):
    assessment = assess(one_sided.scorer)
    situation = assessment.recommendation.situation
    assert situation.stratum is Stratum.WITH_PATTERN
    # 60 of the 120 are assigned; the two references are the labelled sightings without a pattern.
    assert (len(situation.assigned(4060)), situation.left) == (60, 60)
    assert situation.gate.trials == STRANGERS
    assert assessment.gates[None].threshold is None
    document = recommendation_document(assessment)
    assert (document["assigns"], document["left_for_review"]) == ("with_pattern", LEFT)
    assert document["strata"]["without_pattern"]["threshold"] is None
    assert LEFT in document["reason"]


def test_the_proposal_of_a_stratum_says_so_and_still_holds(one_sided):
    plan = begin(assess(one_sided.scorer), 0.10)
    assert plan.only is Stratum.WITH_PATTERN
    assert plan.items.filter(is_planted=False).count() == 60
    answer_all(plan)
    assessment = assess(one_sided.scorer)
    assert assessment.recommendation.verdict is Verdict.RECOMMEND
    threshold, _ = propose(assessment)
    assert (threshold.only, threshold.left) == (Stratum.WITH_PATTERN, LEFT)
    refuse_unfit(threshold)
    threshold.approve(reviewer("ranger"))
    again = assess(one_sided.scorer).recommendation
    assert (again.verdict, again.situation.assigned_by_active) == (Verdict.KEEP_CURRENT, 60)


def answer_all(plan: AuditPlan) -> None:
    """Every assignment is right, and every planted pair is seen to be wrong."""
    by = {"reviewer": reviewer("judge"), "judged_at": make.NOON}
    plan.items.filter(is_planted=False).update(outcome=AuditItem.Outcome.RIGHT, **by)
    plan.items.filter(is_planted=True).update(outcome=AuditItem.Outcome.WRONG, **by)


def test_strangers_bounded_in_both_strata_make_one_threshold_the_stricter_one(one_sided):
    more_strangers(one_sided, 5000)
    assessment = assess(one_sided.scorer)
    gates = assessment.gates
    assert gates[Stratum.WITH_PATTERN].threshold == 4060
    assert gates[Stratum.WITHOUT_PATTERN].threshold == 5001
    situation = assessment.recommendation.situation
    assert (situation.stratum, situation.gate.threshold, situation.left) == (None, 5001, 0)
    assert len(situation.assigned(5001)) == UNREVIEWED
    assert recommendation_document(assessment)["left_for_review"] == ""


def test_a_stratum_that_would_cost_the_other_more_than_it_gives_is_left(one_sided):
    # Only 19 of the 120 score 0.7001 or more.
    more_strangers(one_sided, 7000)
    situation = assess(one_sided.scorer).recommendation.situation
    assert situation.stratum is Stratum.WITH_PATTERN
    assert (situation.gate.threshold, len(situation.assigned(4060))) == (4060, 60)


def test_an_audit_of_sightings_that_are_no_longer_bounded_does_not_count(one_sided):
    more_strangers(one_sided, 5000)
    plan = begin(assess(one_sided.scorer), 0.05)
    assert plan.only is None
    # They came up by their scores, which is no evidence.
    others = Detection.objects.filter(deer__name__startswith="other")
    others.update(identity_source="reviewed", reviewed_at=make.NOON)
    assessment = assess(one_sided.scorer)
    assert assessment.plan is None
    assert assessment.recommendation.verdict is Verdict.AUDIT_NEEDED
    other = begin(assessment, 0.05)
    plan.refresh_from_db()
    assert (plan.status, other.only) == (AuditPlan.Status.EXPIRED, Stratum.WITH_PATTERN)
    assert plans.latest_valid(assessment.store) == other


def test_where_strangers_are_bounded_in_neither_the_verdict_names_one():
    stored = fused_herd(range(STRANGERS // 2))
    recommendation = assess(stored.scorer).recommendation
    assert recommendation.threshold is None
    assert "bound FPIR among sightings without a pattern" in recommendation.reason
    assert recommendation.more.reviews > 0


def test_of_two_strata_without_bounds_the_one_with_more_to_assign_is_named():
    """Where all unreviewed sightings have a pattern, it is of no use to bound strangers without one."""
    stored = fused_herd([*range(STRANGERS // 2), *range(STRANGERS, STRANGERS + UNREVIEWED)])
    recommendation = assess(stored.scorer).recommendation
    assert recommendation.threshold is None
    assert "bound FPIR among sightings with a pattern" in recommendation.reason
    # Nothing is assigned at all, so nothing is said to be left over.
    assert recommendation.situation.left_for_review == ""


def test_a_scorer_of_embeddings_has_one_gate_and_no_strata():
    stored = fused_herd([])
    embedding = stored.scorer.part("embedding")
    assert list(assess(embedding).gates) == [None]


def test_the_table_is_about_the_sightings_that_a_threshold_would_assign(one_sided):
    report = build_report(assess(one_sided.scorer), [4060, 6600])
    assert [row.assigned for row in report.rows] == [60, 0]  # 6000 to 6590, with a pattern
    fpir = report.rows[0].errors["fpir"]
    assert fpir is not None and fpir.trials == STRANGERS
    # The what-if value assigns for all.
    assert report.active.assigned == UNREVIEWED
    assert notes(report)[:2] == [LEFT, "The table is about sightings with a pattern."]
