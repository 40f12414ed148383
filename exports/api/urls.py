"""URL patterns of exports below `/api/`."""

from __future__ import annotations

from django.urls import path

from exports.api import views

urlpatterns = [
    path("exports/", views.ExportListView.as_view(), name="export-list"),
    path("exports/pdf", views.ReportCreateView.as_view(), name="export-pdf"),
    path("exports/zip", views.ArchiveCreateView.as_view(), name="export-zip"),
    path("exports/pdf/<uuid:job_id>", views.ReportStatusView.as_view(), name="export-pdf-status"),
    path("exports/zip/<uuid:job_id>", views.ArchiveStatusView.as_view(), name="export-zip-status"),
    path("exports/<uuid:job_id>", views.ExportDeleteView.as_view(), name="export-delete"),
    path("exports/<uuid:job_id>/rebuild", views.RebuildView.as_view(), name="export-rebuild"),
    path("static/exports/<str:filename>", views.DownloadView.as_view(), name="export-download"),
]
