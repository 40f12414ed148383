"""Addresses of the pages of reports. Each has a row in `permissions.PAGES`."""

from __future__ import annotations

from django.urls import path

from thumper.pages.reports import exports, links, schedules, shared

urlpatterns = [
    path("exports/", exports.exports, name="exports"),
    path("exports/list", exports.listed, name="exports-list"),
    path("exports/<uuid:job_id>/page", exports.page, name="report-page"),
    *(
        path(
            f"exports/<uuid:job_id>/{verb}",
            exports.act,
            {"verb": verb},
            name=f"export-{name}",
        )
        for verb, name in (
            ("cancel", "cancelled"),
            ("again", "again"),
            ("delete", "deleted"),
            ("restore", "restored"),
        )
    ),
    path("exports/<uuid:job_id>/share", links.share_report, name="report-shared"),
    path("exports/schedules/", schedules.schedules, name="schedules"),
    *(
        path(
            f"exports/schedules/<int:pk>/{verb}",
            schedules.act,
            {"verb": verb},
            name=f"schedule-{verb}",
        )
        for verb in ("pause", "resume", "send", "delete", "restore")
    ),
    path("exports/links/", links.links, name="shared-links"),
    path("exports/links/deer", links.share_deer, name="deer-shared"),
    *(
        path(f"exports/links/<int:pk>/{verb}", links.act, {"verb": verb}, name=f"link-{verb}")
        for verb in ("revoke", "reopen")
    ),
    path("shared/<str:key>", shared.show, name="shared"),
    path("shared/<str:key>/report.pdf", shared.pdf, name="shared-pdf"),
]
