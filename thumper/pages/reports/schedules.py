"""Page of scheduled reports: made, paused, deleted, sent by hand, and what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import redis
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import APIException

from exports.models import ReportSchedule
from exports.requests.errors import RequestRefused
from exports.scheduling import calendar, rounds
from exports.scheduling import schedules as scheduling
from thumper.pages.reports import asking, choosing, words
from thumper.pages.reports.exports import AWAY, owner_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, QueryDict

WEEKDAYS: Final = (
    *(gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday")),
    *(gettext_lazy("Thursday"), gettext_lazy("Friday"), gettext_lazy("Saturday")),
    gettext_lazy("Sunday"),
)
FIRST_VALUES: Final[dict[str, Any]] = {
    "every": "week",
    "covers": "week",
    "weekday": "0",
    "day_of_month": "1",
    "season_month": "9",
    "season_day": "1",
    "group_by": "day",
    "ticked": {*asking.PARTS, "notify"},
    "chosen": set(),
}


@require_http_methods(["GET", "POST"])
def schedules(request: HttpRequest) -> HttpResponse:
    """GET: one's schedules with their last runs, and a form. POST: make one; `do` choose adds a deer or a camera to the form."""
    if request.method == "GET":
        return _shown(request, FIRST_VALUES)
    sent, not_found = choosing.with_typed(request.POST)
    is_choosing = request.POST.get("do") == "choose"
    if not_found or is_choosing:
        wrong = [] if is_choosing else not_found
        return _shown(request, asking.values(sent), not_found, is_choosing=is_choosing, wrong=wrong)
    try:
        row = scheduling.make(
            _body(sent),
            owner_of(request),
            getattr(request.user, "email", ""),
            timezone.localdate(),
        )
    except RequestRefused as refused:
        return _shown(request, asking.values(sent), wrong=words.said(refused.errors))
    messages.success(request, _('"{title}" is set up.').format(title=row.title))
    return HttpResponseRedirect(reverse("schedules"))


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Pause, go on, send one now, delete, or put a deleted one back."""
    owner, today, to = owner_of(request), timezone.localdate(), reverse("schedules")
    try:
        if verb == "restore":
            row = scheduling.restore(pk, owner, today)
            messages.success(request, _('"{title}" is back.').format(title=row.title))
            return HttpResponseRedirect(to)
        row = scheduling.of_owner(pk, owner)
        if verb == "pause":
            scheduling.pause(row)
            messages.success(request, _('"{title}" is paused.').format(title=row.title))
        elif verb == "resume":
            scheduling.go_on(row, today)
            messages.success(request, _('"{title}" goes on.').format(title=row.title))
        elif verb == "delete":
            scheduling.remove(row)
            to += f"?deleted={pk}"
        else:
            _send(request, row)
    except APIException as error:
        messages.error(request, str(error.detail))
    return HttpResponseRedirect(to)


def _send(request: HttpRequest, row: ReportSchedule) -> None:
    """One now; where the queue is away or full, the next round sends it."""
    run = scheduling.send_now(row, timezone.localdate())
    try:
        is_queued = rounds.queue(run)
    except redis.RedisError:
        messages.warning(request, AWAY)
        return
    if run.error:
        messages.error(request, run.error)
    elif is_queued:
        messages.success(
            request, _('"{title}" is being built and then mailed.').format(title=row.title)
        )
    else:
        messages.success(
            request, _('"{title}" is sent when others have ended.').format(title=row.title)
        )


def _body(sent: QueryDict) -> dict[str, Any]:
    """The form's fields as the API takes them."""
    is_week = sent.get("every") == calendar.WEEK
    day = sent.get("weekday" if is_week else "day_of_month", "")
    body: dict[str, Any] = {name: sent.get(name, "") for name in ("title", "every", "covers")}
    body |= {"day": day, "group_by": sent.get("group_by", ""), "notify": "notify" in sent}
    body |= {name: name in sent for name in asking.PARTS}
    lists = {name: sent.getlist(name) for name in choosing.FIELDS}
    lists["recipients"] = asking.addresses(sent.get("recipients", ""))
    body |= {name: items for name, items in lists.items() if items}
    if body["covers"] == calendar.SEASON:
        month, in_month = (sent.get(f"season_{part}", "").zfill(2) for part in ("month", "day"))
        body["season_start"] = f"{month}-{in_month}"
    return body


def _shown(
    request: HttpRequest, values: dict[str, Any], not_found: Iterable[str] = (), **more: Any
) -> HttpResponse:
    owner = owner_of(request)
    deleted = request.GET.get("deleted", "")
    removed = ReportSchedule.objects.filter(owner_id=owner, removed_at__isnull=False)
    context = {
        "schedules": [{"row": row, "day": _day(row)} for row in scheduling.with_runs(owner)],
        "form": values,
        "weekdays": [(str(number), name) for number, name in enumerate(WEEKDAYS)],
        "days": [str(number) for number in range(1, calendar.LAST_DAY + 1)],
        "months": [str(number) for number in range(1, 13)],
        "days_of_season": [str(number) for number in range(1, 32)],
        "has_address": bool(getattr(request.user, "email", "")),
        "deleted": removed.filter(pk=deleted).first() if deleted.isdecimal() else None,
    }
    return render(
        request,
        "pages/reports/schedules.html",
        context | choosing.choices(values, not_found) | more,
    )


def _day(row: ReportSchedule) -> str:
    """When it is sent, in words."""
    if row.every == calendar.WEEK:
        return _("every {weekday}").format(weekday=WEEKDAYS[row.day])
    return _("on day {day} of every month").format(day=row.day)
