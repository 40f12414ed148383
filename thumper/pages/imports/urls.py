"""Addresses of the pages of imports."""

from __future__ import annotations

from django.urls import path

from thumper.pages.imports import acts, lists, new, prepare, stations, undoing

urlpatterns = [
    path("", lists.imports, name="imports"),
    path("new", new.new, name="import-new"),
    path("new/folder", new.folder, name="import-folder"),
    path("new/table", stations.create, name="import-table"),
    path("<uuid:key>/", lists.one, name="import"),
    path("<uuid:key>/problems", lists.problems, name="problems-of-import"),
    path("<uuid:key>/undo", undoing.undo, name="undo-import"),
    path("<uuid:key>/undo/progress", undoing.progress, name="undo-import-progress"),
    path("requests/<uuid:key>/", prepare.request_page, name="import-request"),
    path("requests/<uuid:key>/progress", prepare.progress, name="import-progress"),
    path("requests/<uuid:key>/columns", prepare.columns, name="import-columns"),
    path("requests/<uuid:key>/answers", acts.answers, name="import-answers"),
    path("requests/<uuid:key>/clocks", acts.clocks, name="import-clocks"),
    path("requests/<uuid:key>/start", acts.start, name="import-start"),
    path("requests/<uuid:key>/cancel", acts.cancel, name="import-cancel"),
    path("requests/<uuid:key>/go-on", acts.go_on, name="import-go-on"),
    path("requests/<uuid:key>/remove", acts.remove, name="import-remove"),
]
