"""Extraction of keypoints: threads read torsos and find them, files first, then rows.

A file is there before its row: what a crash leaves behind is found again by the next pass.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import F, Q

from reid.models import Detection, PatternKeypoints, PatternSpread
from reid.patterns import keypoints, sentinel
from reid.patterns.stored import delete_keypoints, store_keypoints
from reid.torsos.stored import stored_torso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from reid.models import DetectionQuerySet

CHUNK: Final = 128
"""Detections whose rows are written at once."""
_READ: Final = 8 * CHUNK


@dataclass(slots=True)
class KeypointCounts:
    """Counts of detections: with keypoints, without by reason, and with a torso whose file is gone."""

    found: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lost: int = 0

    @property
    def total(self) -> int:
        return self.found + self.refused.total() + self.lost

    def add(self, other: KeypointCounts) -> None:
        self.found += other.found
        self.refused.update(other.refused)
        self.lost += other.lost


def without_keypoints() -> DetectionQuerySet:
    """Detections of deer whose torso was looked for, and whose keypoints were not, or are of another torso or extractor."""
    no_torso = PatternKeypoints.Reason.NO_TORSO
    done = PatternKeypoints.objects.filter(
        # A torso that was found since then has no keypoints yet, and one that was lost has them no more.
        Q(detection__torso__is_aligned=True) & ~Q(reason=no_torso)
        | Q(detection__torso__is_aligned=False, reason=no_torso),
        extractor=keypoints.FINGERPRINT,
        torso_head=F("detection__torso__head"),
    )
    missing = Detection.objects.identifiable().filter(torso__isnull=False)
    return (
        missing.exclude(pk__in=done.values("detection"))
        .select_related("torso__head")
        .order_by("pk")
    )


def extract_missing(
    limit: int = 0, on_progress: Callable[[int], None] = lambda _: None
) -> KeypointCounts:
    """Find the keypoints that are missing or stale, of `limit` detections (0: all).

    `on_progress` as in `extract`. Raises Drifted.
    """
    counts = KeypointCounts()
    missing = without_keypoints()
    after: UUID | None = (
        None  # what has no torso to be read stays missing: it is passed over, not read again
    )
    while not limit or counts.total < limit:
        ahead = missing if after is None else missing.filter(pk__gt=after)
        batch = list(ahead[: min(_READ, limit - counts.total) if limit else _READ])
        if not batch:
            break
        counts.add(extract(batch, on_progress))
        after = batch[-1].pk
    return counts


def extract(
    detections: Iterable[Detection], on_progress: Callable[[int], None] = lambda _: None
) -> KeypointCounts:
    """Find and store the keypoints of detections, in place of what is stored of them.

    `detections` come with their `torso` and its `head` selected. Harmless to repeat. A torso whose file is gone, or is of
    another head, gets no row: the next pass finds it again once the torso is there. `on_progress` gets the number of
    detections done since it was last called. Raises Drifted where OpenCV no longer does what the extractor is named for.
    """
    sentinel.check()
    counts = KeypointCounts()
    left = iter(detections)
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="keypoints") as pool:
        try:
            while chunk := list(islice(left, CHUNK)):
                found = [row for row in pool.map(_extracted, chunk) if row is not None]
                rows = _written(found, chunk)
                counts.found += sum(not row.reason for row in rows)
                counts.refused.update(str(row.reason) for row in rows if row.reason)
                counts.lost += len(chunk) - len(found)
                on_progress(len(chunk))
        finally:
            # The consumer failed or stopped: what is queued is not worth reading any more.
            pool.shutdown(wait=True, cancel_futures=True)
    return counts


def _extracted(detection: Detection) -> PatternKeypoints | None:
    torso = detection.torso
    if not torso.is_aligned:
        return _refused(detection, PatternKeypoints.Reason.NO_TORSO)
    stored = stored_torso(detection.pk)
    if stored is None or stored.head != torso.head.fingerprint:
        return None
    found = keypoints.find(stored.crop, stored.mask)
    if len(found) < keypoints.FEWEST:
        return _refused(detection, PatternKeypoints.Reason.TOO_FEW, len(found))
    store_keypoints(detection.pk, found)
    return PatternKeypoints(
        detection=detection,
        extractor=keypoints.FINGERPRINT,
        torso_head=torso.head,
        count=len(found),
    )


def _refused(detection: Detection, reason: str, count: int = 0) -> PatternKeypoints:
    delete_keypoints(detection.pk)
    return PatternKeypoints(
        detection=detection,
        extractor=keypoints.FINGERPRINT,
        torso_head=detection.torso.head,
        count=count,
        reason=reason,
    )


def _written(
    rows: Sequence[PatternKeypoints], chunk: Sequence[Detection]
) -> list[PatternKeypoints]:
    """The rows that were stored: of detections that are still there with the boxes that they had."""
    asked = {item.pk: item.box for item in chunk}
    with transaction.atomic():
        standing = Detection.objects.lock_standing(asked)
        kept = [row for row in rows if row.detection_id in standing]
        _outdate([row.detection_id for row in kept])
        PatternKeypoints.objects.bulk_create(
            kept,
            update_conflicts=True,
            unique_fields=["detection"],
            update_fields=["extractor", "torso_head", "count", "reason"],
        )
    for key in asked.keys() - standing:
        delete_keypoints(key)
    return kept


def _outdate(detections: Sequence[UUID]) -> None:
    """Have scores and spreads made anew that rest on the torsos of another mask head, where these get keypoints of today's."""
    earlier = PatternKeypoints.objects.filter(detection__in=detections, reason="")
    keys = earlier.exclude(torso_head=F("detection__torso__head")).values("detection")
    if Detection.objects.filter(pk__in=keys).update(scores_stale=True):
        PatternSpread.objects.all().delete()
