"""Pages of all imports, of one, and of its problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from reid.models import Image, Import, ImportProblem, ImportRequest
from thumper.pages.imports import stations, words

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

PAGE: Final = 30
PROBLEMS: Final = 100
PICTURES: Final = 12


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """What is being prepared or done, and what came in, the newest first; `before` is where the page before ended."""
    rows = Import.objects.select_related("actor", "request").order_by("-started_at", "-pk")
    before = parse_datetime(request.GET.get("before", "")) if "before" in request.GET else None
    if before is not None:
        rows = rows.filter(started_at__lt=before)
    page = list(rows[: PAGE + 1])
    open_ones = ImportRequest.objects.exclude(state=ImportRequest.State.DONE)
    waiting = [] if before else list(open_ones.select_related("actor")[:PAGE])
    context = {
        "waiting": [(row, words.STATES[ImportRequest.State(row.state)]) for row in waiting],
        "records": [line_of(record) for record in page[:PAGE]],
        "next": page[PAGE - 1].started_at.isoformat() if len(page) > PAGE else "",
        "is_first": before is None,
    }
    return render(request, "pages/imports/list.html", context)


def line_of(record: Import) -> dict[str, Any]:
    """What a list, and the head of a page, shows of an import."""
    document = record.counts
    return {
        "record": record,
        "title": record.request.title if record.request else record.source,
        "state": _("broken off")
        if record.is_broken_off
        else words.RECORD_STATES[Import.State(record.state)],
        "images": document.get("images", 0),
        "detections": document.get("detections", 0),
        "refused": sum(document.get("refused", {}).values()),
    }


def find(key: UUID) -> Import:
    """Raises Http404."""
    rows = Import.objects.select_related("actor", "request", "undone_by")
    return get_object_or_404(rows, pk=key)


@require_GET
def one(request: HttpRequest, key: UUID) -> HttpResponse:
    """One import: what it brought, its first problems and photographs, and what comes next."""
    record = find(key)
    problems = list(record.problems.all()[: PROBLEMS + 1])
    images = Image.objects.filter(made_by_import=record).order_by("captured_at", "pk")[:PICTURES]
    context = line_of(record) | {
        "counts": (
            stations.counts(record.counts)
            if record.kind == Import.Kind.DEPLOYMENTS
            else words.counts(record.counts)
        ),
        "left_out": words.left_out(record.counts),
        "problems": _pictured(record, problems[:PROBLEMS]),
        "has_more": len(problems) > PROBLEMS,
        "pictures": list(images),
        "may_undo": record.undone_at is None
        and (record.state != Import.State.RUNNING or record.is_broken_off),
    }
    return render(request, "pages/imports/one.html", context)


def _pictured(
    record: Import, problems: list[ImportProblem]
) -> list[tuple[ImportProblem, Image | None]]:
    """Each problem with its photograph, where that is stored; one query."""
    collection = record.options.get("collection", "")
    stored = {problem.path: f"{collection}/{problem.path}" for problem in problems if problem.path}
    images = Image.objects.filter(path__in=stored.values(), made_by_import=record)
    image_of = {image.path: image for image in images}
    return [(problem, image_of.get(stored.get(problem.path, ""))) for problem in problems]


@require_GET
def problems(request: HttpRequest, key: UUID) -> HttpResponse:
    """All problems of an import, in pages; `after` is the key of the last one shown."""
    record = find(key)
    after = request.GET.get("after", "0")
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise Http404
    rows = list(record.problems.filter(pk__gt=int(after)).order_by("pk")[: PROBLEMS + 1])
    context = line_of(record) | {
        "problems": _pictured(record, rows[:PROBLEMS]),
        "next": rows[PROBLEMS - 1].pk if len(rows) > PROBLEMS else None,
        "refused": record.problems.filter(severity=ImportProblem.Severity.REFUSED).count(),
    }
    return render(request, "pages/imports/problems.html", context)
