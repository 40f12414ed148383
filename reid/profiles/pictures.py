"""Pictures of a deer: page after page, the latest first, of one flank or one year where that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db.models import Count, F, Max, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from reid.models import Detection, Sighting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from reid.models import Deer

PAGE: Final = 24
"""Pictures of a page."""
SIGHTINGS_AT_MOST: Final = 200
"""Sightings that can be chosen from at once."""
_NEVER: Final = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PicturePage:
    """A page of detections with their images and cameras; `after` asks for the next one, empty where there is none."""

    pictures: tuple[Detection, ...]
    after: str


@dataclass(frozen=True, slots=True)
class ShownSighting:
    """A sighting of a deer with all its detections, and `shown`, the one to look at."""

    sighting: Sighting
    detections: tuple[Detection, ...]

    @property
    def shown(self) -> Detection:
        return max(self.detections, key=lambda one: (one.is_reference, one.width * one.height))


def page(deer: Deer, *, flank: str = "", year: int | None = None, after: str = "") -> PicturePage:
    """The valid pictures after the one that `after` names; a text that no page gave begins at the first one.

    `year` is a calendar year of the ranch. Two queries at most.
    """
    rows = _ordered(Detection.objects.valid().public().filter(deer=deer))
    if flank:
        rows = rows.filter(flank=flank)
    if year is not None:
        rows = rows.filter(
            image__captured_at__gte=_new_year(year), image__captured_at__lt=_new_year(year + 1)
        )
    if after and (last := rows.filter(pk=_key(after)).values_list("taken", "pk").first()):
        taken, key = last
        rows = rows.filter(Q(taken__lt=taken) | Q(taken=taken, pk__gt=key))
    found = list(rows.select_related("image__camera")[: PAGE + 1])
    shown = tuple(found[:PAGE])
    return PicturePage(shown, str(shown[-1].pk) if len(found) > PAGE else "")


def by_flank(deer: Deer) -> dict[str, int]:
    """How many valid pictures there are of each flank. One query."""
    rows = Detection.objects.valid().public().filter(deer=deer).order_by()
    return dict(rows.values_list("flank").annotate(Count("pk")))


def references(deer: Deer) -> list[Detection]:
    """What new sightings are compared with, the latest first."""
    rows = _ordered(Detection.objects.references().filter(deer=deer))
    return list(rows.select_related("image__camera"))


def sightings(deer: Deer) -> list[ShownSighting]:
    """The latest sightings of a deer, with all their detections. Two queries."""
    newest = (
        Sighting.objects.filter(detections__deer=deer, detections__is_valid=True)
        .annotate(last=Max("detections__image__captured_at"))
        .order_by(F("last").desc(nulls_last=True), "pk")
        .select_related("encounter__camera")[:SIGHTINGS_AT_MOST]
    )
    found = list(newest)
    return _with_detections(found)


def _with_detections(found: Sequence[Sighting]) -> list[ShownSighting]:
    members: dict[UUID, list[Detection]] = {one.pk: [] for one in found}
    rows = Detection.objects.filter(sighting__in=members.keys()).select_related("image")
    for detection in rows.order_by("image__captured_at", "pk"):
        if detection.sighting_id is not None:
            members[detection.sighting_id].append(detection)
    return [ShownSighting(one, tuple(members[one.pk])) for one in found if members[one.pk]]


def _ordered(rows: QuerySet[Detection]) -> QuerySet[Any]:
    taken = Coalesce("image__captured_at", Value(_NEVER))
    return rows.annotate(taken=taken).order_by("-taken", "pk")


def _new_year(year: int) -> datetime:
    return timezone.make_aware(datetime(year, 1, 1))  # noqa: DTZ001 - made aware at once


def _key(after: str) -> UUID | None:
    try:
        return UUID(after)
    except ValueError:
        return None
