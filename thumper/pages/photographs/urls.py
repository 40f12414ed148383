"""Addresses of the gallery and of one photograph."""

from __future__ import annotations

from django.urls import path

from thumper.pages.photographs import acts, gallery, repeats, viewing

urlpatterns = [
    path("", gallery.gallery, name="photographs"),
    path("marked", gallery.marked, name="photographs-marked"),
    path("undo", gallery.undo, name="photographs-undo"),
    path("repeats", repeats.repeats, name="photographs-repeats"),
    path("repeats/<uuid:key>", repeats.answer, name="photographs-repeat"),
    path("<uuid:key>", viewing.show, name="photograph"),
    path("<uuid:key>/history", viewing.earlier, name="photograph-history"),
    path("<uuid:key>/act", acts.act, name="photograph-act"),
]
