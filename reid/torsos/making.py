"""Making of torsos: each detection's crop is masked, turned upright, judged and stored, with a row that says how.

Threads read crops and finish torsos, so that the network never waits for the disk. A file is there before its row,
and the row names the mask head: what a crash leaves behind is made again by the next pass.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reid.imaging.canonical import CropRequest, crops_of_image
from reid.imaging.crops import Box, ImageProblem
from reid.imaging.derived_files import delete_pictures
from reid.imaging.frame import Frame
from reid.models import Detection, Torso
from reid.torsos import gate, heads, own_head
from reid.torsos.align import NoTorso, align
from reid.torsos.prepare import prepare
from reid.torsos.stored import delete_torso, store_torso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.models import DetectionQuerySet, TorsoHead
    from reid.torsos.masker import Masker

CHUNK: Final = 128
"""Detections whose rows are written at once."""
_READ: Final = 8 * CHUNK

_FIELDS: Final = tuple(f.name for f in Torso._meta.concrete_fields if f.name != "detection")


@dataclass(slots=True)
class TorsoCounts:
    """Counts of detections: with an aligned torso, and without one by reason."""

    aligned: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.aligned + self.refused.total()

    def add(self, other: TorsoCounts) -> None:
        self.aligned += other.aligned
        self.refused.update(other.refused)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Crop of a detection as it is (h, w, 3) and as the network sees it, or the problem with it."""

    id: UUID
    crop: NDArray[np.uint8]
    prepared: NDArray[np.uint8]


def make_missing(
    limit: int = 0, on_progress: Callable[[int], None] = lambda _: None
) -> TorsoCounts:
    """Find the torsos that are missing or stale, of `limit` detections of deer (0: all).

    Trains the store's own mask head before, where that is due. `on_progress` as in `make_torsos`. Raises ModelRefused.
    """
    own_head.train_if_due()
    if not limit:  # a pass over a part would leave the rest without its reasons
        forget_curable()
    counts = TorsoCounts()
    while True:
        missing = without_torso(head := heads.active_head())  # another one may be in use by now
        batch = list(missing[: min(_READ, limit - counts.total) if limit else _READ])
        if not batch:
            return counts
        counts.add(make_torsos(batch, head, on_progress))


def without_torso(head: TorsoHead) -> DetectionQuerySet:
    """Detections of deer that this head has not looked at, photograph by photograph."""
    missing = Detection.objects.identifiable().without_torso_of(head)
    return missing.select_related("image").order_by("image_id", "pk")


def make_torsos(
    detections: Iterable[Detection],
    head: TorsoHead,
    on_progress: Callable[[int], None] = lambda _: None,
) -> TorsoCounts:
    """Find and store the torsos of detections, in place of what is stored of them.

    `detections` come with their `image` selected, those of one image one after the other. Harmless to repeat.
    `on_progress` gets the number of detections done since it was last called. Raises ModelRefused where the head
    cannot be used; what was written before stays. What is gone by now, or has another box, gets nothing.
    """
    masker = heads.masker_of(head)
    counts = TorsoCounts()
    left = iter(detections)
    with ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="torsos") as pool:
        try:
            while chunk := list(islice(left, CHUNK)):
                rows = _written(_found(chunk, head, masker, pool), chunk)
                counts.aligned += sum(row.is_aligned for row in rows)
                counts.refused.update(str(row.reason) for row in rows if not row.is_aligned)
                on_progress(len(chunk))
        finally:
            # The consumer failed or stopped: what is queued is not worth reading any more.
            pool.shutdown(wait=True, cancel_futures=True)
    return counts


def forget_curable() -> int:
    """Let the next pass try again what may be there by now; how many rows were forgotten.

    The same reasons as of embeddings: a disk that was not mounted, a limit that has been changed.
    """
    reasons = Torso.Reason
    now_large_enough = Q(
        reason=reasons.TOO_SMALL,
        elongation__isnull=True,  # no crop was cut; what the gate found too small stays so
        detection__width__gte=settings.REID_MIN_CROP,
        detection__height__gte=settings.REID_MIN_CROP,
    )
    curable = Q(reason__in=[reasons.MISSING, reasons.CHANGED, reasons.TOO_LARGE]) | now_large_enough
    return Torso.objects.filter(curable).delete()[0]


