"""Every address of the project."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from thumper import health
from thumper.api.root import ApiRootView
from thumper.metrics.views import MetricsView
from thumper.pages.health import live_exports

admin.autodiscover()
staff_only = admin.site.admin_view

urlpatterns = [
    path("", include("thumper.pages.urls")),
    path("", include("thumper.tus.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("admin/live-exports/", staff_only(live_exports.live_exports), name="live-exports"),
    path(
        "admin/live-exports/<uuid:job_id>/cancel",
        staff_only(live_exports.cancel),
        name="live-exports-cancel",
    ),
    path("admin/", admin.site.urls),
    path("api/", ApiRootView.as_view(), name="api-root"),
    path("api/", include("analysis.api.urls")),
    path("api/", include("exports.api.urls")),
    path("api/", include("reid.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]

handler404 = "thumper.api.problems.not_found"
