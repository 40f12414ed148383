"""Regrouping after a review: an animal more or less on a photograph divides its encounter anew.

A detection that is thrown out, taken back, or becomes a deer or none, changes how many animals its photographs show.
The sightings of its encounter are then told apart as an import would do it, by the same rule: named ones stay,
identities that a person or an import gave hold together or apart, and no identity of theirs is lost. An undo
puts the sightings back as they were, under their old ids, unless somebody has grouped them since.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from reid.grouping.rebuild import regroup
from reid.grouping.sightings import BLOCK, SightingMove, SightingRows, clear, members
from reid.grouping.timelines import TouchedTimelines
from reid.models import KNOWN, Detection, Encounter, Image, Sighting

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from reid.grouping.sightings import Member

SIGHTING: Final = "sighting"
"""Field of the events that tell of it: one for each member of a sighting that was made or changed."""


def tell_apart(encounters: Collection[UUID]) -> list[SightingMove]:
    """Group the detections of these encounters, which the caller has locked, as they are stored now."""
    rows = SightingRows({})
    placed: list[SightingMove] = []
    ordered = sorted(encounters)
    for start in range(0, len(ordered), BLOCK):
        block = ordered[start : start + BLOCK]
        members_of: defaultdict[UUID | None, list[Member]] = defaultdict(list)
        detections = Detection.objects.filter(sighting__encounter__in=block)
        for member in members(detections, "image__captured_at", "image"):
            members_of[member.encounter].append(member)
        placed += rows.write([(key, members_of[key]) for key in block])
    rows.clear()
    return placed


def gather(images: Collection[UUID]) -> list[SightingMove]:
    """Build the encounters around these photographs again, which have another camera or on which a box has come or gone.

    What moved by it. A photograph without a box belongs to no encounter: the first box takes it into one, maybe between
    two that become one by it, and the last one that goes takes it out. So does another camera, there and here.
    """
    touched, near, left = TouchedTimelines(), Q(), set[UUID]()
    ordered = sorted(images)
    for start in range(0, len(ordered), BLOCK):
        rows = Image.objects.filter(pk__in=ordered[start : start + BLOCK])
        for image in rows.select_related("encounter"):
            if (encounter := image.encounter) is not None:
                left.add(encounter.pk)
                # First, where its camera is another one now: what stays behind keeps the encounter.
                for moment in (encounter.started_at, encounter.ended_at):
                    touched.add(encounter.camera_id, image.path, moment)
                near |= _near(encounter.camera_id, image.captured_at)
            touched.add(image.camera_id, image.path, image.captured_at)
            near |= _near(image.camera_id, image.captured_at)
        nothing_on = ~Exists(Detection.objects.filter(image=OuterRef("pk")))
        rows.filter(nothing_on).update(encounter=None)
    if not near:
        return []
    around = Detection.objects.filter(near, sighting__isnull=False).order_by("pk")
    before = dict(around.values_list("pk", "sighting"))
    standing = set(Sighting.objects.filter(encounter__in=left).values_list("pk", flat=True))
    regroup(touched, {})
    clear(standing)
    Encounter.objects.filter(pk__in=left, images__isnull=True, sightings__isnull=True).delete()
    return [
        SightingMove(key, before.get(key), sighting)
        for key, sighting in around.values_list("pk", "sighting")
        if before.get(key) != sighting
    ]


def _near(camera: UUID | None, captured_at: datetime | None) -> Q:
    """Detections that can be of one encounter with a photograph: of its camera, a day before and after."""
    same_camera = Q(image__camera=camera)
    if captured_at is None:
        return same_camera & Q(image__captured_at__isnull=True)
    day = timedelta(days=1)
    span = (captured_at - day, captured_at + day)
    return same_camera & Q(image__captured_at__range=span)


def put_back(wanted: Mapping[UUID, tuple[str | None, str | None]]) -> list[SightingMove] | None:
    """Undo a grouping: `wanted` gives each detection the sighting it had before it, and after it.

    None, and nothing is done, where the sightings are not as that grouping left them: an import, another
    review or a name given since has changed what belongs together.
    """
    now = {key: UUID(after) for key, (_, after) in wanted.items() if after}
    then = {key: UUID(before) for key, (before, _) in wanted.items() if before}
    if now.keys() != wanted.keys() or then.keys() != wanted.keys():
        return None  # a detection that an import had not grouped yet
    standing = Detection.objects.filter(sighting__in=set(now.values())).order_by()
    rows = standing.values_list("pk", "sighting", "sighting__encounter", "sighting__label")
    encounters: dict[UUID, UUID | None] = {}
    current: dict[UUID, UUID | None] = {}
    for key, sighting, encounter, label in rows:
        current[key] = sighting if not label else None
        if key in then:
            encounters[then[key]] = encounter
    if current != now:
        return None
    old = Sighting.objects.in_bulk(then.values())
    if any(old[key].encounter_id != encounters[key] or old[key].label for key in old):
        return None
    if Detection.objects.filter(sighting__in=old.keys() - set(now.values())).exists():
        return None
    Sighting.objects.bulk_create(
        Sighting(pk=key, encounter_id=encounters[key])  # type: ignore[misc]  # of a sighting
        for key in encounters.keys() - old.keys()
    )
    moved = [Detection(pk=key, sighting_id=then[key]) for key in then if then[key] != now[key]]
    Detection.objects.bulk_update(moved, ["sighting"], batch_size=BLOCK)
    clear(set(now.values()) - set(then.values()))
    return [SightingMove(key, now[key], then[key]) for key in then]


def overtaken(placed: Sequence[SightingMove]) -> list[Detection]:
    """Guesses of a run about sightings that are one now, where they disagree among themselves or with what is known.

    The next run decides of the sighting as it is.
    """
    sighting_of = {row.detection: row.after for row in placed}
    groups: defaultdict[UUID, list[Detection]] = defaultdict(list)
    for start in range(0, len(placed), BLOCK):
        keys = [row.detection for row in placed[start : start + BLOCK]]
        for item in Detection.objects.filter(pk__in=keys, deer__isnull=False).order_by("pk"):
            groups[sighting_of[item.pk]].append(item)
    lost: list[Detection] = []
    for items in groups.values():
        known = {item.deer_id for item in items if item.identity_source in KNOWN}
        guessed = [item for item in items if item.identity_source not in KNOWN]
        standing = known or {item.deer_id for item in guessed}
        if len(standing) > 1:
            standing = known
        lost += [item for item in guessed if item.deer_id not in standing]
    return lost
