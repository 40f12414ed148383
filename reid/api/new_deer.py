"""Cold start over HTTP: groups of nameless sightings that may be a new deer each, for a person to look at.

Taking one is a review like any other (`reid.reviewing.name_group`): one operation for all of its sightings.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from reid import reviewing
from reid.api.query import Query
from reid.api.review_pages import ShownDetection
from reid.api.review_requests import (
    DETECTION,
    MOST,
    SIGHTING,
    FlanksField,
    NewNameRequest,
    VersionsField,
    example,
)
from reid.api.review_views import REFUSALS, ReviewerView, VerbView, described
from reid.api.serializers import ScorerSerializer
from reid.models import Detection, Scorer, Sighting
from reid.suggesting import new_deer

if TYPE_CHECKING:
    from rest_framework.request import Request

GROUPS: Final = 10
"""Groups shown where no other number is asked for; each one is many pictures."""
GROUPS_AT_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class OfferedSighting:
    """A sighting of a group, with all its detections in order of time."""

    sighting: Sighting
    detections: list[Detection]


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """`lowest` is the smallest cosine between any two of its sightings."""

    lowest: float
    sightings: list[OfferedSighting]


@dataclass(frozen=True, slots=True)
class FirstGroups:
    """The first groups of an offer of `total`; without an active scorer there is none."""

    groups: list[OfferedGroup]
    total: int
    similarity: float | None
    threshold: float | None
    scorer: Scorer | None


def offered(count: int) -> FirstGroups:
    """The `count` largest groups of the active scorer, in a fixed number of queries."""
    scorer = Scorer.objects.active()
    if scorer is None:
        return FirstGroups([], 0, None, None, None)
    offer = new_deer.offer(scorer)
    first = [
        (group.lowest, [UUID(str(key)) for key in group.sightings])
        for group in offer.groups[:count]
    ]
    keys = [key for _, group in first for key in group]
    sightings = Sighting.objects.select_related("encounter__camera").in_bulk(keys)
    members: defaultdict[UUID | None, list[Detection]] = defaultdict(list)
    for detection in (
        Detection.objects.filter(sighting__in=keys)
        .select_related("image")
        .order_by("image__captured_at", "image__path", "x", "pk")
    ):
        members[detection.sighting_id].append(detection)
    groups = [
        OfferedGroup(lowest, [OfferedSighting(sightings[key], members[key]) for key in group])
        for lowest, group in first
    ]
    approved = float(offer.threshold.value) if offer.threshold else None
    return FirstGroups(groups, len(offer.groups), offer.similarity, approved, scorer)


class ShownSighting(serializers.Serializer[Any]):
    sighting = serializers.UUIDField(source="sighting.pk")
    camera = serializers.CharField(source="sighting.encounter.camera", allow_null=True)
    detections = ShownDetection(many=True)


class ShownGroup(serializers.Serializer[Any]):
    lowest = serializers.FloatField(
        max_value=1, help_text="The smallest cosine between any two of its sightings."
    )
    sightings = ShownSighting(many=True)


class GroupsPage(serializers.Serializer[Any]):
    """Groups of sightings without a deer that are mutually near, the largest first; a hint, never an identity."""

    groups = ShownGroup(many=True)
    total = serializers.IntegerField(min_value=0, help_text="Groups in all.")
    similarity = serializers.FloatField(
        allow_null=True, max_value=1, help_text="The cosine that any two of a group reach."
    )
    threshold = serializers.FloatField(
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="The approved one; null where near is only what the nearest pairs reach.",
    )
    space = serializers.CharField(source="scorer.space", allow_null=True)
    scorer = ScorerSerializer(allow_null=True)


class GroupsRequest(Query):
    count = serializers.IntegerField(default=GROUPS, min_value=1, max_value=GROUPS_AT_MOST)


@example(sightings=[SIGHTING], name="Juniper", versions={DETECTION: 3})
class NameGroupRequest(NewNameRequest):
    """`versions` names every detection of the sightings."""

    sightings = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=MOST
    )
    versions = VersionsField()
    flanks = FlanksField()


class GroupsView(ReviewerView):
    query = GroupsRequest

    @extend_schema(
        operation_id="review_groups",
        summary="List groups that may be new deer",
        description=(
            "Sightings without a deer that are mutually alike, the largest groups first. A group is a hint: a person "
            "names it, or those of its sightings that are one deer."
        ),
        responses={200: GroupsPage, 400: REFUSALS[400]},
    )
    def get(self, request: Request) -> Response:
        params = self.query().read(request.query_params)
        page = GroupsPage(offered(params["count"]))
        return Response(page.data, headers={"Cache-Control": "no-store"})


@described
class NameGroupView(VerbView):
    summary = "Make a new deer of a group"
    description = "These sightings, which were offered as one group, are a deer without a profile yet: one is made."
    verb = staticmethod(reviewing.name_group)
    shape = NameGroupRequest
