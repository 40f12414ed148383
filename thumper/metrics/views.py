"""The view of the metrics: for who looks after the server, and for tokens of the scope `metrics` of such people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from prometheus_client.exposition import choose_encoder
from rest_framework.permissions import BasePermission
from rest_framework.views import APIView

from thumper.accounts.roles import Permission, is_granted
from thumper.metrics.values import registry
from thumper.models import ApiToken

if TYPE_CHECKING:
    from rest_framework.request import Request


class MayReadMetrics(BasePermission):
    """A person who may administer the server, or his token that is made for this; no other token."""

    message = "Metrics are for people who look after the server, and for their tokens of the scope metrics."

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        is_other = isinstance(token, ApiToken) and token.scope != ApiToken.Scope.METRICS
        return not is_other and is_granted(request.user, Permission.ADMINISTER)


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
