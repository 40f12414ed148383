"""Addresses of the store, below /api/."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from reid import views

router = SimpleRouter(trailing_slash=False)
router.register("cameras", views.CameraViewSet)
router.register("deployments", views.DeploymentViewSet)
router.register("images", views.ImageViewSet)
router.register("detections", views.DetectionViewSet)
router.register("deer", views.DeerViewSet)
router.register("scores", views.SimilarityScoreViewSet)
router.register("runs", views.ReidRunViewSet)
router.register("operations", views.OperationViewSet)
urlpatterns = router.urls
