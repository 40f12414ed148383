"""Audit plans: frozen once, judged in a random order, expired when the store changes."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from analysis.audit import plans
from analysis.audit.answers import JUDGED_ALREADY, UNKNOWN_ITEM, Outcome, record, state_of
from analysis.audit.order import ANSWERS_BETWEEN, next_items
from analysis.audit.plans import (
    ANSWERED,
    GALLERY_CHANGED,
    NO_PLAN,
    OPEN_ALREADY,
    POPULATION_CHANGED,
    POPULATION_GREW,
    AuditExpiredError,
    current_plan,
    freeze,
    latest_valid,
    valid_plan,
    why_expired,
)
from analysis.audit.state import CandidateThreshold
from analysis.recommendation.assess import assess
from analysis.recommendation.types import Verdict
from analysis.score_log.session import AnalysisError
from analysis.stats.betting_test import Status, draw_key
from analysis.tests.herds import UNREVIEWED, Herd, herd
from reid.models import AuditItem, AuditPlan, Detection
from reid.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored() -> Herd:
    return herd()


@pytest.fixture
def ranger():
    return get_user_model().objects.create(username="ranger")


def frozen(stored: Herd, alpha: float = 0.05) -> AuditPlan:
    assessment = assess(stored.scorer, alpha_fdp=alpha)
    return freeze(assessment.store, assessment.recommendation.candidates, alpha)


def judge(plan: AuditPlan, number: int, ranger, wrong=lambda item: False) -> None:
    """Judge `number` items as they are handed out."""
    for _ in range(number):
        item = next_items(plan, 1)[0]
        record(plan, item.pk, Outcome.WRONG if wrong(item) else Outcome.RIGHT, ranger)
        plan.refresh_from_db()


def test_a_plan_freezes_candidates_population_and_order(stored):
    plan = frozen(stored)
    # The lowest unreviewed score is above what holds strangers off, so all would be assigned.
    assert [item["assigned"] for item in plan.candidates] == [60, 120]
    assert [item["threshold"] for item in plan.candidates] == [6600, 4060]
    real = plan.items.filter(is_planted=False)
    assert (real.count(), plan.n_population) == (120, UNREVIEWED)
    assert set(real.values_list("deer", flat=True)) == {stored.ada.pk}
    item = plan.items.get(sighting=stored.unreviewed[0])
    assert (item.score, item.u) == (6000, draw_key(plan.salt, str(stored.unreviewed[0])))


def test_two_plans_draw_in_different_orders(stored):
    first = frozen(stored)
    order = list(first.items.order_by("u").values_list("sighting", flat=True))
    plans.close(first, AuditPlan.Status.EXPIRED)
    assert order != list(frozen(stored).items.order_by("u").values_list("sighting", flat=True))


def test_the_upper_half_is_judged_first_in_the_order_of_the_draw(stored):
    plan = frozen(stored)
    handed = next_items(plan, 5)
    upper = plan.items.filter(score__gte=6600, is_planted=False).order_by("u")[:5]
    assert {item.pk for item in handed} == {item.pk for item in upper}
    assert [item.pk for item in handed] == sorted(item.pk for item in handed)


def test_right_answers_prove_one_candidate_after_the_other(stored, ranger):
    plan = frozen(stored, alpha=0.10)
    while plan.status == AuditPlan.Status.OPEN:
        judge(plan, 1, ranger)
    state = state_of(plan)
    assert plan.status == AuditPlan.Status.PASSED
    assert plan.closed_at is not None
    assert [item.evidence.status for item in state.candidates] == [Status.PASSED] * 2
    # What was judged of the upper half counts for the whole as well.
    assert state.audited < sum(item.evidence.audited for item in state.candidates)
    recommendation = assess(stored.scorer).recommendation
    assert (recommendation.verdict, recommendation.threshold) == (Verdict.RECOMMEND, 4060)


def test_wrong_answers_end_the_plan(stored, ranger):
    plan = frozen(stored)
    while plan.status == AuditPlan.Status.OPEN:
        judge(plan, 1, ranger, wrong=lambda _: True)
    assert plan.status == AuditPlan.Status.FAILED
    assert assess(stored.scorer).recommendation.verdict is Verdict.NO_USABLE_THRESHOLD
    assert next_items(plan, 3) == []


def test_what_is_called_wrong_comes_once_more_and_the_second_look_counts(stored, ranger):
    plan = frozen(stored)
    item = next_items(plan, 1)[0]
    record(plan, item.pk, Outcome.WRONG, ranger)
    assert state_of(plan).audited == 0
    for _ in range(ANSWERS_BETWEEN):
        assert item not in next_items(plan, 1)
        judge(plan, 1, ranger)
    assert next_items(plan, 1) == [item]
    record(plan, item.pk, Outcome.RIGHT, ranger)
    state = state_of(plan)
    assert (state.audited, state.second_looks) == (1 + ANSWERS_BETWEEN, 1)
    assert state.candidates[0].outcomes == (False,) * (1 + ANSWERS_BETWEEN)


def test_cannot_tell_counts_as_wrong_at_once(stored, ranger):
    plan = frozen(stored)
    record(plan, next_items(plan, 1)[0].pk, Outcome.CANNOT_TELL, ranger)
    state = state_of(plan)
    assert (state.audited, state.cannot_tell) == (1, 1)
    assert state.candidates[0].outcomes == (True,)


def test_answers_past_a_gap_wait_until_it_is_filled(stored, ranger):
    plan = frozen(stored)
    first, second = plan.items.filter(score__gte=6600, is_planted=False).order_by("u")[:2]
    record(plan, second.pk, Outcome.RIGHT, ranger)
    assert state_of(plan).candidates[0].outcomes == ()
    record(plan, first.pk, Outcome.CANNOT_TELL, ranger)
    assert state_of(plan).candidates[0].outcomes == (True, False)


def test_a_settled_item_and_an_unknown_one_are_refused(stored, ranger):
    plan = frozen(stored)
    item = next_items(plan, 1)[0]
    record(plan, item.pk, Outcome.RIGHT, ranger)
    with pytest.raises(AnalysisError) as refused:
        record(plan, item.pk, Outcome.WRONG, ranger)
    assert str(refused.value) == JUDGED_ALREADY.format(item=item.pk)
    with pytest.raises(AnalysisError) as refused:
        record(plan, 0, Outcome.RIGHT, ranger)
    assert str(refused.value) == UNKNOWN_ITEM.format(item=0)


def test_an_answered_plan_keeps_its_answer_and_takes_what_was_handed_out(stored, ranger):
    plan = frozen(stored)
    handed = next_items(plan, 40)
    for item in handed:
        record(plan, item.pk, Outcome.CANNOT_TELL, ranger)
    plan.refresh_from_db()
    closed_at = plan.closed_at
    assert plan.status == AuditPlan.Status.FAILED
    later = plan.items.filter(outcome="", is_planted=False).first()
    assert later is not None
    record(plan, later.pk, Outcome.RIGHT, ranger)
    plan.refresh_from_db()
    assert (plan.status, plan.closed_at) == (AuditPlan.Status.FAILED, closed_at)


def test_judging_changes_no_identity(stored, ranger):
    plan = frozen(stored)
    before = list(Detection.objects.order_by("pk").values())
    judge(plan, 3, ranger)
    assert list(Detection.objects.order_by("pk").values()) == before
    judged = plan.items.exclude(outcome="").first()
    assert judged is not None
    assert (judged.reviewer, judged.outcome) == (ranger, Outcome.RIGHT)


def store(stored: Herd) -> plans.Store:
    return assess(stored.scorer).store


def test_a_second_question_waits_for_the_first(stored):
    plan = frozen(stored)
    with pytest.raises(AnalysisError) as refused:
        frozen(stored)
    assert str(refused.value) == OPEN_ALREADY.format(plan=plan.pk)


def test_the_same_question_is_not_asked_until_it_passes(stored):
    plan = frozen(stored)
    candidates = [
        CandidateThreshold(item["threshold"], item["assigned"]) for item in plan.candidates
    ]
    plans.close(plan, AuditPlan.Status.FAILED)
    for alpha in (0.05, 0.02):
        with pytest.raises(AnalysisError) as refused:
            freeze(store(stored), candidates, alpha)
        assert str(refused.value) == ANSWERED.format(plan=plan.pk, status="failed")
    assert freeze(store(stored), candidates, 0.10).status == AuditPlan.Status.OPEN


def test_a_changed_gallery_ends_a_plan(stored):
    plan = frozen(stored)
    assert why_expired(plan, store(stored)) == ""
    more = stored.photograph([stored.bea])[0]
    Detection.objects.filter(pk=more.pk).update(is_reference=True)
    assert why_expired(plan, store(stored)) == GALLERY_CHANGED
    with pytest.raises(AuditExpiredError, match=GALLERY_CHANGED):
        current_plan(stored.scorer, stored.fingerprint)
    plan.refresh_from_db()
    assert plan.status == AuditPlan.Status.EXPIRED


def test_a_review_of_the_population_ends_a_plan(stored):
    plan = frozen(stored)
    Detection.objects.filter(sighting=stored.unreviewed[3]).update(
        deer=stored.bea, identity_source="reviewed"
    )
    assert latest_valid(store(stored)) is None
    with pytest.raises(AuditExpiredError, match=POPULATION_CHANGED):
        valid_plan(store(stored))
    plan.refresh_from_db()
    assert plan.status == AuditPlan.Status.EXPIRED


def test_a_few_new_photographs_leave_a_plan_alone_and_many_end_it(stored):
    plan = frozen(stored)
    for batch, why in ((12, ""), (1, POPULATION_GREW)):
        stored.log(stored.photograph([None] * batch), [(6500, 1000)] * batch)
        assert why_expired(plan, store(stored)) == why


def test_without_a_plan_there_is_nothing_to_judge(stored):
    for ask in (lambda: valid_plan(store(stored)), lambda: current_plan(stored.scorer, "")):
        with pytest.raises(AnalysisError) as refused:
            ask()
        assert str(refused.value) == NO_PLAN


def test_an_assignment_that_only_a_stricter_run_makes_counts_as_wrong():
    """In one frame: at 0.80 both get a deer; at 0.945 the deer of one is free for the other."""
    scorer = make.scorer()
    run, ada, bea = make.run(scorer), make.deer("ada"), make.deer("bea")
    frame = make.image()
    for x, (for_ada, for_bea) in ((10, (9500, 9000)), (200, (9400, 1000))):
        detection = make.detection(image=frame, x=x)
        make.embedding(detection, scorer, 1, 0, 0, 0)
        make.score(detection, ada, for_ada, run)
        make.score(detection, bea, for_bea, run)
    at = plans.Store(scorer, "", assess(scorer).log)
    plan = freeze(at, [CandidateThreshold(9450, 1), CandidateThreshold(8000, 2)], 0.05)
    assert sorted(plan.items.values_list("deer", "score")) == sorted(
        [(bea.pk, 9000), (ada.pk, 9400)]
    )
    assert plan.candidates[0] == {
        "threshold": 9450, "assigned": 1, "population": 0, "surely_wrong": 1,
    }  # fmt: skip


def test_freezing_takes_the_same_queries_for_any_population(stored, django_assert_max_num_queries):
    assessment = assess(stored.scorer)
    with django_assert_max_num_queries(8):
        freeze(assessment.store, assessment.recommendation.candidates, 0.05)
    assert AuditItem.objects.filter(is_planted=False).count() == 120
