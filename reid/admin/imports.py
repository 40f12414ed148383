"""Admin of imports: what each one read, what it refused, and how it ended. Read only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from reid import models
from reid.admin.logs import LogAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


class ProblemInline(admin.TabularInline[models.ImportProblem, models.Import]):
    model = models.ImportProblem
    fields = readonly_fields = ("severity", "line", "path", "reason", "text")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: models.Import | None = None) -> bool:
        return False


@admin.register(models.Import)
class ImportAdmin(LogAdmin):
    list_display = ("source", "source_format", "state", "actor", "started_at", "finished_at")
    list_select_related = ("actor",)
    list_filter = ("state", "kind", "source_format")
    search_fields = ("source",)
    inlines = (ProblemInline,)


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
