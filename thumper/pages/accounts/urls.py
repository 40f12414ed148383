"""Addresses of the pages of accounts."""

from __future__ import annotations

from django.urls import path

from thumper.pages.accounts import acts, lists

urlpatterns = [
    path("", lists.accounts, name="accounts"),
    path("events", lists.events, name="account-events"),
    path("make", acts.make, name="account-made"),
    path("<int:key>/", lists.one, name="account-one"),
    path("<int:key>/role", acts.change_role, name="account-role"),
    path("<int:key>/active", acts.change_active, name="account-active"),
    path("<int:key>/password", acts.set_password, name="account-password"),
    path("<int:key>/end-sessions", acts.end_sessions, name="account-sessions-ended"),
]
