"""Pattern scores of detections: computed before a chunk's transaction, which then finds them ready.

Matching takes some tenths of a second a detection, too long for locks to be held. So a run prepares its chunk first;
whoever finds nothing prepared, because the gallery changed in between, has the scores computed there and then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from reid.matching.similarity import NOT_COMPARABLE
from reid.matching.stored_gallery import pattern_listing, probe_season
from reid.models import Scorer
from reid.patterns.lnbnn import score
from reid.patterns.spreads.kept import load_gallery
from reid.patterns.stored import stored_keypoints
from reid.scoring import pattern_work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.matching.similarity import Key
    from reid.models import Detection
    from reid.patterns.gallery import PatternGallery

_MOST: Final = 4096
"""Detections whose scores are kept ready."""

_ready: dict[tuple[UUID, str, UUID | None, int], NDArray[np.int32] | None] = {}
_gallery: PatternGallery | None = None  # the one that they were computed with


def matcher_of(scorer: Scorer) -> Scorer:
    """The pattern scorer that a scorer is, or has as a part."""
    return scorer if scorer.kind == Scorer.Kind.PATTERN else scorer.part("pattern")


def prepare(
    detections: Sequence[Detection],
    encounters: Mapping[UUID, UUID],
    scorer: Scorer,
    on_progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Compute the pattern scores of a chunk; nothing for a scorer without patterns. Raises NoKeypoints.

    Torsos and keypoints that they lack are found first. Always anew: since an earlier run a detection may have got another box, and with it other keypoints.
    `on_progress` gets the number of detections done since it was last called, which may be 0.
    """
    if scorer.kind != Scorer.Kind.EMBEDDING:
        pattern_work.find_of(detections, on_progress)
        gallery = load_gallery(pattern_listing(matcher_of(scorer)), on_progress)
        for item in detections:
            _scores(item, encounters, gallery, anew=True)
            on_progress(1)


def scores_of(
    detections: Sequence[Detection],
    encounters: Mapping[UUID, UUID],
    matcher: Scorer,
    deer: Sequence[Key],
) -> NDArray[np.int32]:
    """Pattern scores (n, m) in score units of detections against `deer`, or NOT_COMPARABLE. Raises NoKeypoints."""
    gallery = load_gallery(pattern_listing(matcher))
    column_of = {key: number for number, key in enumerate(gallery.deer)}
    here = [number for number, key in enumerate(deer) if key in column_of]
    there = [column_of[deer[number]] for number in here]  # type: ignore[index] # keys of the store are UUIDs
    scores = np.full((len(detections), len(deer)), NOT_COMPARABLE, np.int32)
    for row, item in enumerate(detections):
        found = _scores(item, encounters, gallery)
        if found is not None:
            scores[row, here] = found[there]
    return scores


def _scores(
    detection: Detection,
    encounters: Mapping[UUID, UUID],
    gallery: PatternGallery,
    *,
    anew: bool = False,
) -> NDArray[np.int32] | None:
    """Scores against the gallery's deer; None where the detection has no keypoints."""
    global _gallery
    if _gallery is not gallery or len(_ready) >= _MOST:
        _ready.clear()
        _gallery = gallery
    encounter = encounters.get(detection.sighting_id) if detection.sighting_id else None
    season = probe_season(detection)
    key = (detection.pk, detection.flank, encounter, season)
    if anew or key not in _ready:
        found = stored_keypoints(detection.pk)
        _ready[key] = None
        if found is not None and gallery.deer:
            probe = gallery.probe(found, detection.flank, encounter, season)
            _ready[key] = score(
                probe,
                gallery.references,
                gallery.background,
                len(gallery.deer),
                gallery.card,
                gallery.spreads,
            )
    return _ready[key]
