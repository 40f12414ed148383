"""URL patterns of exports below `/api/`."""

from __future__ import annotations

from django.urls import path

from exports.api import history_views, link_views, schedule_views, views

urlpatterns = [
    path("exports/", views.ExportListView.as_view(), name="export-list"),
    path("exports/pdf", views.ReportCreateView.as_view(), name="export-pdf"),
    path("exports/zip", views.ArchiveCreateView.as_view(), name="export-zip"),
    path("exports/pdf/<uuid:job_id>", views.ReportStatusView.as_view(), name="export-pdf-status"),
    path("exports/zip/<uuid:job_id>", views.ArchiveStatusView.as_view(), name="export-zip-status"),
    path("exports/<uuid:job_id>", views.ExportDeleteView.as_view(), name="export-delete"),
    path("exports/<uuid:job_id>/rebuild", views.RebuildView.as_view(), name="export-rebuild"),
    path("exports/<uuid:job_id>/cancel", history_views.CancelView.as_view(), name="export-cancel"),
    path(
        "exports/<uuid:job_id>/restore", history_views.RestoreView.as_view(), name="export-restore"
    ),
    path("exports/history", history_views.HistoryView.as_view(), name="export-history"),
    path(
        "exports/pdf/preview", history_views.ReportPreviewView.as_view(), name="export-pdf-preview"
    ),
    path(
        "exports/zip/preview", history_views.ArchivePreviewView.as_view(), name="export-zip-preview"
    ),
    path("exports/schedules", schedule_views.ScheduleListView.as_view(), name="api-schedules"),
    path("exports/schedules/<int:pk>", schedule_views.ScheduleView.as_view(), name="api-schedule"),
    *(
        path(f"exports/schedules/<int:pk>/{verb}", view.as_view(), name=f"api-schedule-{verb}")
        for verb, view in (
            ("pause", schedule_views.SchedulePauseView),
            ("resume", schedule_views.ScheduleResumeView),
            ("restore", schedule_views.ScheduleRestoreView),
            ("send", schedule_views.ScheduleSendView),
        )
    ),
    path("exports/links", link_views.LinkListView.as_view(), name="api-links"),
    path("exports/links/<int:pk>", link_views.LinkView.as_view(), name="api-link"),
    path(
        "exports/links/<int:pk>/reopen", link_views.LinkReopenView.as_view(), name="api-link-reopen"
    ),
    path(
        "exports/surveys/<uuid:survey>/<str:filename>",
        views.SurveyFileView.as_view(),
        name="survey-numbers",
    ),
    path("static/exports/<str:filename>", views.DownloadView.as_view(), name="export-download"),
]
