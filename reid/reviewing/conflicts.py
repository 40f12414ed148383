"""Contradictions that no review may record: one deer twice on a photograph, of the other sex, or at a
time when it did not live. Such a decision is refused with the record it contradicts, which can be corrected.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Final

from reid.matching.eligibility import alive_on, lives_of
from reid.matching.enrolment import REFERENCES_A_DEER
from reid.models import KNOWN, Detection, SimilarityScore
from reid.models.antlers import reference_season
from reid.reviewing.problems import ReviewRefused, UndoConflict
from reid.taxonomy import contradicts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from uuid import UUID

    from reid.models import Deer

PLACE_TAKEN: Final = (
    "This cannot be undone: {deer} has another reference of that encounter and flank, or has "
    f"{REFERENCES_A_DEER} in all (of a buck: of that antler year), by now. Drop one first."
)
NOT_SUGGESTED: Final = "This deer was never compared with this sighting: assign it instead."
TWICE_IN_FRAME: Final = (
    "{deer} is another animal on the same photograph already: reject or invalidate that one first."
)
WRONG_SEX: Final = (
    "{deer} is a {sex} and this is classified as a {name}: correct the class or the profile first."
)
TWO_ON_ONE: Final = "These are not one deer: two of them are on the same photograph."
TWO_SEXES: Final = "These are not one deer: one is classified as a {one} and one as a {other}. Correct the class first."
NOT_ALIVE: Final = (
    "{deer} was not alive on {day}, when this was photographed: correct the profile first."
)


def refuse_contradictions(deer: Deer, detections: Collection[Detection]) -> None:
    """Raises ReviewRefused where sex or life span rule the deer out for one of the detections."""
    for detection in detections:
        refuse_wrong_sex(deer, detection.current_class)
    days = [detection.image.local_day for detection in detections]
    for day, alive in zip(days, alive_on(days, lives_of([deer]))[:, 0], strict=True):
        if not alive:
            raise ReviewRefused(NOT_ALIVE.format(deer=deer.name, day=day), "conflict", "deer")


def refuse_wrong_sex(deer: Deer, name: str) -> None:
    if contradicts(name, deer.sex):
        sentence = WRONG_SEX.format(deer=deer.name, sex=deer.sex, name=name)
        raise ReviewRefused(sentence, "conflict", "deer")


def refuse_two_animals(detections: Collection[Detection]) -> None:
    """Raises ReviewRefused where sightings that are said to be one deer share a photograph, or contradict in sex."""
    on: defaultdict[UUID, set[UUID | None]] = defaultdict(set)
    for detection in detections:
        on[detection.image_id].add(detection.sighting_id)
    if any(len(sightings) > 1 for sightings in on.values()):
        raise ReviewRefused(TWO_ON_ONE, "conflict", "sightings")
    for one, other in combinations(sorted({item.current_class for item in detections}), 2):
        if contradicts(one, other):
            raise ReviewRefused(TWO_SEXES.format(one=one, other=other), "conflict", "sightings")


def refuse_twice(deer: Deer, detections: Collection[Detection], scene: Iterable[Detection]) -> None:
    """Raises ReviewRefused where a known sighting on the same photographs is this deer."""
    if any(mate.identity_source in KNOWN for mate in _frame_mates(deer, detections, scene)):
        raise ReviewRefused(TWICE_IN_FRAME.format(deer=deer.name), "conflict", "deer")


def overruled(
    deer: Deer, detections: Collection[Detection], scene: Collection[Detection]
) -> list[Detection]:
    """What loses this deer where a person gives it to `detections`: sightings on the same photographs to which a run
    gave it, whole. Raises ReviewRefused where a person or an import had said so.
    """
    refuse_twice(deer, detections, scene)
    mates = _frame_mates(deer, detections, scene)
    sightings = {mate.sighting_id for mate in mates if mate.sighting_id}
    return [
        other
        for other in scene
        if other in mates
        or (
            other.deer_id == deer.pk
            and other.identity_source not in KNOWN
            and other.sighting_id in sightings
        )
    ]


def _frame_mates(
    deer: Deer, detections: Collection[Detection], scene: Iterable[Detection]
) -> list[Detection]:
    """Valid detections of other sightings on the same photographs that bear this deer."""
    own = {detection.pk for detection in detections}
    sightings = {detection.sighting_id for detection in detections if detection.sighting_id}
    frames = {detection.image_id for detection in detections}
    return [
        other
        for other in scene
        if other.deer_id == deer.pk
        and other.is_valid
        and other.image_id in frames
        and other.pk not in own
        and other.sighting_id not in sightings
    ]


def refuse_unsuggested(deer: Deer, detections: Collection[Detection]) -> None:
    """Raises ReviewRefused where no run has scored any of them for the deer, and none bears it."""
    scored = SimilarityScore.objects.filter(detection__in=detections, deer=deer)
    if not scored.exists() and not any(item.deer_id == deer.pk for item in detections):
        raise ReviewRefused(NOT_SUGGESTED, "conflict", "deer")


def refuse_full_places(restored: Collection[Detection]) -> None:
    """Raises UndoConflict where a reference that an undo gave back has no place in the gallery any more."""
    references = [item for item in restored if item.is_reference]
    standing = list(
        Detection.objects.filter(is_reference=True, deer__in={item.deer_id for item in references})
        .order_by()
        .values_list(
            *("deer__name", "deer", "image__encounter", "flank"),
            *("image__captured_at", "deer__sex", "effective_class"),
        )
    )
    own = {(item.deer_id, item.image.encounter_id, item.flank) for item in references}
    places = Counter(row[:4] for row in standing)
    rooms = Counter((row[0], reference_season(*row[4:])) for row in standing)
    twice = [row[0] for row, count in places.items() if count > 1 and row[1:] in own]
    full = [name for (name, _), number in rooms.items() if number > REFERENCES_A_DEER]
    if taken := [*twice, *full]:
        raise UndoConflict(sentence=PLACE_TAKEN.format(deer=taken[0]))
