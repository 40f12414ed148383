"""Addresses of uploads."""

from __future__ import annotations

from django.urls import path

from thumper.tus import views

urlpatterns = [
    path("uploads/<uuid:key>/", views.files, name="upload-files"),
    path("uploads/<uuid:key>/<uuid:file_key>/", views.file, name="upload-file"),
]