def _found(
    chunk: Sequence[Detection], head: TorsoHead, masker: Masker, pool: ThreadPoolExecutor
) -> list[Torso]:
    """The rows of a chunk, in any order; their files are stored."""
    covered = _covered(chunk)
    images = [
        (Frame.of(image), [CropRequest.of(item) for item in of_image])
        for image, of_image in groupby(chunk, key=lambda item: item.image)
    ]
    rows: list[Torso] = []
    finishing: list[Future[Torso]] = []
    seen: list[_Seen] = []

    def mask() -> None:
        masks = masker.probability(np.stack([item.prepared for item in seen]))
        finishing.extend(
            pool.submit(_finished, item, one, covered[item.id], head)
            for item, one in zip(seen, masks, strict=True)
        )
        seen.clear()

    for read in pool.map(lambda image: _seen(*image), images):
        for id_, item in read:
            if isinstance(item, ImageProblem):
                delete_torso(id_)
                rows.append(_refused(id_, head, item.reason))
                continue
            seen.append(item)
            if len(seen) == masker.batch:
                mask()
    if seen:
        mask()
    return rows + [future.result() for future in finishing]


def _seen(frame: Frame, requests: list[CropRequest]) -> list[tuple[UUID, _Seen | ImageProblem]]:
    return [
        (
            cut.id,
            cut.crop
            if isinstance(cut.crop, ImageProblem)
            else _Seen(cut.id, np.asarray(cut.crop), prepare(cut.crop)),
        )
        for cut in crops_of_image(frame, requests)
    ]


def _finished(
    seen: _Seen, probability: NDArray[np.float32], overlap: float, head: TorsoHead
) -> Torso:
    try:
        torso = align(seen.crop, probability)
    except NoTorso:
        delete_torso(seen.id)
        return _refused(seen.id, head, gate.Reason.NO_TORSO)
    judged = gate.judge(seen.crop, torso, overlap)
    is_aligned = judged.reason is None
    store_torso(seen.id, torso, head.fingerprint, is_aligned=is_aligned)
    measured = asdict(judged)
    measured["reason"] = judged.reason or ""
    return Torso(
        detection_id=seen.id,
        head=head,
        is_aligned=is_aligned,
        angle=torso.angle,
        elongation=torso.elongation,
        width=torso.width,
        height=torso.height,
        to_crop=torso.to_picture.tolist(),
        coverage=torso.coverage,
        second=torso.second,
        certainty=torso.certainty,
        solidity=torso.solidity,
        made_at=timezone.now(),
        **measured,
    )


def _refused(detection: UUID, head: TorsoHead, reason: str) -> Torso:
    made = {"is_aligned": False, "reason": reason, "made_at": timezone.now()}
    return Torso(detection_id=detection, head=head, **made)


def _covered(chunk: Sequence[Detection]) -> Mapping[UUID, float]:
    """Detection id -> the largest share of its box that another valid one on its photograph covers."""
    boxes: dict[UUID, list[tuple[UUID, Box]]] = defaultdict(list)
    others = Detection.objects.valid().filter(image__in={item.image_id for item in chunk})
    for id_, image, *box in others.values_list("pk", "image", "x", "y", "width", "height"):
        boxes[image].append((id_, Box(*box)))
    return {
        item.pk: gate.covered(
            Box(*item.box),
            [box for id_, box in boxes[item.image_id] if id_ != item.pk],
        )
        for item in chunk
    }


def _written(rows: Sequence[Torso], chunk: Sequence[Detection]) -> list[Torso]:
    """The rows that were stored: of those of the chunk that are still there with the boxes that were looked at."""
    asked = {item.pk: item.box for item in chunk}
    with transaction.atomic():
        standing = Detection.objects.lock_standing(asked)
        kept = [row for row in rows if row.detection_id in standing]
        Torso.objects.bulk_create(
            kept, update_conflicts=True, unique_fields=["detection"], update_fields=_FIELDS
        )
    delete_pictures(asked.keys() - standing)
    return kept
