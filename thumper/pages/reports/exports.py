"""Page of reports and archives: the form, a preview of what it would make, and the list of what was asked for."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import redis
from django.conf import settings
from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from rest_framework.exceptions import APIException

from exports import preview
from exports.history import keeping, standing
from exports.lifecycle import admission
from exports.lifecycle.admission import Once
from exports.lifecycle.errors import ExportNotFound
from exports.models import ExportRequest
from exports.report.surveys import files
from exports.requests.build_spec import archive_spec, report_spec
from exports.requests.errors import RequestRefused
from exports.requests.specs import ReportSpec
from reid.models import Image, Survey
from thumper.pages.reports import asking, choosing, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest

    from exports.requests.specs import ArchiveSpec

AWAY: Final = gettext_lazy("The job queue does not answer just now. Wait a moment, then try again.")
SOON, LATER = 2, 30
"""Seconds between two looks at the list: while something runs, and else."""


@require_http_methods(["GET", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """GET: the form and the list; `survey` is the id of one to report on. POST, `do`: start, preview, show the report as a page, or
    choose, which adds a deer or a camera to the form.
    """
    if request.method == "GET":
        newest = Image.objects.aggregate(last=Max("captured_at"))["last"]
        newest_day = timezone.localdate(newest) if newest else None
        survey = request.GET.get("survey", "")
        return _shown(request, asking.first_values(timezone.localdate(), newest_day, survey))
    sent, not_found = choosing.with_typed(request.POST)
    values, is_choosing = asking.values(sent), request.POST.get("do") == "choose"
    if not_found or is_choosing:
        wrong = [] if is_choosing else not_found
        return _shown(request, values, not_found, is_choosing=is_choosing, wrong=wrong)
    wanted = asking.wanted(sent)
    try:
        spec = spec_of(wanted)
        if request.POST.get("do") == "preview":
            of = (
                preview.of_report(spec)
                if isinstance(spec, ReportSpec)
                else preview.of_archive(spec)
            )
            return _shown(request, values, preview=of)
        if request.POST.get("do") == "page" and isinstance(spec, ReportSpec):
            return as_page(request, spec)
        keeping.submit(
            spec, owner_of(request), getattr(request.user, "email", ""), _once(request, wanted)
        )
    except RequestRefused as refused:
        return _shown(request, values, wrong=words.said(refused.errors, wanted.places))
    except APIException as error:
        return _shown(request, values, wrong=[str(error.detail)])
    except redis.RedisError:
        return _shown(request, values, wrong=[str(AWAY)])
    messages.success(request, _('"{title}" is started.').format(title=spec.title))
    return HttpResponseRedirect(reverse("exports"))


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The list alone, for a look every few seconds: 204 where nothing has changed since `seen`."""
    context = list_context(request)
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=204)
    return render(request, "pages/reports/list.html", context | {"is_news": True})


@require_GET
def page(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """A report that was asked for, as a page, with the numbers of now."""
    try:
        row = keeping.of_owner(job_id, owner_of(request))
        spec = keeping.spec_of(row)
    except ExportNotFound as error:
        raise Http404(str(error.detail)) from error
    if not isinstance(spec, ReportSpec):
        return HttpResponseRedirect(reverse("exports"))
    return as_page(request, spec, row)


@require_POST
def act(request: HttpRequest, job_id: UUID, verb: str) -> HttpResponse:
    """Cancel, build again, delete, or put a deleted request back. What could not be done is said."""
    owner, to = owner_of(request), reverse("exports")
    try:
        if verb == "cancel":
            row = keeping.cancel(job_id, owner)
            messages.success(request, _('"{title}" is cancelled.').format(title=row.title))
        elif verb == "again":
            record = keeping.resubmit(job_id, owner, getattr(request.user, "email", ""))
            messages.success(request, _('"{title}" is built again.').format(title=record.title))
        elif verb == "delete":
            keeping.forget(job_id, owner)
            to += f"?deleted={job_id}"
        else:
            row = keeping.restore(job_id, owner)
            text = _('"{title}" is back. Its file is gone: build it again.')
            messages.success(request, text.format(title=row.title))
    except redis.RedisError:
        messages.error(request, AWAY)
    except APIException as error:
        messages.error(request, str(error.detail))
    return HttpResponseRedirect(to)


def owner_of(request: HttpRequest) -> int:
    """The id of whoever is signed in: the table of permissions lets nobody else in."""
    pk = request.user.pk
    assert pk is not None  # noqa: S101
    return int(pk)


def spec_of(wanted: asking.Wanted) -> ReportSpec | ArchiveSpec:
    """Raises RequestRefused."""
    today = timezone.localdate()
    return (report_spec if wanted.is_report else archive_spec)(wanted.body, today)


def as_page(
    request: HttpRequest, spec: ReportSpec, row: ExportRequest | None = None
) -> HttpResponse:
    # Here, not above: drawing takes matplotlib, which no other page needs.
    from exports.report import page as report_page

    report = report_page.compose(report_page.collected(spec), spec)
    context: dict[str, Any] = {"body": report_page.as_html(report), "title": spec.title, "row": row}
    if spec.survey:
        has_files = Survey.objects.filter(pk=spec.survey.id, estimated_at__isnull=False).exists()
        context |= {"survey": spec.survey, "files": files.NAMES if has_files else ()}
    return render(request, "pages/reports/report.html", context)


def list_context(request: HttpRequest) -> dict[str, Any]:
    """What the list shows; `seen` names that state of it."""
    owner, is_away = owner_of(request), False
    try:
        rows = standing.of_owner(owner)
    except redis.RedisError:
        is_away = True
        stored = ExportRequest.objects.of(owner).defer("spec")
        rows = [standing.StandingExport(row, None) for row in stored]
    running = [item for item in rows if item.live and item.live.record.is_processing]
    context = {"exports": rows, "is_away": is_away, "wait": SOON if running else LATER}
    context["running"] = len(running)
    drawn = render_to_string("pages/reports/rows.html", context, request)
    return context | {"seen": hashlib.sha256(drawn.encode()).hexdigest()[:16]}


def _shown(
    request: HttpRequest, values: dict[str, Any], not_found: Iterable[str] = (), **more: Any
) -> HttpResponse:
    context = {
        "form": values,
        "today": timezone.localdate(),
        "once": uuid.uuid4().hex,
        "has_address": bool(getattr(request.user, "email", "")),
        "keeps_minutes": settings.EXPORT_TTL // 60,
        "kept_days": settings.EXPORT_REBUILD_TTL // 86_400,
        "deleted": _deleted(request),
    }
    context |= choosing.choices(values, not_found) | {"surveys": _surveys()}
    context |= list_context(request) | more
    return render(request, "pages/reports/exports.html", context)


def _surveys() -> list[tuple[str, str]]:
    """Those that have estimates, with their ids as text, the latest first."""
    rows = Survey.objects.filter(estimated_at__isnull=False)
    return [(str(key), name) for key, name in rows.values_list("pk", "name")]


def _once(request: HttpRequest, wanted: asking.Wanted) -> Once:
    """The key of this form with these fields: sent twice it is one export, changed and sent again it is another."""
    digest = admission.digest([request.POST.get("once", ""), wanted.body])
    return Once(f"form-{digest}", digest)


def _deleted(request: HttpRequest) -> ExportRequest | None:
    """The request that was deleted just now, which the page offers to put back."""
    try:
        job_id = UUID(request.GET.get("deleted", ""))
    except ValueError:
        return None
    rows = ExportRequest.objects.filter(owner_id=owner_of(request), removed_at__isnull=False)
    return rows.defer("spec").filter(job_id=job_id).first()
