"""Explanation of a pattern score: the points in which a photograph and one of a deer agree, as places on both crops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from reid.imaging.canonical import crop_name
from reid.matching.stored_gallery import pattern_listing, probe_season
from reid.models import PatternKeypoints, Scorer, Torso
from reid.patterns.gallery import read_gallery
from reid.patterns.lnbnn import explain_best
from reid.patterns.stored import stored_keypoints
from reid.scoring.pattern_scores import matcher_of
from reid.storage.photo_store import photo_store
from reid.torsos.align import HEIGHT, WIDTH
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.models import Deer, Detection

    Places = NDArray[np.floating]

NO_PATTERNS: Final = (
    "The scorer in use compares embeddings alone: no matched points explain its scores. identify_detections compares "
    "patterns too in a store of 100 deer detections or more, unless REID_PATTERN is false."
)
NO_KEYPOINTS: Final = "No pattern of this photograph can be compared: {reason}."
NOT_LOOKED: Final = "it has not been looked for yet, and the next comparison does so by itself"
NO_REFERENCE: Final = "{deer} has no other photograph of this flank with a pattern to compare with."
NO_PICTURE: Final = (
    "The crop of one of the two photographs is missing: identify_detections makes it."
)
AGREE: Final = "{count:place|places} of the two coats {count:|agrees|agree}."
NOTHING_AGREES: Final = "Nothing on the two coats agrees beyond what chance brings."


@dataclass(frozen=True, slots=True)
class MatchedPoint:
    """A place of the photograph's crop and one of the reference's, as fractions of their width and height, 0 to 1.

    `weight` says how much more alike they are than chance brings, above 0 and below 1.42.
    """

    x: float
    y: float
    reference_x: float
    reference_y: float
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Matched points, strongest first, with the reference that they are on; or the sentence that says why not.

    `size` and `reference_size` are width and height of the two crops, in pixels.
    """

    says: str
    reference: UUID | None = None
    size: tuple[int, int] | None = None
    reference_size: tuple[int, int] | None = None
    points: Sequence[MatchedPoint] = ()


def explain(detection: Detection, deer: Deer, scorer: Scorer | None) -> Explanation:
    """The points in which a photograph agrees with that reference of the deer that it agrees with most.

    By the pattern matcher that `scorer` is or has as a part. Raises NoKeypoints where its background is lost.
    """
    if scorer is None or scorer.kind == Scorer.Kind.EMBEDDING:
        return Explanation(NO_PATTERNS)
    found = stored_keypoints(detection.pk)
    if found is None or not len(found):
        return Explanation(NO_KEYPOINTS.format(reason=_reason(detection)))
    gallery = read_gallery(pattern_listing(matcher_of(scorer)).of_deer(deer.pk))
    encounter = detection.sighting.encounter_id if detection.sighting else None
    probe = gallery.probe(found, detection.flank, encounter, probe_season(detection))
    position, matches = explain_best(probe, gallery.references, gallery.background, gallery.card)
    if position is None:
        return Explanation(NO_REFERENCE.format(deer=deer.name))
    reference = gallery.ids[position]
    here, there = _crop(detection.pk), _crop(reference)
    if here is None or there is None:
        return Explanation(NO_PICTURE, reference)
    (size, to_crop), (reference_size, to_reference) = here, there
    own, other = to_crop(matches.probe), to_reference(matches.reference)
    places = np.hstack((own, other)).round(4).tolist()
    points = [
        MatchedPoint(x, y, reference_x, reference_y, weight)
        for (x, y, reference_x, reference_y), weight in zip(
            places, matches.weights.tolist(), strict=True
        )
    ]
    says = AGREE.format(count=Number(len(points))) if points else NOTHING_AGREES
    return Explanation(says, reference, size, reference_size, points)


def _reason(detection: Detection) -> str:
    row = PatternKeypoints.objects.filter(detection=detection).first()
    if row is None:
        return NOT_LOOKED
    torso = Torso.objects.filter(detection=detection, is_aligned=False).first()
    return torso.get_reason_display() if torso else row.get_reason_display() or NOT_LOOKED


def _crop(detection: UUID) -> tuple[tuple[int, int], Callable[[Places], Places]] | None:
    """Size of the stored crop, and the map from fractions of the upright torso to fractions of the crop."""
    affine = Torso.objects.filter(detection=detection).values_list("to_crop", flat=True).first()
    try:
        with photo_store.open(crop_name(detection)) as file, Image.open(file) as picture:
            size = picture.size
    except OSError:
        return None
    if affine is None:
        return None
    to_crop = np.array(affine, np.float64)

    def mapped(places: Places) -> Places:
        on_torso = places.astype(np.float64) * (WIDTH, HEIGHT)
        return np.clip((on_torso @ to_crop[:, :2].T + to_crop[:, 2]) / size, 0.0, 1.0)

    return size, mapped
