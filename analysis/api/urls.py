"""Addresses of audits, of doubtful labels, of thresholds and of the history of performance, below /api/."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from analysis.api import audit_views, batch_views, history_views, label_views, threshold_views

router = SimpleRouter(trailing_slash=False)
router.register("watch", history_views.PerformanceSnapshotViewSet)

urlpatterns = [
    path("review/labels", label_views.LabelsView.as_view(), name="label-questions"),
    path("audits/plan", audit_views.AuditPlanView.as_view(), name="audits-plan"),
    path("audits/next", audit_views.AuditNextView.as_view(), name="audits-next"),
    path("audits/record", audit_views.AuditRecordView.as_view(), name="audits-record"),
    path("audits/status", audit_views.AuditStatusView.as_view(), name="audits-status"),
    path("audits/offer", batch_views.BatchOfferView.as_view(), name="audits-offer"),
    path("audits/batches", batch_views.BatchListView.as_view(), name="audits-batches"),
    path("audits/assign", batch_views.BatchAssignView.as_view(), name="audits-assign"),
    path("audits/abandon", batch_views.BatchAbandonView.as_view(), name="audits-abandon"),
    path("", include("analysis.api.survey_audits.urls")),
    path("", include("analysis.api.surveys.urls")),
    path(
        "thresholds/",
        threshold_views.ThresholdViewSet.as_view({"get": "list"}),
        name="thresholds-list",
    ),
    path(
        "thresholds/what-if",
        threshold_views.WhatIfThresholdView.as_view(),
        name="thresholds-what-if",
    ),
    path(
        "thresholds/propose",
        threshold_views.ProposeThresholdView.as_view(),
        name="thresholds-propose",
    ),
    path(
        "thresholds/<uuid:pk>",
        threshold_views.ThresholdViewSet.as_view({"get": "retrieve"}),
        name="thresholds-detail",
    ),
    path("thresholds/<uuid:pk>/approve", threshold_views.ApproveThresholdView.as_view()),
    path("thresholds/<uuid:pk>/apply", threshold_views.ApplyThresholdView.as_view()),
    path("thresholds/<uuid:pk>/withdraw", threshold_views.WithdrawThresholdView.as_view()),
    path("thresholds/<uuid:pk>/undo", threshold_views.UndoThresholdView.as_view()),
    *router.urls,
]
