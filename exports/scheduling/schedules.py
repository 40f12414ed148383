"""Acts of a person on schedules: made, changed, paused, deleted, put back, sent once by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Prefetch
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException

from exports.models import ReportSchedule, ScheduledRun
from exports.requests import naming
from exports.requests.build_spec import report_spec
from exports.requests.errors import RequestRefused
from exports.requests.parsing import parse
from exports.requests.rules import CONFLICT, OUT_OF_RANGE, REQUIRED, RuleViolation, in_order
from exports.requests.schedule_requests import ScheduleRequest
from exports.requests.specs import ReportType
from exports.scheduling import calendar

if TYPE_CHECKING:
    from datetime import date

    from exports.requests.specs import ReportSpec

MOST: Final = 50
"""Schedules of one owner."""
DAY_OF_WEEK: Final = "day must be 0 (Monday) to 6 for a weekly report"
DAY_OF_MONTH: Final = f"day must be 1 to {calendar.LAST_DAY} for a monthly report"
NOBODY: Final = (
    "recipients must name at least one mail address, or notify be true with an address of yours"
)
TOO_MANY: Final = f"You have {MOST} schedules already: delete one of them first"
NOT_FOUND: Final = "There is no such schedule."
TEMPLATE: Final = (
    *("group_by", "include_charts", "include_tables", "include_insights"),
    *("classifications", "cameras", "deer", "notify"),
)
"""Fields of a report's request that a schedule keeps as they were given."""


class ScheduleNotFound(APIException):
    """404: never was, somebody else's, or deleted."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_found"
    default_detail = NOT_FOUND


def of_owner(pk: int, owner_id: int) -> ReportSchedule:
    """The owner's schedule. Raises ScheduleNotFound."""
    row = ReportSchedule.objects.of(owner_id).filter(pk=pk).first()
    if row is None:
        raise ScheduleNotFound
    return row


def with_runs(owner_id: int) -> list[ReportSchedule]:
    """The owner's schedules with their runs and how these ended: two queries."""
    runs = ScheduledRun.objects.select_related("request").defer("request__spec")
    return list(ReportSchedule.objects.of(owner_id).prefetch_related(Prefetch("runs", runs)))


def make(data: Any, owner_id: int, mail_address: str, today: date) -> ReportSchedule:
    """The schedule that a request's body asks for, due from tomorrow on. Raises RequestRefused with every violation."""
    parsed = parse(ScheduleRequest(), data)
    violations = parsed.violations
    every, day = parsed.get("every"), parsed.get("day")
    if every and day is not None:
        is_week = every == calendar.WEEK
        lowest, highest = (0, 6) if is_week else (1, calendar.LAST_DAY)
        if not lowest <= day <= highest:
            text = DAY_OF_WEEK if is_week else DAY_OF_MONTH
            violations.append(RuleViolation(OUT_OF_RANGE, "day", text))
    month, in_month = parsed.get("season_start") or (9, 1)
    recipients = parsed.get("recipients") or ()
    is_told = bool(parsed.get("notify") and mail_address)
    is_misread = any(item.field == "recipients" for item in violations)
    if not recipients and not is_told and not is_misread:
        violations.append(RuleViolation(REQUIRED, "recipients", NOBODY))
    if ReportSchedule.objects.of(owner_id).count() >= MOST:
        violations.append(RuleViolation(CONFLICT, "", TOO_MANY))
    template = {name: data[name] for name in TEMPLATE if isinstance(data, dict) and name in data}
    row = ReportSchedule(
        owner_id=owner_id,
        title=parsed.get("title") or "",
        every=every or "",
        day=day or 0,
        covers=parsed.get("covers") or "",
        season_month=month,
        season_day=in_month,
        template=template,
        recipients=list(recipients),
    )
    violations += _violations_of_template(row, today, {item.field for item in violations})
    if violations:
        raise RequestRefused(in_order(violations))
    row.next_due_on = calendar.first_due(row.every, row.day, today)
    row.save()
    return row


def spec_of(row: ReportSchedule, start: date, end: date, today: date) -> ReportSpec:
    """The report of these days. Raises RequestRefused, where its cameras or deer are gone, say."""
    return report_spec(
        row.template
        | {
            "report_type": ReportType.SEASONAL_ACTIVITY.value,
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "title": f"{row.title}, {naming.days(start, end)}",
            "recipients": row.recipients,
        },
        today,
    )


def days_of(row: ReportSchedule, due_on: date) -> tuple[date, date]:
    return calendar.covered(row.covers, due_on, (row.season_month, row.season_day))


def pause(row: ReportSchedule) -> None:
    """Nothing is sent until it goes on, and nothing of that time afterwards."""
    row.paused_at = row.paused_at or timezone.now()
    row.save(update_fields=["paused_at"])


def go_on(row: ReportSchedule, today: date) -> None:
    """End a pause: due next on a day from tomorrow on."""
    if row.paused_at is None:
        return
    row.paused_at, row.next_due_on = None, calendar.first_due(row.every, row.day, today)
    row.save(update_fields=["paused_at", "next_due_on"])


def remove(row: ReportSchedule) -> None:
    row.removed_at = timezone.now()
    row.save(update_fields=["removed_at"])


def restore(pk: int, owner_id: int, today: date) -> ReportSchedule:
    """Put a deleted one back: due next on a day from tomorrow on. Raises ScheduleNotFound."""
    row = ReportSchedule.objects.filter(pk=pk, owner_id=owner_id, removed_at__isnull=False).first()
    if row is None:
        raise ScheduleNotFound
    row.removed_at, row.next_due_on = None, calendar.first_due(row.every, row.day, today)
    row.save(update_fields=["removed_at", "next_due_on"])
    return row


def send_now(row: ReportSchedule, today: date) -> ScheduledRun:
    """A run by hand, of the days that one due today would cover; it is queued by the next round, or by `rounds.queue`."""
    start, end = days_of(row, today)
    return ScheduledRun.objects.create(schedule=row, starts_on=start, ends_on=end)


def _violations_of_template(
    row: ReportSchedule, today: date, known: set[str]
) -> list[RuleViolation]:
    """What is wrong with the report itself, which is said of each field once."""
    try:
        spec_of(row, *calendar.covered(calendar.MONTH, today), today)
    except RequestRefused as refused:
        return [item for item in refused.errors if item.field not in known]
    return []
