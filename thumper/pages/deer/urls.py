"""Addresses of the pages of deer. Each has a row in `thumper.pages.permissions.PAGES`."""

from __future__ import annotations

from django.urls import path

from thumper.pages.deer import acts, edits, names, overview, pairs, places, profile

urlpatterns = [
    path("", overview.deer, name="deer"),
    path("more", overview.more, name="deer-more"),
    path("names", names.names, name="deer-names"),
    path("news/seen", acts.news_seen, name="deer-news-seen"),
    path("<uuid:key>", profile.profile, name="deer-profile"),
    path("<uuid:key>/pictures", profile.pictures, name="deer-pictures"),
    path("<uuid:key>/calendar", profile.calendar, name="deer-calendar"),
    path("<uuid:key>/look-alikes", profile.look_alikes, name="deer-look-alikes"),
    path("<uuid:key>/history", profile.history, name="deer-history"),
    path("<uuid:key>/places.json", places.places, name="deer-places"),
    path("<uuid:key>/edit", edits.facts, name="deer-edit"),
    path("<uuid:key>/rename", edits.rename, name="deer-rename"),
    path("<uuid:key>/sex", edits.sex, name="deer-sex"),
    path("<uuid:key>/season", edits.season, name="deer-season"),
    path("<uuid:key>/portrait", acts.portrait, name="deer-portrait"),
    path("<uuid:key>/reference", acts.reference, name="deer-reference"),
    path("<uuid:key>/watch", acts.watch, name="deer-watch"),
    path("<uuid:key>/undo", acts.undo, name="deer-undo"),
    path("<uuid:key>/merge", pairs.merge, name="deer-merge"),
    path("<uuid:key>/split", pairs.split, name="deer-split"),
]
