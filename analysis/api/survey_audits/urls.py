"""Addresses of surveys' audits, below /api/."""

from __future__ import annotations

from typing import Final

from django.urls import path

from analysis.api.survey_audits import views

AUDIT: Final = "surveys/<uuid:survey>/audit"

urlpatterns = [
    path(AUDIT, views.SurveyAuditView.as_view(), name="survey-audit-state"),
    path(f"{AUDIT}/open", views.SurveyAuditOpenView.as_view(), name="survey-audit-open"),
    path(f"{AUDIT}/next", views.SurveyAuditNextView.as_view(), name="survey-audit-next"),
    path(
        f"{AUDIT}/profiles", views.SurveyAuditProfilesView.as_view(), name="survey-audit-profiles"
    ),
    path(f"{AUDIT}/answer", views.SurveyAuditAnswerView.as_view(), name="survey-audit-answer"),
    path(f"{AUDIT}/undo", views.SurveyAuditUndoView.as_view(), name="survey-audit-undo"),
    path(f"{AUDIT}/close", views.SurveyAuditCloseView.as_view(), name="survey-audit-close"),
    path(f"{AUDIT}/abandon", views.SurveyAuditAbandonView.as_view(), name="survey-audit-abandon"),
]
