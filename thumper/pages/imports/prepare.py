"""Page of one import while it is prepared and done: files, answers, preview, progress, and what comes next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from reid.db import shared_clock
from reid.detecting import registry
from reid.importing.reading import endings
from reid.intake import figures, names, requests, sources, storage
from reid.intake.answers import Answers
from reid.intake.refusals import IntakeRefused
from reid.models import Camera, Detection, Import, ImportRequest, ReidRun
from reid.taxonomy import Classification
from thumper.pages.imports import stations, words
from thumper.pages.imports.forms import ZONES, columns_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from reid.models import Import

PATIENCE = timedelta(seconds=20)
SHOWN_CAMERAS = 20
SHOWN_DEER = 20
SHOWN_KINDS = 12


def find(key: UUID) -> ImportRequest:
    """Raises Http404."""
    rows = ImportRequest.objects.select_related("actor", "run")
    return get_object_or_404(rows, pk=key)


@require_GET
def request_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Everything of one import, at whatever step it is."""
    row = find(key)
    return render(request, "pages/imports/request.html", context_of(row))


def context_of(row: ImportRequest) -> dict[str, Any]:
    """What the page shows."""
    context: dict[str, Any] = {
        "row": row,
        "state": words.STATES[ImportRequest.State(row.state)],
        "is_busy": row.state in ImportRequest.WORKING | ImportRequest.WAITING,
        "record": row.records.order_by("-started_at").first(),
        "kept_until": figures.kept_until(row),
    }
    context["is_stuck"] = _is_stuck(row)
    if row.is_of_stations:
        return context | _of_stations(row, context["record"])
    if row.is_upload:
        context |= _of_upload(row)
    if row.may_change and not row.files_gone_at:
        context |= _of_questions(row)
    if row.preview:
        context |= _of_preview(row.preview)
        context["unnamed"] = _unnamed(row, row.preview)
    if context["record"] and not row.may_change:
        document, searches = context["record"].counts, _searches(row)
        if searches:  # what came in without boxes has been searched since, and that is said
            document = document | {"empty": 0}
        context |= {"counts": words.counts(document), "left_out": words.left_out(document)}
        came_in = _on_photographs_of(context["record"])
        context |= {
            "searches": searches,
            "has_deer": Detection.objects.identifiable().filter(came_in).exists(),
            "not_yet_deer": Detection.objects.unsorted().filter(came_in).count(),
        }
    return context


def _on_photographs_of(record: Import) -> Q:
    """Detections that an import brought, and those that were found since on its photographs."""
    return Q(made_by_import=record) | Q(image__made_by_import=record)


def _searches(row: ImportRequest) -> list[dict[str, Any]]:
    """What detectors found on its photographs, by the counts of their runs."""
    runs = ReidRun.objects.filter(kind=ReidRun.Kind.DETECT, counts__scope__request=str(row.pk))
    return [run.counts for run in runs if run.counts.get("photographs")]


def _of_stations(row: ImportRequest, record: Import | None) -> dict[str, Any]:
    """What the page shows of a table of where cameras stood."""
    context: dict[str, Any] = {}
    if row.may_change and not row.files_gone_at:
        context |= stations.context_of(row)
    if row.preview:
        context |= {"preview": row.preview, "counts": stations.counts(row.preview)}
    if record and not row.may_change:
        context["counts"] = stations.counts(record.counts)
    return context


def _is_stuck(row: ImportRequest) -> bool:
    """Whether it has waited for a while, and no worker is there to take it."""
    if row.state not in ImportRequest.WORKING or row.at_work or row.heartbeat_at is None:
        return False
    return shared_clock.now() - row.heartbeat_at > PATIENCE and not requests.has_worker()


def _of_upload(row: ImportRequest) -> dict[str, Any]:
    disk = figures.disk()
    return {
        "uploaded": figures.uploaded(row),
        "free": disk.free,
        "chunk": settings.UPLOAD_CHUNK_BYTES,
        "photograph_endings": " ".join(sorted(endings.PHOTOGRAPHS | endings.VIDEOS)),
        "about_endings": " ".join(sorted(names.ABOUT)),
        "takes_place_once": storage.can_link(storage.folder_of(row.pk)),
    }


def _of_questions(row: ImportRequest) -> dict[str, Any]:
    said = Answers.of(row)
    found = sources.candidates(row)
    source = row.source
    if not source and not row.answers:
        source = next((one.path for one in found if one.title), "")
    return {
        "said": said,
        "found": found,
        "source": source,
        "head": _head(row, source, said.columns),
        "cameras": Camera.objects.order_by("name").values_list("name", flat=True)[:500],
        "zones": ZONES,
        "zone_source": settings.TIME_ZONE_SOURCE,
        "folder": None if row.is_upload else row.folder,
        "will_search": registry.active() is not None,
    }


def _head(row: ImportRequest, source: str, columns: Any) -> dict[str, Any] | None:
    """The beginning of a table, with a choice of a column for each field; None for what needs none."""
    if not source:
        return None
    try:
        head = sources.table_head(row, source, columns)
    except IntakeRefused:
        return None
    if head is None:
        return None
    fields = [(name, label, head.columns_of.get(name, "")) for name, label in words.FIELDS.items()]
    return {"head": head, "fields": fields}


def _of_preview(preview: dict[str, Any]) -> dict[str, Any]:
    understood = preview["understood"]
    kinds = [
        (word["word"], Classification(word["classification"]).label, word["detections"])
        for word in understood["words"][:SHOWN_KINDS]
    ]
    return {
        "not_yet_deer": sum(
            word["detections"]
            for word in understood["words"]
            if word["classification"] == Classification.ANIMAL
        ),
        "kinds": kinds,
        "preview": preview,
        "understood": understood,
        "counts": words.counts(preview),
        "left_out": words.left_out(preview),
        "seen_cameras": understood["cameras"][:SHOWN_CAMERAS],
        "more_cameras": max(len(understood["cameras"]) - SHOWN_CAMERAS, 0),
        "seen_deer": understood["deer"][:SHOWN_DEER],
        "more_deer": max(len(understood["deer"]) - SHOWN_DEER, 0),
    }


def _unnamed(row: ImportRequest, preview: dict[str, Any]) -> int:
    """Uploaded photographs of which the chosen file says nothing; 0 where that cannot be told."""
    if not row.is_upload or not row.source or preview["is_part"]:
        return 0
    said = preview["understood"]["photographs"] + sum(preview["refused"].values())
    return max(figures.photographs(row) - int(said), 0)


@require_GET
def columns(request: HttpRequest, key: UUID) -> HttpResponse:
    """The part of the page about a table's columns, for the file that was just chosen."""
    row = find(key)
    source = request.GET.get("source", "")
    head = _head(row, source, columns_of(request.GET))
    context = {"head": head, "source": source, "said": Answers.of(row)}
    return render(request, "pages/imports/columns.html", context)


@require_GET
def progress(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far it is; the page is loaded anew where the step has changed since it was shown."""
    row = find(key)
    if request.GET.get("state") != row.state:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    return render(request, "pages/imports/progress.html", context_of(row))
