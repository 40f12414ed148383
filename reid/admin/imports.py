"""Admin of imports: what each one read, what it refused, how it ended, and its undo. Nothing is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import admin, messages

from reid import models
from reid.admin import review
from reid.admin.logs import LogAdmin
from reid.import_undo.undo import UndoRefused, undo
from reid.wording import Number

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.template.response import TemplateResponse

ONE_AT_A_TIME: Final = "Select one import."
UNDONE: Final = "The import of {source} is undone: {detections:detection|detections} and {images:photograph|photographs} are gone."


class ProblemInline(admin.TabularInline[models.ImportProblem, models.Import]):
    model = models.ImportProblem
    fields = readonly_fields = ("severity", "line", "path", "reason", "text")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Import | None = None) -> bool:
        return False


@admin.action(description="Undo an import", permissions=["undo"])
def undo_import(
    model_admin: ImportAdmin, request: HttpRequest, queryset: QuerySet[models.Import]
) -> TemplateResponse | None:
    """Show what would go and what was used since, then undo."""
    records = list(queryset[:2])
    if len(records) != 1:
        messages.error(request, ONE_AT_A_TIME)
        return None
    (record,) = records
    is_confirmed = "confirmed" in request.POST
    try:
        report = undo(
            record.pk,
            actor=review.reviewer(request),
            keep_used="keep_used" in request.POST,
            dry_run=not is_confirmed,
        )
    except UndoRefused as refused:
        messages.error(request, str(refused))
        return None
    if not is_confirmed:
        title = f"Undo the import of {record.source}?"
        return review.ask(model_admin, request, "undo_import", title, report=report)
    text = UNDONE.format(
        source=record.source, detections=Number(report.detections), images=Number(report.images)
    )
    messages.success(request, text)
    return None


@admin.register(models.Import)
class ImportAdmin(LogAdmin):
    list_display = ("source", "source_format", "standing", "actor", "started_at", "finished_at")
    actions = (undo_import,)
    list_select_related = ("actor",)
    list_filter = ("state", "kind", "source_format")
    search_fields = ("source",)
    inlines = (ProblemInline,)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reid.change_detection")


@admin.register(models.ClockCorrection)
class ClockCorrectionAdmin(LogAdmin):
    list_display = (
        "camera",
        "seconds",
        "first_day",
        "last_day",
        "actor",
        "created_at",
        "undone_at",
    )
    list_select_related = ("camera", "actor")
    search_fields = ("camera__name",)
