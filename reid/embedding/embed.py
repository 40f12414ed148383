"""Embedding of detections: threads read and prepare, so the model never waits for the disk.

Each image is one task: opened once for all its boxes. Tasks are handed out a window ahead of the model,
which bounds the memory however many images there are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from reid.embedding.preprocessing import prepare
from reid.embedding.views import pictures_of_image, with_torsos
from reid.imaging.canonical import CropRequest
from reid.imaging.crops import ImageProblem
from reid.imaging.derived_files import delete_pictures
from reid.imaging.frame import Frame
from reid.models import Detection, Embedding, SkippedEmbedding
from reid.networks.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.embedding.embedder import Embedder
    from reid.models import EmbeddingSpace
    from reid.networks.model_card import ModelCard

_BATCHES_A_WRITE = 8

Prepared = tuple["CropRequest", "NDArray[np.uint8] | ImageProblem"]


@dataclass(slots=True)
class EmbeddingCounts:
    """Counts of detections: embedded, and skipped by reason."""

    embedded: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def embed(
    detections: Iterable[Detection],
    space: EmbeddingSpace,
    embedder: Embedder,
    on_progress: Callable[[int], None] = lambda _: None,
) -> EmbeddingCounts:
    """Embed and store; whatever cannot be embedded is stored as skipped, with its reason.

    `detections` come with their `image` selected. Harmless to repeat: the first of two vectors stays. What is gone
    by now, or has another box, gets nothing, and is counted as nothing.
    `on_progress` gets the number of detections done since it was last called.
    Raises ModelRefused where the model answers nonsense, or is shown torsos of another mask head than the active one;
    what was written before stays.
    """
    counts = EmbeddingCounts()
    ids: list[UUID] = []
    pixels: list[NDArray[np.uint8]] = []
    rows: list[Embedding] = []
    skips: list[SkippedEmbedding] = []
    box_of: dict[UUID, tuple[int, int, int, int]] = {}

    def run_model() -> None:
        vectors = embedder.embed(np.stack(pixels))
        rows.extend(
            Embedding(detection_id=id_, space=space, vector=vector)
            for id_, vector in zip(ids, vectors, strict=True)
        )
        ids.clear()
        pixels.clear()

    def write() -> None:
        keys = {row.detection_id for row in rows} | {skip.detection_id for skip in skips}
        asked = {key: box_of.pop(key) for key in keys}
        with transaction.atomic():
            standing = Detection.objects.lock_standing(asked)
            stored = [row for row in rows if row.detection_id in standing]
            skipped = [skip for skip in skips if skip.detection_id in standing]
            Embedding.objects.bulk_create(stored, ignore_conflicts=True)
            SkippedEmbedding.objects.bulk_create(skipped, ignore_conflicts=True)
        delete_pictures(asked.keys() - standing)
        counts.embedded += len(stored)
        counts.skipped.update(str(skip.reason) for skip in skipped)
        on_progress(len(rows) + len(skips))
        rows.clear()
        skips.clear()

    for request, prepared in _prepared(detections, embedder.card):
        box_of[request.id] = astuple(request.box)
        if isinstance(prepared, ImageProblem):
            skip = SkippedEmbedding(detection_id=request.id, space=space, reason=prepared.reason)
            skips.append(skip)
            continue
        ids.append(request.id)
        pixels.append(prepared)
        if len(pixels) == settings.REID_BATCH_SIZE:
            run_model()
            if len(rows) >= _BATCHES_A_WRITE * settings.REID_BATCH_SIZE:
                write()
    if pixels:
        run_model()
    write()
    return counts


def forget_curable_skips(space: EmbeddingSpace) -> int:
    """Let the next pass try again what may be there by now; how many skips were forgotten.

    A disk that was not mounted is, and limits (REID_MIN_CROP, IMAGE_MAX_BYTES, IMAGE_MAX_PIXELS) may have
    been changed; a photograph whose file was overwritten may lie there again. A file that could not be decoded
    stays as it is: imports never overwrite one.
    """
    reasons = SkippedEmbedding.Reason
    now_large_enough = Q(
        reason=reasons.TOO_SMALL,
        detection__width__gte=settings.REID_MIN_CROP,
        detection__height__gte=settings.REID_MIN_CROP,
    )
    curable = Q(reason__in=[reasons.MISSING, reasons.CHANGED, reasons.TOO_LARGE]) | now_large_enough
    return SkippedEmbedding.objects.filter(curable, space=space).delete()[0]


def _prepared(detections: Iterable[Detection], card: ModelCard) -> Iterator[Prepared]:
    """Prepared crops in order, read a window ahead by as many threads as there are cores."""

    def task(image: tuple[Frame, list[tuple[CropRequest, bool]]]) -> list[Prepared]:
        frame, requests = image
        return [
            (item, picture if isinstance(picture, ImageProblem) else prepare(picture, card))
            for (item, _), (_, picture) in zip(
                requests, pictures_of_image(frame, requests), strict=True
            )
        ]

    images = (
        (Frame.of(image), [(CropRequest.of(item), is_torso) for item, is_torso in of_image])
        for image, of_image in groupby(
            with_torsos(detections, card), key=lambda item: item[0].image
        )
    )
    for done in read_ahead(task, images, 2 * settings.REID_BATCH_SIZE):
        yield from done
