"""Stale marks: detections that the next run scores again, because what they were compared with has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid.matching.stored_gallery import load_gallery
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.models import Deer, DetectionQuerySet, ReidRun, Scorer

BATCH: Final = 1000


def mark_compared_with(deer: Deer) -> int:
    """Mark what was compared with a deer whose sex or life span has changed; how many were marked."""
    compared = Detection.objects.identifiable().filter(scores__deer=deer, scores_stale=False)
    keys = set(compared.values_list("pk", flat=True))
    mark(keys)
    return len(keys)


def mark_behind(run: ReidRun, scorer: Scorer, done: DetectionQuerySet) -> str:
    """Mark what a run has `done`, where references have changed since it looked before its last chunk; the gallery now.

    Else the first chunk that knows a deer would hide from everybody that those before it were never compared with it. A
    change after the look, while the chunk is done, is found by the next one.
    """
    gallery = load_gallery(scorer).fingerprint
    if run.gallery_fingerprint not in ("", gallery):
        mark(set(done.filter(scores_stale=False).values_list("pk", flat=True)))
    return gallery


def mark(keys: Collection[UUID]) -> None:
    """Mark these detections, in batches of one transaction each."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), BATCH):
        batch = Detection.objects.filter(pk__in=ordered[start : start + BATCH])
        with transaction.atomic():
            # By key, as runs and reviews do: whoever meets waits, never in a circle.
            list(batch.select_for_update().order_by("pk").values_list("pk", flat=True))
            batch.update(scores_stale=True)
