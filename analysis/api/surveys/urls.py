"""Addresses of surveys, below /api/surveys."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from analysis.api.surveys.views import SurveyViewSet

router = SimpleRouter(trailing_slash=False)
router.register("surveys", SurveyViewSet)
urlpatterns = router.urls
