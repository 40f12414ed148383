"""Scheduled reports: each due day once, also after a downtime, a crash and with two schedulers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth import get_user_model
from django.db.models import F
from django.utils import timezone

from exports import jobs
from exports.lifecycle import operations
from exports.models import ExportRequest, ReportSchedule, ScheduledRun
from exports.requests.errors import RequestRefused
from exports.scheduling import rounds, schedules
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

FRIDAY = date(2026, 11, 27)
WEEKLY = {
    "title": "The week",
    "every": "week",
    "day": 0,
    "covers": "week",
    "recipients": ["bob@example.org"],
}


def at(day: int, hour: int = 7, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.fixture
def owner() -> int:
    return get_user_model().objects.create_user("ann", "ann@example.org").pk


@pytest.fixture
def weekly(owner, monkeypatch) -> ReportSchedule:
    """Due on Mondays from 30 November 2026 on; reports of its weeks are not of the future."""
    monkeypatch.setattr(timezone, "localdate", lambda: date(2027, 1, 31))
    return schedules.make(WEEKLY, owner, "", FRIDAY)


def due() -> list[date | None]:
    """Days that runs were due on; those asked for by hand, which have none, come first on every database."""
    rows = ScheduledRun.objects.order_by(F("due_on").asc(nulls_first=True))
    return list(rows.values_list("due_on", flat=True))


def test_nothing_is_sent_before_the_morning_of_the_day(weekly):
    assert rounds.advance(at(29, month=11)) == 0
    assert rounds.advance(at(30, hour=5, month=11)) == 0
    assert rounds.advance(at(30, hour=6, month=11)) == 1
    assert due() == [date(2026, 11, 30)]


def test_a_due_day_becomes_one_export_of_the_week_before(weekly, mailoutbox):
    assert rounds.advance(at(30, month=11)) == 1
    assert rounds.advance(at(30, month=11)) == 0
    row = ExportRequest.objects.get()
    assert row.title == "The week, 23 - 29 Nov 2026"
    jobs.build_report(str(row.job_id), row.spec)
    assert [mail.to for mail in mailoutbox] == [["bob@example.org"]]
    run = ScheduledRun.objects.get()
    assert (run.starts_on, run.ends_on) == (date(2026, 11, 23), date(2026, 11, 29))


def test_every_day_of_a_downtime_is_made_up_for_once(weekly):
    assert rounds.advance(at(15)) == 3
    assert due() == [date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)]
    weekly.refresh_from_db()
    assert weekly.next_due_on == date(2026, 12, 21)


def test_two_schedulers_make_one_run(weekly):
    """The second one read the schedule before the first had moved it on."""
    rounds._make_due(weekly.pk, date(2026, 11, 30))
    ReportSchedule.objects.update(next_due_on=date(2026, 11, 30))
    rounds._make_due(weekly.pk, date(2026, 11, 30))
    assert due() == [date(2026, 11, 30)]


def test_a_crash_after_the_export_was_queued_makes_no_second_one(weekly):
    rounds.advance(at(30, month=11))
    ScheduledRun.objects.update(is_queued=False, request=None)
    rounds.advance(at(30, month=11))
    assert ExportRequest.objects.count() == 1
    assert ScheduledRun.objects.get().request == ExportRequest.objects.get()


def test_what_finds_too_many_running_waits_for_the_next_round(weekly, settings):
    settings.EXPORT_MAX_RUNNING = 1
    assert rounds.advance(at(8)) == 1
    operations.withdraw(ExportRequest.objects.get().job_id, weekly.owner_id)
    assert rounds.advance(at(8)) == 1
    assert ScheduledRun.objects.filter(is_queued=True).count() == 2


def test_a_pause_sends_nothing_of_its_time(weekly):
    schedules.pause(weekly)
    assert rounds.advance(at(15)) == 0
    schedules.go_on(weekly, date(2026, 12, 15))
    assert rounds.advance(at(15)) == 0
    assert rounds.advance(at(21)) == 1
    assert due() == [date(2026, 12, 21)]


def test_a_deleted_one_sends_nothing_until_it_is_put_back(weekly, owner):
    schedules.remove(weekly)
    assert rounds.advance(at(15)) == 0
    schedules.restore(weekly.pk, owner, date(2026, 12, 15))
    assert rounds.advance(at(21)) == 1


def test_one_by_hand_is_beside_the_due_ones(weekly):
    assert rounds.queue(schedules.send_now(weekly, date(2026, 11, 30)))
    assert rounds.advance(at(30, month=11)) == 1
    assert due() == [None, date(2026, 11, 30)]


def test_a_camera_that_is_gone_is_said_in_the_run(owner, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2027, 1, 31))
    camera = make.camera()
    schedules.make(WEEKLY | {"cameras": [str(camera.pk)]}, owner, "", FRIDAY)
    camera.delete()
    assert rounds.advance(at(30, month=11)) == 0
    assert "do not exist" in ScheduledRun.objects.get().error


def test_a_camera_that_was_merged_since_is_the_one_that_stands_for_it(owner, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2027, 1, 31))
    camera, north = make.camera(), make.camera("north")
    schedules.make(WEEKLY | {"cameras": [str(camera.pk)]}, owner, "", FRIDAY)
    camera.merged_into = north
    camera.save()
    assert rounds.advance(at(30, month=11)) == 1
    assert ExportRequest.objects.get().spec["selection"]["cameras"] == [str(north.pk)]


def close_account(_row: ReportSchedule) -> None:
    get_user_model().objects.update(is_active=False)


@pytest.mark.parametrize("end", [schedules.remove, schedules.pause, close_account])
def test_what_waits_is_not_sent_once_its_schedule_ends(weekly, settings, end):
    settings.EXPORT_MAX_RUNNING = 1
    assert rounds.advance(at(8)) == 1
    operations.withdraw(ExportRequest.objects.get().job_id, weekly.owner_id)
    end(weekly)
    assert rounds.advance(at(8)) == 0


def test_one_by_hand_is_sent_of_a_paused_one_too(weekly):
    schedules.pause(weekly)
    schedules.send_now(weekly, date(2026, 11, 30))
    assert rounds.advance(at(30, month=11)) == 1


def test_a_schedule_is_checked_whole(owner):
    body = WEEKLY | {"day": 7, "recipients": [], "group_by": "year", "surprise": 1}
    with pytest.raises(RequestRefused) as refused:
        schedules.make(body, owner, "", FRIDAY)
    assert {item.field for item in refused.value.errors} >= {
        "surprise",
        "day",
        "recipients",
        "group_by",
    }
    assert ReportSchedule.objects.count() == 0


def test_whoever_has_an_address_can_have_it_mailed_to_himself_alone(owner):
    row = schedules.make(
        WEEKLY | {"recipients": [], "notify": True}, owner, "ann@example.org", FRIDAY
    )
    assert row.recipients == []
