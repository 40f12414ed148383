"""Addresses of surveys' audits, below /api/surveys/{id}/audit."""

from __future__ import annotations

from django.urls import path

from analysis.api.survey_audits import views

urlpatterns = [
    path("", views.SurveyAuditView.as_view(), name="survey-audit-state"),
    path("/open", views.SurveyAuditOpenView.as_view(), name="survey-audit-open"),
    path("/next", views.SurveyAuditNextView.as_view(), name="survey-audit-next"),
    path("/profiles", views.SurveyAuditProfilesView.as_view(), name="survey-audit-profiles"),
    path("/answer", views.SurveyAuditAnswerView.as_view(), name="survey-audit-answer"),
    path("/undo", views.SurveyAuditUndoView.as_view(), name="survey-audit-undo"),
    path("/close", views.SurveyAuditCloseView.as_view(), name="survey-audit-close"),
    path("/abandon", views.SurveyAuditAbandonView.as_view(), name="survey-audit-abandon"),
]
