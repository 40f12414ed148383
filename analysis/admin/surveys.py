"""Surveys and their audits in the admin, read-only: they are made, judged and deleted on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from reid.admin.logs import LogAdmin
from reid.models import Survey, SurveyAudit

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class SurveyAdmin(LogAdmin):
    list_display = (
        *("name", "start", "end", "occasion_days", "basis", "made_by", "created_at"),
        *("estimated_at", "problem"),
    )
    list_select_related = ("made_by",)
    fields = (
        *("name", "start", "end", "occasion_days", "basis", "one_side", "cameras"),
        *("habitat_km2", "note", "made_by", "created_at", "frozen_sha256", "estimated_at"),
        *("problem", "result"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Survey]:
        return super().get_queryset(request).defer("frozen")


class SurveyAuditAdmin(LogAdmin):
    list_display = ("survey", "status", "made_by", "created_at", "closed_at")
    list_select_related = ("survey", "made_by")
    fields = ("survey", "status", "salt", "made_by", "created_at", "closed_at")


admin.site.register(Survey, SurveyAdmin)
admin.site.register(SurveyAudit, SurveyAuditAdmin)
