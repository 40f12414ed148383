"""One photograph with all that is known of it: its boxes, what the machine said of each, and where it came from."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.models import Decision, Detection, Image, Scorer, SimilarityScore
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from uuid import UUID

BEST: Final = 5
"""Deer that are shown with their scores."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A deer and how alike it is, from 0 to 1."""

    deer: UUID
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class ShownBox:
    """A detection with its best scores by the active scorer, best first, and the last decision about its sighting.

    `sighting_size`: valid detections of its sighting; `sighting_versions`: every detection of it with its version,
    which an act on the whole sighting names.
    """

    detection: Detection
    best: list[Likeness]
    decision: Decision | None
    sighting_size: int
    sighting_versions: dict[UUID, int]


def find(key: UUID) -> Image | None:
    """The photograph with its camera, import and tags; None where there is none, or it was removed."""
    rows = Image.objects.select_related("camera", "made_by_import", "encounter", "video")
    return rows.prefetch_related("tags").filter(pk=key).first()


def frames_beside(image: Image, most: int) -> list[Image]:
    """Of a video's frame, those that lie next to it, in order: at most `most`, half of them before; else none."""
    if image.video_id is None or image.frame_number is None:
        return []
    frames = Image.objects.filter(video=image.video_id)
    before = frames.filter(frame_number__lt=image.frame_number).order_by("-frame_number")
    after = frames.filter(frame_number__gt=image.frame_number).order_by("frame_number")
    return [*list(before[: most // 2])[::-1], *after[: most // 2]]


def boxes(image: Image) -> list[ShownBox]:
    """Its boxes from left to right, invalid ones too, in a fixed number of queries."""
    detections = list(
        Detection.objects.filter(image=image)
        .select_related("deer", "sighting", "reviewed_by")
        .order_by("x", "y", "pk")
    )
    best = _best(detections)
    sightings = {item.sighting_id for item in detections if item.sighting_id}
    decisions: dict[UUID | None, Decision] = {}
    for decision in (
        Decision.objects.filter(sighting__in=sightings).select_related("deer").order_by("-pk")
    ):
        decisions.setdefault(decision.sighting_id, decision)
    versions: defaultdict[UUID | None, dict[UUID, int]] = defaultdict(dict)
    sizes: Counter[UUID | None] = Counter()
    members = Detection.objects.filter(sighting__in=sightings)
    for key, sighting, version, is_valid in members.values_list(
        "pk", "sighting", "version", "is_valid"
    ):
        versions[sighting][key] = version
        sizes[sighting] += is_valid
    return [
        ShownBox(
            item,
            best.get(item.pk, []),
            decisions.get(item.sighting_id),
            sizes[item.sighting_id],
            versions[item.sighting_id],
        )
        for item in detections
    ]


def _best(detections: list[Detection]) -> dict[UUID, list[Likeness]]:
    scorer = Scorer.objects.active()
    if scorer is None:
        return {}
    rows = (
        SimilarityScore.objects.standing(scorer)
        .filter(detection__in=detections)
        .order_by("-score", "deer__name")
        .values_list("detection", "deer", "deer__name", "score")
    )
    found: defaultdict[UUID, list[Likeness]] = defaultdict(list)
    for detection, deer, name, score in rows:
        if len(found[detection]) < BEST:
            found[detection].append(Likeness(deer, name, score / SCORE_UNITS))
    return found
