"""Addresses of the audit, of thresholds and of the history of performance, below /api/."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from analysis.api import audit_views, history_views, threshold_views

router = SimpleRouter(trailing_slash=False)
router.register("watch", history_views.PerformanceSnapshotViewSet)

urlpatterns = [
    path("audits/plan", audit_views.PlanView.as_view(), name="audits-plan"),
    path("audits/next", audit_views.NextView.as_view(), name="audits-next"),
    path("audits/record", audit_views.RecordView.as_view(), name="audits-record"),
    path("audits/status", audit_views.StatusView.as_view(), name="audits-status"),
    path(
        "thresholds/",
        threshold_views.ThresholdViewSet.as_view({"get": "list"}),
        name="thresholds-list",
    ),
    path("thresholds/what-if", threshold_views.WhatIfView.as_view(), name="thresholds-what-if"),
    path("thresholds/propose", threshold_views.ProposeView.as_view(), name="thresholds-propose"),
    path(
        "thresholds/<uuid:pk>",
        threshold_views.ThresholdViewSet.as_view({"get": "retrieve"}),
        name="thresholds-detail",
    ),
    path("thresholds/<uuid:pk>/approve", threshold_views.ApproveView.as_view()),
    path("thresholds/<uuid:pk>/apply", threshold_views.ApplyView.as_view()),
    path("thresholds/<uuid:pk>/withdraw", threshold_views.WithdrawView.as_view()),
    path("thresholds/<uuid:pk>/undo", threshold_views.UndoView.as_view()),
    *router.urls,
]
