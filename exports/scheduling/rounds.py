"""Rounds of scheduled reports: each due day of each schedule becomes one run, and each run one export.

A run is a row that can be there once (a constraint says so), and its export is asked for under an Idempotency-Key of that
row. So two schedulers, two workers, a crash in between and days of downtime all end in one export a due day.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework.exceptions import APIException

from exports.history import keeping
from exports.lifecycle.admission import Once
from exports.lifecycle.errors import KeySpent, TooManyExports
from exports.models import ExportRequest, ReportSchedule, ScheduledRun
from exports.scheduling import calendar, schedules
from exports.sharing import mails

if TYPE_CHECKING:
    from datetime import date, datetime

logger = logging.getLogger(__name__)

SEND_HOUR: Final = 6
"""The local hour of its day from which a report is due."""
MOST_MISSED: Final = 12
"""Due days of one schedule that are made up for after a downtime: the newest of them."""
TRY_FOR: Final = timedelta(days=2)
"""How long a run that cannot be queued is tried again."""


def advance(now: datetime | None = None) -> int:
    """One round: make the runs that are due, queue what is not queued, mail what is ready; return how many were queued.

    Raises redis.RedisError, with all that was made so far kept: the next round goes on.
    """
    local = timezone.localtime(now)
    today = local.date() if local.hour >= SEND_HOUR else local.date() - timedelta(days=1)
    for row in ReportSchedule.objects.running().filter(next_due_on__lte=today):
        _make_due(row.pk, today)
    waiting = ScheduledRun.objects.filter(
        Q(due_on__isnull=True) | Q(schedule__paused_at__isnull=True),
        is_queued=False,
        created_at__gt=timezone.now() - TRY_FOR,
        schedule__removed_at__isnull=True,
        schedule__owner__is_active=True,
    ).select_related("schedule__owner")
    queued = sum(queue(run) for run in waiting.order_by("pk"))
    _mail_again()
    return queued


def queue(run: ScheduledRun) -> bool:
    """Queue the run's export; False where it has to wait or cannot be: `run.error` says why."""
    owner, key = run.schedule.owner, f"scheduled-run-{run.pk}"
    try:
        spec = schedules.spec_of(run.schedule, run.starts_on, run.ends_on, timezone.localdate())
        record = keeping.submit(spec, owner.pk, owner.email, Once(key, key))
    except TooManyExports:
        return False  # its turn comes when others have ended
    except KeySpent:
        run.error, run.is_queued = "", True  # it was queued, and has ended and gone since
        run.save(update_fields=["error", "is_queued"])
        return False
    except APIException as error:
        run.error = str(error.detail)[:300]
        run.save(update_fields=["error"])
        logger.warning("a scheduled report cannot be built: %s", run.error)
        return False
    run.request_id, run.is_queued, run.error = record.job_id, True, ""
    run.save(update_fields=["request", "is_queued", "error"])
    return True


def _make_due(pk: int, today: date) -> None:
    """The runs of one schedule up to `today`; its next due day moves on in the same transaction."""
    with transaction.atomic():
        row = ReportSchedule.objects.running().select_for_update(of=("self",)).filter(pk=pk).first()
        if row is None:
            return
        due = []
        while row.next_due_on <= today:
            due.append(row.next_due_on)
            row.next_due_on = calendar.first_due(row.every, row.day, row.next_due_on)
        for day in due[-MOST_MISSED:]:
            start, end = schedules.days_of(row, day)
            ScheduledRun.objects.get_or_create(
                schedule=row, due_on=day, defaults={"starts_on": start, "ends_on": end}
            )
        row.save(update_fields=["next_due_on"])


def _mail_again() -> None:
    """Reports whose mail could not be sent when they were ready, while their files are kept."""
    unsent = ExportRequest.objects.filter(
        state=ExportRequest.State.COMPLETED,
        mailed_at__isnull=True,
        file_until__gt=timezone.now(),
    ).exclude(recipients=[])
    for job_id in unsent.values_list("pk", flat=True):
        mails.deliver(job_id)
