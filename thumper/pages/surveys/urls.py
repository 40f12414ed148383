"""Addresses of the pages of surveys, below /surveys/. Each has a row in `permissions.PAGES`."""

from __future__ import annotations

from django.urls import path

from thumper.pages.surveys import acts, comparing, listing, making, one

urlpatterns = [
    path("", listing.surveys, name="surveys"),
    path("new", making.new, name="survey-new"),
    path("compare", comparing.compare, name="survey-compare"),
    path("<uuid:key>", one.survey, name="survey"),
    path("<uuid:key>/places.json", one.places, name="survey-places"),
    path("<uuid:key>/progress", one.progress, name="survey-progress"),
    path("<uuid:key>/estimate", acts.estimate, name="estimate-survey"),
    path("<uuid:key>/delete", acts.delete, name="survey-delete"),
]
