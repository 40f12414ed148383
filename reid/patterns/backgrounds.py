"""Backgrounds of the store: drawn, kept, and loaded again as they were."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING
from uuid import UUID

from reid.models import Detection, PatternBackground, PatternKeypoints
from reid.patterns.background import A_SIDE, Candidate, draw, is_outgrown
from reid.patterns.keypoints import FINGERPRINT
from reid.patterns.stored import (
    background_bytes,
    background_name,
    stored_background,
    stored_keypoints,
)
from reid.storage.photo_store import photo_store
from reid.taxonomy import SIDE_OF_FLANK

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from reid.patterns.keypoints import Keypoints

logger = logging.getLogger(__name__)


def usable() -> QuerySet[PatternKeypoints]:
    """Rows of detections that have keypoints of this version's extractor, and are still deer of this store."""
    return PatternKeypoints.objects.filter(
        extractor=FINGERPRINT, reason="", detection__in=Detection.objects.identifiable()
    )


def draw_background(a_side: int = A_SIDE) -> PatternBackground:
    """A background of the store as it is now, kept beside the crops; the same photographs make no second one.

    Raises NoBackground where the store has too few photographs with keypoints.
    """
    rows = usable().values_list(
        *("detection", "detection__flank", "detection__sighting", "detection__image__sha256"),
        *(f"detection__{name}" for name in ("x", "y", "width", "height")),
    )
    candidates = [
        Candidate(id_, SIDE_OF_FLANK.get(flank, 0), sighting, f"{sha256 or id_} {box}")
        for id_, flank, sighting, sha256, *box in rows
    ]
    members: list[tuple[Candidate, Keypoints]] = []
    for item in draw(candidates, a_side):
        found = stored_keypoints(item.id)
        if found is None:
            logger.warning("keypoints of %s are lost: it is left out of the background", item.id)
        else:
            members.append((item, found))
    content = background_bytes(found for _, found in members)
    digest = hashlib.sha256(content).hexdigest()
    named = [[str(item.id), item.side] for item, _ in members]
    facts = json.dumps([FINGERPRINT, named, digest])
    fingerprint = hashlib.sha256(facts.encode()).hexdigest()
    photo_store.replace(background_name(fingerprint), content)
    background, _ = PatternBackground.objects.get_or_create(
        fingerprint=fingerprint,
        defaults={
            "extractor": FINGERPRINT,
            "digest": digest,
            "members": named,
            "size": len(members),
            "store_size": len(candidates),
        },
    )
    return background


def is_due(background: PatternBackground) -> bool:
    """Whether a new background should be proposed: the store has doubled, or keypoints are found in another way."""
    return background.extractor != FINGERPRINT or is_outgrown(
        background.store_size, usable().count()
    )


def members_of(background: PatternBackground) -> list[tuple[UUID, int, Keypoints]]:
    """Detection, side and keypoints of each photograph in it. Raises NoKeypoints where its file is lost or damaged."""
    found = stored_background(background.fingerprint, background.digest)
    return [
        (UUID(id_), side, item) for (id_, side), item in zip(background.members, found, strict=True)
    ]
