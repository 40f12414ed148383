"""The view of the metrics: for tokens of the scope `metrics`, and for who looks after the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from prometheus_client.exposition import choose_encoder
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from thumper.metrics.values import registry
from thumper.models import ApiToken
from thumper.pages.permissions import Permission, is_granted

if TYPE_CHECKING:
    from rest_framework.request import Request


class MayReadMetrics(BasePermission):
    """A token that is made for this, or a person who may administer the server; no other token."""

    message = (
        "Metrics are for tokens of the scope metrics, and for people who look after the server."
    )

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiToken):
            return request.auth.scope == ApiToken.Scope.METRICS
        return is_granted(request.user, Permission.ADMINISTER)


class MetricsView(APIView):
    """Every metric in the text format of Prometheus or OpenMetrics, as the request prefers."""

    permission_classes = [MayReadMetrics]
    schema = None  # no part of the API

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Prometheus names formats that no renderer has; the encoder below chooses."""
        return super().perform_content_negotiation(request, force=True)

    def get(self, request: Request) -> HttpResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(
            encode(registry()), content_type=content_type, headers={"Cache-Control": "no-store"}
        )
