"""Addresses of surveys, below /api/surveys."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from analysis.api.surveys.files import SurveyFilesView
from analysis.api.surveys.views import SurveyViewSet

router = SimpleRouter(trailing_slash=False)
router.register("surveys", SurveyViewSet)
urlpatterns = [
    *router.urls,
    path("surveys/<uuid:id>/files/<str:package>", SurveyFilesView.as_view(), name="survey-files"),
]
