"""Page of the undo of an import: what would go and who has used it since, then how far the worker is, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from reid.import_undo.undo import UndoRefused
from reid.intake.working import removal, undos
from reid.models import Detection, Image, Import, ImportUndo
from thumper.pages.imports.lists import find, line_of
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.http import HttpRequest

MOST_TRIED: Final = 2_000
"""Photographs and animals up to which an undo is tried at once, to say who has used what. A trial is a whole undo that
is rolled back, for which others wait; of larger imports the worker says it."""


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: what an undo would take away, or how far it is. POST: have the worker do it."""
    record = find(key)
    if request.method == "POST":
        undos.ask(record, actor=signed_in(request), keep_used="keep_used" in request.POST)
        return redirect("undo-import", record.pk)
    last = record.undos.first()
    context = line_of(record) | _standing(record, last)
    if last is None or last.state in (ImportUndo.State.REFUSED, ImportUndo.State.FAILED):
        try:
            context |= _would_go(record, last, signed_in(request))
        except UndoRefused as refused:
            messages.error(request, str(refused))
            return redirect("import", record.pk)
    return render(request, "pages/imports/undo.html", context)


@require_GET
def progress(request: HttpRequest, key: UUID) -> HttpResponse:
    """How far the undo is; the page is loaded anew once it has ended."""
    record = find(key)
    last = record.undos.first()
    if last is None or last.state != ImportUndo.State.WAITING:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    return render(request, "pages/imports/undo_progress.html", _standing(record, last))


def _standing(record: Import, last: ImportUndo | None) -> dict[str, Any]:
    request = record.request
    can_import_again = request is not None and request.may_change and not request.files_gone_at
    return {"record": record, "undo": last, "can_import_again": can_import_again}


def _would_go(record: Import, last: ImportUndo | None, actor: User) -> dict[str, Any]:
    """What would go, and the uses since: of a small import by a trial, of a large one as the worker found them."""
    images = Image.objects.filter(made_by_import=record).count()
    detections = Detection.objects.filter(made_by_import=record).count()
    if images + detections > MOST_TRIED:
        found = last.conflicts if last else []
        more = (last.counts.get("conflicts", 0) if last else 0) - len(found)
        totals: dict[str, int] = {"images": images, "detections": detections}
        return {"totals": totals, "conflicts": found, "more": more, "is_large": True}
    reports = removal.undo_whole(record, actor=actor, dry_run=True)
    conflicts = [str(conflict) for report in reports for conflict in report.conflicts]
    return {
        "totals": undos.summed(reports),
        "conflicts": conflicts[: undos.SHOWN_CONFLICTS],
        "more": max(len(conflicts) - undos.SHOWN_CONFLICTS, 0),
    }
