"""Batches of a small herd: frozen, judged, certified, assigned; numbered whatever becomes of them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from analysis.audit import batches, certificates, plans
from analysis.audit.answers import Outcome, record, state_of
from analysis.audit.lineup import lineup, outcome_of
from analysis.audit.order import next_items
from analysis.recommendation import assess as assessing
from analysis.recommendation.types import Verdict
from analysis.score_log.session import AnalysisError
from analysis.tests.herds import herd as large_herd
from analysis.tests.small_herds import judge, small_herd
from reid import reviewing
from reid.identifying import identify
from reid.models import AuditItem, AuditPlan, Detection, Operation, Threshold
from reid.reviewing import LeftOut, ReviewRefused
from reid.tests import make
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db


@pytest.fixture
def herd():
    return small_herd()


def named():
    """Sightings with a certified name."""
    rows = Detection.objects.filter(identity_source="certified")
    return dict(rows.values_list("sighting", "deer__name"))


def test_pairs_shares_and_risk_are_frozen_before_the_first_answer(herd):
    plan = herd.begin(shares=(0.5, 1.0))
    assert (plan.kind, plan.number, plan.status) == ("batch", 1, "open")
    assert plan.risk == pytest.approx(0.030396, abs=1e-6)
    assert [(one["assigned"], one["share"]) for one in plan.candidates] == [(60, 0.5), (120, 1.0)]
    items = plan.items.filter(is_planted=False)
    assert items.count() == 120
    best = items.get(sighting=herd.unreviewed[0])
    assert (best.deer.name, best.score) == ("deer 00", 9000)
    assert best.detections_sha256 == reviewing.contents([best.sighting_id])[best.sighting_id]
    assert plan.items.filter(is_planted=True).exists()


def test_pairs_below_the_smallest_share_are_not_frozen(herd):
    plan = herd.begin(shares=(0.5,))
    assert set(plan.items.filter(is_planted=False).values_list("sighting", flat=True)) == set(
        herd.unreviewed[:60]
    )


def test_exactly_the_certified_pairs_are_assigned_and_no_threshold_comes_into_force(herd):
    plan = herd.begin(alpha_fdp=0.05, shares=(0.5, 1.0))
    assert judge(plan, wrong=set(herd.unreviewed[60:])) < 120
    assert (plan.status, plan.certified_from) == ("passed", 9000 - 10 * 59)
    assert named() == {}
    done = certificates.assign(reviewer())
    assert set(named()) == set(herd.unreviewed[:60])
    assert named()[herd.unreviewed[13]] == "deer 01"
    assert (done.sightings, done.certificate.pairs, dict(done.left_out)) == (60, 60, {})
    assert not Threshold.objects.exists()
    operation = Operation.objects.get()
    assert operation.kind == "certify"
    assert operation.reason.startswith("Batch 1, certified for this batch: at most 5% of these 60")


def test_reviews_may_go_on_while_a_batch_is_judged(herd):
    plan = herd.begin(shares=(1.0,))
    reviewed = herd.unreviewed[7]
    detection = Detection.objects.get(sighting=reviewed)
    reviewing.assign(
        sighting=reviewed,
        deer=herd.deer[3].pk,
        versions={detection.pk: detection.version},
        actor=reviewer(),
    )
    assert herd.assess().gallery.fingerprint != plan.gallery_fingerprint
    judge(plan)
    assert plan.status == "passed"
    done = certificates.assign(reviewer())
    assert (done.sightings, dict(done.left_out)) == (119, {"judged": 1})
    detection.refresh_from_db()
    assert (detection.deer, detection.identity_source) == (herd.deer[3], "reviewed")


def test_what_its_judges_did_not_find_right_is_not_assigned_nor_asked_again(herd):
    plan = herd.begin(shares=(1.0,))
    wrong = set(herd.unreviewed[::60])
    judge(plan, wrong=wrong)
    assert plan.status == "passed"
    found = set(plan.items.filter(outcome="wrong").values_list("sighting", flat=True))
    done = certificates.assign(reviewer())
    assert set(named()) == set(herd.unreviewed) - found
    assert done.left_out[LeftOut.JUDGED] == len(found)
    assert herd.assess().pairs.pairs == ()


def test_a_failed_batch_assigns_nothing_and_leaves_earlier_ones_valid(herd):
    first = herd.begin(shares=(1.0,))
    judge(first)
    certificates.assign(reviewer())
    new = herd.arrive(100)
    second = herd.begin(shares=(1.0,))
    assert second.number == 2
    assert set(second.items.filter(is_planted=False).values_list("sighting", flat=True)) == set(new)
    judge(second, wrong=set(new))
    assert second.status == "failed"
    with pytest.raises(AnalysisError, match="No batch is open"):
        certificates.assign(reviewer())
    assert len(named()) == 120
    assert certificates.certificate_of(second) is None


def test_no_evidence_passes_from_one_batch_to_the_next(herd):
    first = herd.begin(shares=(1.0,))
    judge(first, most=40)
    batches.abandon()
    second = herd.begin(shares=(1.0,))
    assert second.salt != first.salt
    assert state_of(second).audited == 0
    order = [
        list(one.items.order_by("u").values_list("sighting", flat=True)) for one in (first, second)
    ]
    assert order[0] != order[1]


def test_every_plan_is_counted_whatever_became_of_it(herd):
    abandoned = herd.begin(shares=(1.0,))
    batches.abandon()
    failed = herd.begin(shares=(1.0,))
    judge(failed, wrong=set(herd.unreviewed))
    herd.arrive(60)
    spoiled = herd.begin(shares=(1.0,))
    plans.close(spoiled, AuditPlan.Status.SPOILED)
    expired = herd.begin(shares=(1.0,))
    plans.close(expired, AuditPlan.Status.EXPIRED)
    last = herd.begin(shares=(1.0,))
    numbers = [one.number for one in (abandoned, failed, spoiled, expired, last)]
    assert numbers == [1, 2, 3, 4, 5]
    assert last.risk == pytest.approx(0.030396 / 25, abs=1e-6)


def test_one_batch_at_a_time(herd):
    herd.begin()
    with pytest.raises(AnalysisError, match="Batch 1 is not finished"):
        herd.begin()


def test_a_certified_batch_waits_to_be_assigned_before_the_next_one(herd):
    judge(herd.begin(shares=(0.5,)))
    with pytest.raises(AnalysisError, match="Batch 1 is not finished"):
        herd.begin()
    certificates.assign(reviewer())
    assert herd.begin().number == 2


def test_judging_may_stop_when_the_first_share_has_passed(herd):
    plan = herd.begin(shares=(0.5, 1.0))
    with pytest.raises(AnalysisError, match="Nothing of batch 1 is certified yet"):
        certificates.assign(reviewer())
    judge(plan, most=10)
    while not state_of(plan).passed:
        judge(plan, most=1)
    assert plan.status == "open"
    done = certificates.assign(reviewer())
    plan.refresh_from_db()
    assert plan.status == "passed"
    assert set(named()) == set(herd.unreviewed[:60])
    assert done.certificate.pairs == 60


def test_answers_after_the_assignment_change_no_certificate(herd):
    plan = herd.begin(shares=(0.5, 1.0))
    while not state_of(plan).passed:
        judge(plan, most=1)
    handed_out = next_items(plan, 5)
    certificates.assign(reviewer())
    for item in handed_out:
        record(plan, item.pk, Outcome.RIGHT, reviewer())
    plan.refresh_from_db()
    certificate = certificates.certificate_of(plan)
    assert certificate is not None
    assert certificate.pairs == 60


def test_the_assignment_can_be_undone_and_done_again(herd):
    judge(herd.begin(shares=(1.0,)))
    certificates.assign(reviewer())
    certificates.undo(reviewer())
    assert named() == {}
    with pytest.raises(AnalysisError, match="could be undone"):
        certificates.undo(reviewer())
    certificates.assign(reviewer())
    assert len(named()) == 120
    certificates.undo(reviewer())
    assert batches.abandon().status == "abandoned"
    assert herd.begin().number == 2


def test_an_earlier_batch_that_is_undone_can_be_assigned_again_or_abandoned(herd):
    judge(herd.begin(shares=(0.5,)))
    certificates.assign(reviewer())
    before = named()
    herd.begin(shares=(1.0,))
    batches.abandon()
    assert certificates.undo(reviewer()).number == 1
    assert named() == {}
    with pytest.raises(AnalysisError, match="Batch 1 is not finished"):
        herd.begin(shares=(1.0,))
    certificates.assign(reviewer())
    assert named() == before
    certificates.undo(reviewer())
    assert batches.abandon().number == 1


def test_a_deer_that_was_merged_meanwhile_is_shown_and_assigned_as_the_one_that_stands_for_it(herd):
    plan = herd.begin(shares=(1.0,))
    gone, into = herd.deer[0], herd.deer[1]
    reviewing.merge(deer=gone.pk, into=into.pk, actor=reviewer())
    item = plan.items.filter(is_planted=False, deer=gone).first()
    shown = [suspect.deer for suspect in lineup(plan, item).suspects]
    assert into in shown
    assert gone not in shown
    assert outcome_of(plan, item, into.pk) == Outcome.RIGHT
    judge(plan)
    certificates.assign(reviewer())
    assert named()[herd.unreviewed[0]] == into.name


def test_a_batch_goes_on_after_another_scorer_was_activated(herd):
    plan = herd.begin(shares=(1.0,))
    other = make.scorer(is_active=False)
    assert plans.current_plan(other, "0" * 64) == plan
    assert assessing.assess(other).recommendation.reason.startswith("Batch 1 is under way")


def test_fewer_than_50_pairs_are_all_judged_and_those_found_right_are_certified():
    herd = small_herd(unreviewed=20)
    plan = herd.begin()
    assert [(one["assigned"], one["is_judged_whole"]) for one in plan.candidates] == [(20, True)]
    wrong = set(herd.unreviewed[:5])
    assert judge(plan, wrong=wrong) == 25  # what is called wrong is looked at twice
    done = certificates.assign(reviewer())
    assert set(named()) == set(herd.unreviewed[5:])
    assert (done.certificate.pairs, done.certificate.is_judged_whole) == (15, True)
    assert done.certificate.says == "all 20 names were judged, and these 15 were found right"


def test_a_run_leaves_certified_names_and_the_next_batch_does_not_ask_for_them(herd):
    judge(herd.begin(shares=(0.5,)))
    certificates.assign(reviewer())
    run = identify.create_run(herd.scorer)
    while identify.advance(run.pk):
        pass
    assert len(named()) == 60
    assert {sighting for sighting, _ in herd.assess().pairs.pairs} == set(herd.unreviewed[60:])


def test_a_judge_who_calls_planted_pairs_right_certifies_nothing(herd):
    plan = herd.begin(shares=(1.0,))
    planted = list(plan.items.filter(is_planted=True)[:4])
    for item in planted:
        record(plan, item.pk, Outcome.RIGHT, reviewer())
    judge(plan)
    assert plan.status == "spoiled"
    with pytest.raises(AnalysisError, match="No batch is open"):
        certificates.assign(reviewer())


def test_where_the_first_gate_holds_a_threshold_is_audited_instead():
    herd = large_herd()
    found = assessing.assess(herd.scorer)
    assert found.recommendation.verdict is Verdict.AUDIT_NEEDED
    with pytest.raises(AnalysisError, match="only where no threshold can be proven"):
        assessing.begin_batch(found, 0.05)


def test_a_threshold_is_not_audited_beside_an_open_batch(herd):
    herd.begin()
    with pytest.raises(AnalysisError, match="is open"):
        plans.refuse_open(herd.assess().store)


@pytest.mark.parametrize("shares", [(0.0,), (1.1,), (0.1, 0.2, 0.3)])
def test_shares_that_are_none_are_refused(herd, shares):
    with pytest.raises(AnalysisError, match="above 0 and at most 1"):
        herd.begin(shares=shares)


def test_where_people_have_judged_everything_meanwhile_nothing_is_assigned(herd):
    judge(herd.begin(shares=(0.5,)))
    Detection.objects.filter(sighting__in=herd.unreviewed).update(reviewed_at="2025-10-02T00:00Z")
    with pytest.raises(ReviewRefused):
        certificates.assign(User.objects.get(username="judge"))
    assert not AuditItem.objects.filter(plan__assignment__isnull=False).exists()
