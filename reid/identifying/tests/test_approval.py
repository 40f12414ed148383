"""Decisions on thresholds: approve, apply, withdraw, undo; and what is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import django_rq
import pytest
from django.utils import timezone

from conftest import wait_until
from reid import reviewing
from reid.identifying import (
    apply_threshold,
    approval,
    identify,
    run_lifecycle,
    run_workers,
    thresholds,
)
from reid.identifying.approval import ApprovalRefused
from reid.models import Detection, IdentityEvent, ReidRun, Scorer, Threshold
from reid.reviewing import ReviewError
from reid.tests import make
from reid.tests.herds import herd
from reid.tests.reviewing import everything, reviewer
from reid.tests.test_jobs import work

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@pytest.fixture
def ranger(db) -> User:
    return reviewer("ranger")


@pytest.fixture
def scorer(db) -> Scorer:
    """Forty sightings, compared with three deer and decided by nobody."""
    return identified(40)


def identified(sightings: int) -> Scorer:
    scorer = herd(sightings)
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        pass
    return scorer


def proposed(scorer: Scorer, value: str = "0.3") -> Threshold:
    return thresholds.propose(scorer, Decimal(value), Threshold.Source.OPERATOR)


def applied(threshold: Threshold, by: User) -> ReidRun:
    run = approval.apply(threshold.pk, by)
    while apply_threshold.advance(run.pk):
        pass
    run.refresh_from_db()
    return run


def test_an_application_is_undone_as_a_whole_and_the_threshold_before_is_back(scorer, ranger):
    first, second = proposed(scorer, "0.6"), proposed(scorer, "0.3")
    begin = everything()
    one = applied(first, ranger)
    between = everything()
    two = applied(second, ranger)
    assert begin != between != everything()
    assert (one.state, two.state) == ("completed", "completed")

    undone = approval.undo(scorer, ranger)
    assert (undone.threshold, undone.in_force) == (second, first)
    assert undone.detections == IdentityEvent.objects.filter(
        operation__run=two, operation__kind="run"
    ).values("detection").distinct().count() > 0  # fmt: skip
    assert everything() == between
    undone = approval.undo(scorer, ranger)
    assert (undone.threshold, undone.in_force) == (first, None)
    assert everything() == begin
    assert not Detection.objects.filter(scores_stale=True).exists()
    assert set(ReidRun.objects.filter(kind="apply").values_list("state", flat=True)) == {"undone"}
    with pytest.raises(ApprovalRefused) as refused:
        approval.undo(scorer, ranger)
    assert str(refused.value) == approval.NOTHING_APPLIED.format(scorer=scorer)
    assert everything() == begin


def test_asking_twice_applies_once(scorer, ranger):
    threshold = proposed(scorer)
    run = applied(threshold, ranger)
    assert approval.apply(threshold.pk, reviewer("ben")) == run
    threshold.refresh_from_db()
    assert threshold.approved_by == ranger
    assert ReidRun.objects.filter(kind="apply").count() == 1


def test_what_was_undone_can_be_applied_again(scorer, ranger):
    threshold = proposed(scorer)
    applied(threshold, ranger)
    after = everything()
    approval.undo(scorer, ranger)
    again = applied(threshold, ranger)
    assert everything() == after
    assert ReidRun.objects.filter(kind="apply").count() == 2
    assert again.state == "completed"


def test_a_threshold_approved_again_undoes_what_it_did_since(scorer, ranger):
    """Between its two approvals a run took back what the first had given."""
    threshold = proposed(scorer)
    begin = everything()
    applied(threshold, ranger)
    assert approval.withdraw(threshold.pk)
    assert not approval.withdraw(threshold.pk)
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        pass
    assert everything() == begin
    applied(threshold, ranger)
    assert approval.undo(scorer, ranger).detections > 0
    assert everything() == begin


def test_a_host_whose_clock_is_ahead_applies_once_and_undoes(scorer, ranger, monkeypatch):
    threshold, begin, now = proposed(scorer), everything(), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(minutes=1))
    run = applied(threshold, ranger)
    assert approval.apply(threshold.pk, ranger) == run
    assert approval.undo(scorer, ranger).detections > 0
    assert everything() == begin


def test_one_that_is_approved_again_and_not_applied_has_no_application_to_undo(scorer, ranger):
    threshold = proposed(scorer)
    applied(threshold, ranger)
    approval.withdraw(threshold.pk)
    approval.approve(threshold.pk, ranger)
    with pytest.raises(ApprovalRefused) as refused:
        approval.undo(scorer, ranger)
    assert str(refused.value) == approval.NOTHING_APPLIED.format(scorer=scorer)
    assert Threshold.objects.in_force(scorer) == threshold


def test_who_approved_and_when_is_on_record(scorer, ranger):
    threshold = approval.approve(proposed(scorer).pk, ranger)
    assert (threshold.approved_by, threshold.is_active) == (ranger, True)
    assert threshold.approved_at is not None
    later = approval.approve(threshold.pk, reviewer("ben"))
    assert (later.approved_by, later.approved_at) == (ranger, threshold.approved_at)


def test_what_a_person_said_since_is_a_conflict_that_is_named(scorer, ranger):
    run = applied(proposed(scorer), ranger)
    given = Detection.objects.filter(identity_source="auto").first()
    assert given is not None and given.sighting_id is not None
    other = make.deer("Elm")
    reviewing.assign(
        sighting=given.sighting_id, deer=other.pk, versions={given.pk: given.version},
        actor=reviewer("ben"),
    )  # fmt: skip
    before = everything()
    with pytest.raises(ReviewError, match="was changed by ben"):
        approval.undo(scorer, ranger)
    run.refresh_from_db()
    assert (run.state, everything()) == ("completed", before)
    assert Threshold.objects.get().is_active


def test_another_threshold_in_force_is_undone_first(scorer, ranger):
    applied(proposed(scorer), ranger)
    approval.approve(proposed(scorer, "0.5").pk, ranger)
    with pytest.raises(ApprovalRefused) as refused:
        approval.undo(scorer, ranger)
    assert str(refused.value) == approval.SUPERSEDED.format(value="0.5000")


def test_under_an_override_one_is_approved_and_withdrawn_but_not_applied(scorer, ranger, settings):
    threshold = proposed(scorer)
    settings.REID_THRESHOLD = 0.8
    with pytest.raises(ApprovalRefused) as refused:
        approval.apply(threshold.pk, ranger)
    assert str(refused.value) == approval.ENVIRONMENT.format(value="0.3000")
    assert thresholds.in_force(scorer) is None
    approval.approve(threshold.pk, ranger)
    assert thresholds.in_force(scorer) == threshold
    assert approval.withdraw(threshold.pk)
    settings.REID_THRESHOLD = None
    applied(threshold, ranger)
    assert approval.undo(scorer, ranger).in_force is None


def test_what_was_applied_is_undone_under_an_override_too(scorer, ranger, settings):
    begin = everything()
    applied(proposed(scorer), ranger)
    settings.REID_THRESHOLD = 0.8
    assert approval.undo(scorer, ranger).in_force is None
    assert everything() == begin


def test_the_record_of_an_earlier_override_is_approved_by_nobody(scorer, ranger):
    record = make.threshold(scorer, "0.9", source="env", approved_by=None, is_active=False)
    with pytest.raises(ApprovalRefused) as refused:
        approval.approve(record.pk, ranger)
    assert str(refused.value) == approval.RECORD_OF_ENV.format(value="0.9000")


def test_a_proposal_for_another_herd_is_refused_with_the_reason(scorer, ranger):
    threshold = proposed(scorer)
    for _ in range(5):  # 43 sightings then, 48 now
        make.detection()
    with pytest.raises(ApprovalRefused) as refused:
        approval.apply(threshold.pk, ranger)
    why = thresholds.CHANGED.format(changes="sightings 43 -> 48")
    assert str(refused.value) == approval.EXPIRED.format(value="0.3000", why=why)
    assert not ReidRun.objects.filter(kind="apply").exists()


def test_what_was_proven_for_other_references_is_refused(scorer, ranger):
    threshold = proposed(scorer)
    threshold.evidence["gallery"] = {"fingerprint": "other"}
    threshold.save()
    with pytest.raises(ApprovalRefused) as refused:
        approval.apply(threshold.pk, ranger)
    assert str(refused.value) == approval.EXPIRED.format(value="0.3000", why=thresholds.REFERENCES)


def test_beside_an_identification_nothing_is_applied_or_undone(scorer, ranger):
    threshold = proposed(scorer)
    applied(threshold, ranger)
    other = make.run(scorer, state="running", heartbeat_at=timezone.now())
    for ask in (
        lambda: approval.undo(scorer, ranger),
        lambda: approval.apply(proposed(scorer, "0.5").pk, ranger),
    ):
        with pytest.raises(ApprovalRefused) as refused:
            ask()
        assert str(refused.value) == approval.UNDER_WAY.format(run=other.pk)
    ReidRun.objects.filter(pk=other.pk).update(
        heartbeat_at=timezone.now() - run_workers.SILENCE - timedelta(seconds=1)
    )
    assert approval.undo(scorer, ranger).threshold == threshold


def test_an_interrupted_identification_goes_on_by_what_is_in_force(scorer, ranger, monkeypatch):
    """By the threshold that it began with it took back what had been applied since, or gave anew what was undone."""
    monkeypatch.setattr(identify, "CHUNK", 1)
    interrupted = identify.create_run(scorer)
    identify.advance(interrupted.pk)
    long_ago = timezone.now() - run_workers.SILENCE - timedelta(seconds=1)

    def fall_silent() -> None:
        ReidRun.objects.filter(pk=interrupted.pk).update(heartbeat_at=long_ago)

    begin = everything()
    fall_silent()
    applied(proposed(scorer), ranger)
    after = everything()
    assert after != begin
    for _ in range(20):
        assert identify.advance(interrupted.pk)
    assert everything() == after
    fall_silent()
    approval.undo(scorer, ranger)
    while identify.advance(interrupted.pk):
        pass
    assert everything() == begin


def test_a_chunk_that_was_begun_by_another_threshold_is_not_written(scorer):
    run = make.run(scorer, state="running")
    seen = ReidRun.objects.get(pk=run.pk)
    run.use(make.threshold(scorer, "0.4"))
    run.save()
    assert (
        run_lifecycle.do_chunk(seen, "k1", lambda: pytest.fail("by the threshold before")) is None
    )


def test_the_newest_proposal_is_the_one(scorer):
    assert approval.newest_proposal(scorer) is None
    make.threshold(scorer, "0.9", source="env", approved_by=None, is_active=False)
    proposed(scorer, "0.5")
    last = proposed(scorer, "0.4")
    assert approval.newest_proposal(scorer) == last


@pytest.mark.django_db(transaction=True)
def test_the_worker_applies_it_in_short_jobs(redis_client, monkeypatch):
    monkeypatch.setattr(identify, "CHUNK", 10)
    monkeypatch.setattr(run_workers, "SECONDS_A_JOB", 0.0)
    scorer = identified(40)
    run = approval.apply(proposed(scorer).pk, reviewer("ranger"))
    run_workers.start(run)
    work()
    run.refresh_from_db()
    assert (run.state, run.counts["sightings"]) == ("completed", 43)
    assert django_rq.get_queue(run_workers.GPU).count == 0


@pytest.mark.service
@pytest.mark.parametrize("then", ["continued", "undone"])
def test_a_killed_application_is_continued_or_undone(start_process, then):
    scorer = identified(1200)
    ranger = reviewer("local")
    begin = everything()
    threshold = proposed(scorer)
    process = start_process("test_reid_thresholds", "--apply", "--user", "local")

    def under_way() -> bool:
        return ReidRun.objects.filter(kind="apply").exclude(cursor="").exists()

    wait_until(lambda: process.poll() is not None or under_way(), 60, "the first chunk")
    process.kill()
    assert process.wait() == -9
    run = ReidRun.objects.get(kind="apply")
    assert run.state == "running"
    assert 0 < run.counts["sightings"] < 1203
    assert (
        Detection.objects.filter(identity_source="auto").count()
        == run.counts["assigned_detections"]
        > 0
    )
    if then == "continued":
        assert start_process("test_reid_thresholds", "--apply", "--user", "local").wait() == 0
        run.refresh_from_db()
        assert (run.state, run.counts["sightings"]) == ("completed", 1203)
        assert ReidRun.objects.filter(kind="apply").count() == 1
        foretold = apply_threshold.none_counted()
        for chunk in apply_threshold.what_if(scorer, threshold.units):
            foretold.update(chunk.counts)
        assert foretold["unchanged_sightings"] == 1203
    approval.undo(scorer, ranger)
    assert everything() == begin
    assert not Threshold.objects.filter(is_active=True).exists()
