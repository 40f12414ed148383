"""Addresses of the audit, below /api/."""

from __future__ import annotations

from django.urls import path

from analysis import views

urlpatterns = [
    path("audits/plan", views.PlanView.as_view(), name="audits-plan"),
    path("audits/next", views.NextView.as_view(), name="audits-next"),
    path("audits/record", views.RecordView.as_view(), name="audits-record"),
    path("audits/status", views.StatusView.as_view(), name="audits-status"),
]
