"""Scene of a review: the rows that it is about, locked in one order and compared with what the reviewer saw.

Locks are taken in one order everywhere, which is that of identification: the grouping's, then deer, then sightings,
then detections, each by key; so a review and a run that meet wait for each other, never in a circle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q

from reid.grouping.locks import hold_off
from reid.models import Deer, Detection, IdentityEvent, Sighting
from reid.reviewing.problems import FieldChange, ReviewRefused, StaleReview

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

UNKNOWN_DEER: Final = "There is no deer {deer}."
MERGED_DEER: Final = "{deer} was merged into {into}: use that profile."

# What a reviewer wants to hear of first, when several fields changed.
_FIELDS: Final = (
    "deer",
    "is_valid",
    "corrected_classification",
    "flank",
    "flank_source",
    "is_reference",
    "hidden_at",
    "x",
    "y",
    "width",
    "height",
)
_BATCH: Final = 500


def lock_deer(keys: Collection[UUID]) -> dict[UUID, Deer]:
    """The profiles, locked against a merge and against two enrolments at once.

    Raises ReviewRefused where one is unknown or merged away.
    """
    hold_off()
    # NO KEY UPDATE: runs that insert scores hold a share of the deer's key, and may go on. No join: PostgreSQL
    # reads a row anew when it had to wait for it, but not what the row was joined with before.
    locked = Deer.objects.select_for_update(no_key=True)
    profiles = {deer.pk: deer for deer in locked.filter(pk__in=keys).order_by("pk")}
    for key in keys:
        if key not in profiles:
            raise ReviewRefused(UNKNOWN_DEER.format(deer=key), "not_found", "deer")
    for deer in profiles.values():
        if deer.merged_into is not None:
            raise ReviewRefused(
                MERGED_DEER.format(deer=deer.name, into=deer.merged_into.name), "conflict", "deer"
            )
    return profiles


def lock_with_deer(detections: QuerySet[Detection]) -> dict[UUID, Detection]:
    """`lock_scene`, after the profiles that these detections bear. Raises as `lock_deer` does."""
    owners = detections.filter(deer__isnull=False).order_by().values_list("deer", flat=True)
    lock_deer({key for key in owners if key})
    return lock_scene(detections)


def lock_scene(detections: QuerySet[Detection]) -> dict[UUID, Detection]:
    """These detections and all others of their encounters, locked, with their images.

    Whole encounters, because sightings that share a frame are decided together. Nobody groups them meanwhile,
    but the caller.
    """
    hold_off()
    # Keys, and no queries within one another: with statistics of an emptier store PostgreSQL would join four
    # tables row by row.
    keys = list(detections.order_by().values_list("pk", flat=True))
    rows = Sighting.objects.filter(detections__in=keys)
    encounters = set(rows.values_list("encounter", flat=True))
    sightings = list(
        Sighting.objects.select_for_update()
        .filter(encounter__in=encounters)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    # Hidden rows are of no sighting: only those that the caller names are among them.
    locked = (
        Detection.everything.select_for_update(of=("self",))
        .filter(Q(sighting__in=sightings) | Q(pk__in=keys))
        .select_related("image", "sighting")
        .order_by("pk")
    )
    return {detection.pk: detection for detection in locked}


def compare(
    scene: Mapping[UUID, Detection], wanted: Iterable[UUID], versions: Mapping[UUID, int]
) -> list[Detection]:
    """The wanted detections, all of which the reviewer saw as they are now, by key.

    Raises StaleReview, naming what changed and by whom, where one has another version than the reviewer
    saw, is gone, or has come to the sighting since.
    """
    wanted = {key for key in wanted if key in scene}
    stale = {key for key in wanted if scene[key].version != versions.get(key)}
    stale |= versions.keys() - wanted
    if stale:
        raise StaleReview(_latest_changes(stale))
    return [scene[key] for key in sorted(wanted)]


def _latest_changes(detections: Collection[UUID]) -> list[FieldChange]:
    """Of each detection, what the last operation on it changed."""
    events = (
        IdentityEvent.objects.filter(detection__in=detections, field__in=_FIELDS)
        .select_related("operation__actor")
        .order_by("-pk")[:_BATCH]
    )
    last: dict[UUID | None, UUID] = {}
    newest = [
        event
        for event in events
        if last.setdefault(event.detection_id, event.operation_id) == event.operation_id
    ]
    return [FieldChange.of(event) for event in sorted(newest, key=lambda e: _FIELDS.index(e.field))]


def latest_profile_changes(deer: UUID, field: str) -> list[FieldChange]:
    """What was done last to this field of a profile; none where the log does not know."""
    events = IdentityEvent.objects.filter(deer=deer, detection__isnull=True, field=field)
    newest = events.select_related("operation__actor").order_by("-pk")[:1]
    return [FieldChange.of(event) for event in newest]
