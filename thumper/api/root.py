"""Root of the API: the address of every list that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

if TYPE_CHECKING:
    from rest_framework.request import Request

LISTS: Final = {
    "batches": "audits-batches",
    "camera-changes": "camerachange-list",
    "camera-merges": "cameramerge-list",
    "cameras": "camera-list",
    "clock-corrections": "clockcorrection-list",
    "deer": "deer-list",
    "deployments": "deployment-list",
    "detections": "detection-list",
    "exports": "export-list",
    "exports-history": "export-history",
    "images": "image-list",
    "imports": "import-list",
    "links": "api-links",
    "operations": "operation-list",
    "outages": "outage-list",
    "repeats": "repeat-list",
    "runs": "reidrun-list",
    "schedules": "api-schedules",
    "scores": "similarityscore-list",
    "surveys": "survey-list",
    "thresholds": "thresholds-list",
    "watch": "performancesnapshot-list",
}
"""Name of each list in the answer, and of its route."""


class ApiRootView(APIView):
    """Every list of the API. What else it does is described under /api/docs/."""

    schema = None  # it describes the API, and is no part of what the document describes

    def get(self, request: Request) -> Response:
        return Response({name: reverse(route, request=request) for name, route in LISTS.items()})
