"""Snapshots by the schedule: one a period, compared with a baseline, mailed, deleted when old."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analysis.monitoring import alert_mail, schedule
from analysis.monitoring import snapshot as observing
from analysis.monitoring.alerts import THRESHOLD_OVERRIDDEN, Alert, AlertState
from analysis.monitoring.observations import learning_of
from analysis.monitoring.retraining_advice import Learning
from analysis.monitoring.schedule import BUSY, begin_baseline, period_of, record, summary, watch
from analysis.monitoring.snapshot import MIN_BASELINE, MIN_SAMPLE
from analysis.score_log.session import NOTHING_LOGGED, AnalysisError
from analysis.tests.herds import STRANGERS, UNREVIEWED, Herd, herd
from reid.identifying import approval, thresholds
from reid.models import (
    AuditPlan,
    Decision,
    Detection,
    PerformanceSnapshot,
    ReidRun,
    Sighting,
    Threshold,
    Training,
)
from reid.tests import make
from reid.tests.reviewing import reviewer

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
START = timezone.now()


@pytest.fixture
def stored() -> Herd:
    """182 sightings, 120 of them at or above the threshold of 0.55 that an operator set."""
    made = herd()
    user = get_user_model()._default_manager.create_user("ann")
    threshold = thresholds.propose(made.scorer, Decimal("0.55"), Threshold.Source.OPERATOR)
    threshold.approve(user)
    Detection.objects.update(created_at=START - timedelta(hours=1))
    return made


def arrive(stored: Herd, score: int, number: int, when: datetime, step: int = 10) -> None:
    """So many sightings come in at a moment, with scores from `score` up."""
    shown = stored.photograph([None] * number)
    stored.log(shown, [(score + step * item, 1000) for item in range(number)])
    Detection.objects.filter(pk__in=[item.pk for item in shown]).update(created_at=when)


def taken(stored: Herd, day: int) -> PerformanceSnapshot:
    snapshot = record(stored.scorer, START + day * DAY)
    assert snapshot is not None
    snapshot.refresh_from_db()
    return snapshot


def states(snapshot: PerformanceSnapshot) -> dict[str, str]:
    return {alert["kind"]: alert["state"] for alert in snapshot.alerts}


def test_a_snapshot_says_what_the_log_says(stored):
    snapshot = taken(stored, 1)
    assert (snapshot.eligible, snapshot.assigned) == (2 + STRANGERS + UNREVIEWED, UNREVIEWED)
    assert snapshot.rate == pytest.approx(120 / 182)
    assert (snapshot.threshold, snapshot.threshold_state) == (5500, "unproven")
    assert (snapshot.deer, snapshot.references) == (2, 2)
    assert snapshot.gallery_fingerprint == stored.fingerprint
    assert (snapshot.new_sightings, snapshot.reviewed_sightings, snapshot.stale_detections) == (
        182,
        0,
        0,
    )
    assert snapshot.verdict == "AUDIT_NEEDED"
    assert snapshot.reason
    # Bars of 0.05: two references at 0.10, 60 strangers from 0.40, 120 unreviewed from 0.60 to 0.719.
    bars = snapshot.best_scores["all"]
    assert {at: count for at, count in enumerate(bars) if count} == {
        2: 2,
        8: 60,
        12: 50,
        13: 50,
        14: 20,
    }
    assert snapshot.starts_baseline
    assert (snapshot.sample_trials, snapshot.psi, snapshot.sample_rate) == (None, None, None)


def test_without_a_threshold_there_is_no_rate(stored):
    Threshold.objects.update(is_active=False)
    snapshot = taken(stored, 1)
    assert (snapshot.threshold, snapshot.assigned, snapshot.rate) == (None, None, None)
    assert snapshot.threshold_state == "none"
    assert states(snapshot) == {}


def test_a_period_has_one_snapshot(stored):
    first = taken(stored, 1)
    assert record(stored.scorer, START + DAY + timedelta(minutes=1)) is None
    assert list(PerformanceSnapshot.objects.all()) == [first]


def test_sightings_like_the_earlier_ones_raise_nothing(stored):
    taken(stored, 0)
    arrive(stored, 6000, 40, START + timedelta(hours=1), step=30)
    arrive(stored, 4000, 20, START + timedelta(hours=1), step=3)
    snapshot = taken(stored, 1)
    assert (snapshot.baseline_trials, snapshot.baseline_assigned) == (182, 120)
    assert (snapshot.sample_trials, snapshot.sample_assigned) == (60, 40)
    assert snapshot.rate_centre == pytest.approx(120.5 / 183)
    assert snapshot.rate_lower is not None
    assert snapshot.rate_lower < 40 / 60
    assert states(snapshot) == {"threshold_unproven": "on"}
    assert (sum(snapshot.best_scores["baseline"]), sum(snapshot.best_scores["sample"])) == (182, 60)


def test_sightings_of_strangers_are_noticed_told_and_cleared(stored, settings, caplog):
    settings.REID_WATCH_MAIL = ["ann@example.org"]
    taken(stored, 0)
    alert_mail.deliver()
    mail.outbox.clear()
    arrive(stored, 4500, 60, START + timedelta(hours=1))
    caplog.clear()
    snapshot = taken(stored, 1)
    assert snapshot.sample_rate == 0
    assert snapshot.psi is not None
    assert snapshot.psi > 0.2
    assert states(snapshot) == {
        "rate_fell": "raised",
        "scores_drifted": "raised",
        "threshold_unproven": "on",
    }
    lines = [line.getMessage() for line in caplog.records if line.levelno == logging.WARNING]
    assert lines[0].startswith(
        "alert rate_fell raised: Of the last 60 sightings 0.0% were assigned"
    )
    assert len(lines) == 2
    assert alert_mail.deliver() == 1
    assert mail.outbox[0].to == ["ann@example.org"]
    assert mail.outbox[0].subject == "Our ranch: fewer sightings are assigned (and 1 more)"
    assert "- raised: Of the last 60 sightings 0.0% were assigned" in mail.outbox[0].body
    assert "threshold in force" not in mail.outbox[0].body  # still on, and no news

    still = taken(stored, 2)  # nothing new came in
    assert states(still)["rate_fell"] == "on"
    assert alert_mail.deliver() == 0

    arrive(stored, 6000, 60, START + 2 * DAY + timedelta(hours=1), step=20)
    better = taken(stored, 3)
    assert states(better)["rate_fell"] == "cleared"
    assert alert_mail.deliver() == 1
    assert "- cleared: Of the last 60 sightings" in mail.outbox[1].body
    assert "rate_fell" not in states(taken(stored, 4))


def test_too_few_wait_for_the_next_snapshot(stored):
    taken(stored, 0)
    arrive(stored, 4500, MIN_SAMPLE - 1, START + timedelta(hours=1))
    few = taken(stored, 1)
    assert (few.new_sightings, few.sample_trials) == (MIN_SAMPLE - 1, None)
    arrive(stored, 4500, 1, START + DAY + timedelta(hours=1))
    enough = taken(stored, 2)
    assert (enough.new_sightings, enough.sample_trials) == (1, MIN_SAMPLE)


def test_what_came_in_is_judged_once(stored):
    taken(stored, 0)
    arrive(stored, 4500, 60, START + timedelta(hours=1))
    assert taken(stored, 1).sample_trials == 60
    arrive(stored, 6000, 70, START + DAY + timedelta(hours=1))
    assert taken(stored, 2).sample_trials == 70


def test_what_was_imported_before_and_identified_after_is_new(stored):
    """A sighting comes in with its first decision: none is lost between two samples."""
    arrive(stored, 4500, 60, START - DAY)
    late = Sighting.objects.filter(detections__created_at=START - DAY)
    second = make.run(stored.scorer)
    for run, when in ((stored.run, START + timedelta(hours=1)), (second, START + 3 * DAY)):
        Decision.objects.bulk_create(
            Decision(run=run, sighting=item, outcome="ranked") for item in late
        )
        Decision.objects.filter(run=run).update(decided_at=when)
    taken(stored, 0)
    assert taken(stored, 1).sample_trials == 60  # by the first decision, not by the second


def test_a_small_store_has_no_baseline_yet():
    scorer = make.scorer()
    run = make.run(scorer)
    ada = make.deer()
    for _ in range(3):
        of = make.detection()
        make.embedding(of, scorer, 1, 0, 0, 0)
        make.score(of, ada, 5000, run)
    snapshot = record(scorer)
    assert snapshot is not None
    assert snapshot.eligible == 3 < MIN_BASELINE
    assert not snapshot.starts_baseline


def test_a_person_may_call_the_new_state_usual(stored):
    taken(stored, 0)
    arrive(stored, 4500, 200, START + timedelta(hours=1), step=1)
    assert states(taken(stored, 1))["rate_fell"] == "raised"
    baseline = begin_baseline(stored.scorer)
    assert baseline is not None
    arrive(stored, 4500, 30, START + DAY + timedelta(hours=1), step=1)
    arrive(stored, 6000, 20, START + DAY + timedelta(hours=1))
    snapshot = taken(stored, 2)
    assert (snapshot.baseline_trials, snapshot.sample_trials) == (382, 50)
    assert states(snapshot)["rate_fell"] == "cleared"


def test_an_expired_threshold_is_told_with_the_reason(stored):
    herd_then = {"deer": 1, "references": 1, "sightings": 100}
    Threshold.objects.update(source="analysis", evidence={"herd": herd_then})
    snapshot = taken(stored, 0)
    (alert,) = snapshot.alerts
    assert (snapshot.threshold_state, alert["kind"]) == ("expired", "threshold_expired")
    assert "the herd has changed by more than a tenth" in alert["text"]


def test_a_proven_threshold_is_no_alert(stored):
    herd_now = {"deer": 2, "references": 2, "sightings": 182}
    Threshold.objects.update(source="analysis", evidence={"herd": herd_now})
    snapshot = taken(stored, 0)
    assert (snapshot.threshold_state, snapshot.alerts) == ("proven", [])


def test_an_override_is_an_alert_and_the_approved_one_is_compared(stored, settings):
    herd_now = {"deer": 2, "references": 2, "sightings": 182}
    Threshold.objects.update(source="analysis", evidence={"herd": herd_now})
    before = taken(stored, 0)
    settings.REID_THRESHOLD = 0.9
    found = taken(stored, 1)
    assert (found.threshold, found.threshold_state) == (before.threshold, "proven")
    assert found.assigned == before.assigned
    (alert,) = found.alerts
    assert (alert["kind"], alert["state"]) == ("threshold_unproven", "raised")
    assert alert["text"] == THRESHOLD_OVERRIDDEN.format(override=0.9)
    settings.REID_THRESHOLD = None
    assert states(taken(stored, 2)) == {"threshold_unproven": "cleared"}


def test_stale_scores_that_grow_are_told(stored):
    taken(stored, 0)
    some = Detection.objects.filter(sighting__in=stored.unreviewed[:5])
    Detection.objects.filter(pk__in=list(some.values_list("pk", flat=True))).update(
        scores_stale=True
    )
    snapshot = taken(stored, 1)
    assert snapshot.stale_detections == 5
    assert states(snapshot)["scores_stale"] == "raised"


def test_reviews_and_deer_to_learn_from_are_counted(stored):
    first = taken(stored, 0)
    assert (first.trainable_deer, first.new_trainable_deer) == (0, 0)
    again = stored.photograph([stored.ada, stored.bea])
    stored.log(again, [(9000, 1000), (1000, 9000)])
    keys = [item.pk for item in again]
    Detection.objects.filter(pk__in=keys).update(
        identity_source="reviewed", reviewed_at=START + timedelta(hours=1)
    )
    snapshot = taken(stored, 1)
    assert snapshot.reviewed_sightings == 2
    assert (snapshot.trainable_deer, snapshot.new_trainable_deer) == (2, 2)


def test_deer_of_the_last_training_are_not_new(stored):
    again = stored.photograph([stored.ada, stored.bea])
    stored.log(again, [(9000, 1000), (1000, 9000)])
    for item, hour in zip(again, (1, 3), strict=True):
        Detection.objects.filter(pk=item.pk).update(created_at=START + timedelta(hours=hour))
    run = make.run(stored.scorer, kind=ReidRun.Kind.TRAIN, state=ReidRun.State.COMPLETED)
    Training.objects.create(
        run=run,
        method=Training.Method.CENTRE,
        parent=stored.scorer.vectors,
        options={},
        verdict="BETTER",
    )
    Training.objects.update(created_at=START + timedelta(hours=2))
    assert learning_of(stored.scorer.vectors) == Learning(
        2, 2, 80
    )  # centring learns nothing of deer
    Training.objects.update(method=Training.Method.HEAD, verdict="")
    assert learning_of(stored.scorer.vectors).new == 2  # not judged yet
    Training.objects.update(verdict=Training.Verdict.NOT_BETTER)
    # ada was known then, bea came later
    assert learning_of(stored.scorer.vectors) == Learning(2, 1, 80)
    assert learning_of(make.scorer(is_active=False).vectors).new == 2
    Training.objects.update(verdict="", space=stored.scorer.vectors)
    # trained without folds: nobody judges it, and it learned
    assert learning_of(stored.scorer.vectors).new == 1


def test_a_space_has_its_own_history(stored):
    taken(stored, 1)
    other = make.scorer(is_active=False)
    run = make.run(other)
    for item in Detection.objects.filter(sighting__in=stored.unreviewed[:2]):
        make.embedding(item, other, 1, 0, 0, 0)
        make.score(item, stored.ada, 7000, run)
    snapshot = record(other, START + DAY)
    assert snapshot is not None
    assert (snapshot.eligible, snapshot.new_sightings) == (2, 2)


def test_nothing_logged_is_no_snapshot():
    with pytest.raises(AnalysisError, match=NOTHING_LOGGED):
        record(make.scorer())
    assert watch() is None
    assert not PerformanceSnapshot.objects.exists()


def test_without_a_space_there_is_nothing_to_watch():
    assert watch() is None


def test_while_scores_are_written_none_is_taken(stored):
    run = make.run(stored.scorer, state=ReidRun.State.RUNNING, heartbeat_at=timezone.now())
    with pytest.raises(AnalysisError, match=BUSY):
        record(stored.scorer)
    assert watch() is None
    run.heartbeat_at = timezone.now() - timedelta(minutes=10)  # its worker is dead
    run.save()
    assert watch() == period_of(timezone.now()).isoformat()
    assert watch() is None


def test_periods_are_whole_local_days(settings):
    settings.TIME_ZONE = "America/Chicago"
    evening = datetime(2025, 10, 2, 3, 0, tzinfo=UTC)  # 22:00 of the first at the ranch
    assert period_of(evening) == date(2025, 10, 1)
    settings.REID_WATCH_DAYS = 7
    weeks = {period_of(evening + day * DAY) for day in range(14)}
    assert len(weeks) in (2, 3)
    assert {(one - min(weeks)).days % 7 for one in weeks} == {0}


def test_the_history_is_forgotten_but_for_its_baseline(stored, settings):
    settings.REID_WATCH_KEEP_DAYS = 2
    days = [taken(stored, day).period for day in range(5)]
    periods = list(PerformanceSnapshot.objects.order_by("period").values_list("period", flat=True))
    assert periods == [days[0], *days[2:]]


def test_a_failure_is_logged_raised_and_made_up_for(stored, monkeypatch, caplog):
    def away(*_):
        raise DatabaseError("the database is away")

    with monkeypatch.context() as patched:
        patched.setattr(observing, "assess", away)
        with pytest.raises(DatabaseError):
            watch()
    assert "tried again at the next tick" in caplog.text
    assert not PerformanceSnapshot.objects.exists()
    assert watch() is not None


def test_a_mail_server_that_is_away_is_tried_again(stored, settings, monkeypatch):
    settings.REID_WATCH_MAIL = ["ann@example.org"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    assert watch() is not None
    assert PerformanceSnapshot.objects.get().notified_at is None
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert watch() is None
    assert len(mail.outbox) == 1
    assert PerformanceSnapshot.objects.get().notified_at is not None
    assert alert_mail.deliver() == 0


def test_a_line_break_in_the_ranch_s_name_spoils_no_mail(stored, settings):
    settings.REID_WATCH_MAIL = ["ann@example.org"]
    settings.RANCH_NAME = "Our\nranch"
    assert watch() is not None
    assert mail.outbox[0].subject == "Our ranch: the threshold is not proven"


def test_nobody_is_told_where_nobody_wants_to_be(stored):
    assert watch() is not None
    assert mail.outbox == []


def test_every_alert_has_a_headline():
    assert set(alert_mail.TITLES) == set(Alert)


def test_the_health_page_gets_kinds_and_no_names(stored):
    assert summary() == {"state": schedule.NO_SNAPSHOT_YET, "alerts": []}
    snapshot = taken(stored, 0)
    assert summary() == {
        "state": f"snapshot of {snapshot.period}",
        "alerts": ["threshold_unproven"],
    }
    PerformanceSnapshot.objects.update(period=snapshot.period - 3 * DAY)
    assert summary()["state"] == f"no snapshot since {snapshot.period - 3 * DAY}"


def test_the_number_of_queries_does_not_grow_with_the_herd(stored):
    taken(stored, 0)
    counts = []
    for day, number in ((1, 60), (2, 160)):
        arrive(stored, 6000, number, START + timedelta(days=day, hours=-1), step=5)
        with CaptureQueriesContext(connection) as queries:
            assert taken(stored, day).sample_trials == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_take_one_snapshot(stored, settings):
    settings.REID_WATCH_MAIL = ["ann@example.org"]
    results: list[str | None] = []

    def work() -> None:
        try:
            results.append(watch())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item is None for item in results) == [False, True, True, True]
    assert PerformanceSnapshot.objects.count() == 1
    assert len(mail.outbox) == 1
    assert states(PerformanceSnapshot.objects.get()) == {"threshold_unproven": AlertState.RAISED}


def prove(stored: Herd, alpha: str = "0.05") -> None:
    """An audit in which everything was right."""
    call_command("audit_threshold", "plan", "--alpha-fdp", alpha, stdout=StringIO())
    plan = AuditPlan.objects.get(status="open")
    by = {"reviewer": reviewer("judge"), "judged_at": make.NOON}
    plan.items.filter(is_planted=False).update(outcome="right", **by)
    plan.items.filter(is_planted=True).update(outcome="wrong", **by)


def proposals() -> list[Threshold]:
    return list(Threshold.objects.filter(source="analysis"))


def test_a_proven_threshold_is_proposed_once_and_announced_until_it_is_approved():
    stored = herd()
    assert states(taken(stored, 1)) == {}
    prove(stored)
    second = taken(stored, 2)
    assert states(second)["threshold_ready"] == "raised"
    (proposal,) = proposals()
    assert (proposal.value, proposal.is_active) == (Decimal("0.406"), False)
    (alert,) = [item for item in second.alerts if item["kind"] == "threshold_ready"]
    assert "0.4060 is proven and would assign 120 of 120 unreviewed sightings" in alert["text"]
    assert states(taken(stored, 3))["threshold_ready"] == "on"
    assert proposals() == [proposal]
    assert Threshold.objects.in_force(stored.scorer) is None
    approval.approve(proposal.pk, reviewer("ranger"))
    assert states(taken(stored, 4))["threshold_ready"] == "cleared"
    assert "threshold_ready" not in states(taken(stored, 5))


def test_the_announcement_ends_where_the_proof_no_longer_holds(settings):
    settings.REID_WATCH_MAIL = ["keeper@example.com"]
    stored = herd()
    prove(stored)
    assert states(taken(stored, 1))["threshold_ready"] == "raised"
    alert_mail.deliver()
    assert "a threshold can be approved" in mail.outbox[0].subject
    more = stored.photograph([stored.ada])
    Detection.objects.filter(pk=more[0].pk).update(is_reference=True)
    assert states(taken(stored, 2))["threshold_ready"] == "cleared"
    assert len(proposals()) == 1


def test_a_snapshot_that_was_not_written_proposes_nothing(monkeypatch):
    stored = herd()
    prove(stored)

    def fails(*_, **__):
        raise DatabaseError("no room left")

    monkeypatch.setattr(PerformanceSnapshot, "save", fails)
    with pytest.raises(DatabaseError):
        record(stored.scorer, START)
    assert proposals() == []
