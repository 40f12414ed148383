"""Addresses of the audit and of the history of performance, below /api/."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from analysis import views, watch_views

router = SimpleRouter(trailing_slash=False)
router.register("watch", watch_views.PerformanceSnapshotViewSet)

urlpatterns = [
    path("audits/plan", views.PlanView.as_view(), name="audits-plan"),
    path("audits/next", views.NextView.as_view(), name="audits-next"),
    path("audits/record", views.RecordView.as_view(), name="audits-record"),
    path("audits/status", views.StatusView.as_view(), name="audits-status"),
    *router.urls,
]
