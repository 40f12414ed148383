"""Lists of what belongs to cameras: their outages, and what people changed of them."""

from __future__ import annotations

from reid.api import filters
from reid.api.cameras.changes import CameraChangeSerializer, OutageSerializer
from reid.api.store import StoreViewSet, described
from reid.models import CameraChange, Outage


@described(
    plural="outages",
    singular="an outage",
    about="An outage is the span of days on which a deployed camera did not work; they leave its effort.",
)
class OutageViewSet(StoreViewSet):
    """Days on which a camera did not work."""

    queryset = Outage.objects.all()
    serializer_class = OutageSerializer
    query_class = filters.DeploymentQuery
    cursor_ordering = ("started_on",)


@described(
    plural="camera changes",
    singular="a camera change",
    about=(
        "A camera change is what a person changed of a camera, a deployment or an outage: the fields before and after, by whom, "
        "when, and whether it was undone."
    ),
)
class CameraChangeViewSet(StoreViewSet):
    """What people changed of cameras, deployments and outages."""

    queryset = CameraChange.objects.select_related("actor", "undone_by")
    serializer_class = CameraChangeSerializer
    query_class = filters.ListQuery
    cursor_ordering = ("-created_at",)
