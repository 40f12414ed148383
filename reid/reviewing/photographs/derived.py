"""Rows that machines made of a detection's box, and which are of no use once the box is another one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid.imaging.derived_files import delete_pictures
from reid.models import (
    Embedding,
    PatternKeypoints,
    SimilarityScore,
    SkippedEmbedding,
    Torso,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

BOX: Final = frozenset({"x", "y", "width", "height"})
"""Fields of a detection's box."""


def forget(detections: Collection[UUID]) -> None:
    """Delete the vectors, torsos, keypoints and scores of these detections: the next run makes them anew."""
    for model in (Embedding, SkippedEmbedding, Torso, PatternKeypoints, SimilarityScore):
        model._default_manager.filter(detection__in=detections).delete()


def begin_anew(detections: Collection[UUID]) -> None:
    """Forget what was made of these detections' boxes, their pictures too. Raises StoreAway, with nothing changed.

    The pictures go before the commit, so that no crop of an old box stays where the store is away just then, and after
    it, for a worker may have made one of them in between.
    """
    if detections:
        forget(detections)
        delete_pictures(detections)
        transaction.on_commit(partial(delete_pictures, detections), robust=True)
