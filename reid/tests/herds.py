"""Herds of any size for tests: rows made in bulk, no photographs."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from reid.models import Detection, Embedding, Encounter, Image, Scorer, Sighting
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from reid.models import Deer, EmbeddingSpace


def photographed(
    space: EmbeddingSpace,
    owners: Sequence[Deer | None],
    vectors: Iterable[NDArray[np.float32]],
    *,
    times: Iterable[datetime | None] = repeat(make.NOON),
    classification: str = "doe",
) -> list[Detection]:
    """A photograph of each owner, or of nobody known: a sighting of one detection, in an encounter of its own, embedded."""
    moments = [at for at, _ in zip(times, owners, strict=False)]
    encounters = Encounter.objects.bulk_create(
        Encounter(started_at=at, ended_at=at) for at in moments
    )
    sightings = Sighting.objects.bulk_create(Sighting(encounter=item) for item in encounters)
    start = Image.objects.count()
    images = Image.objects.bulk_create(
        Image(
            path=f"herd/{start + number}.jpg",
            sha256=f"{start + number:064x}",
            width=320,
            height=240,
            captured_at=at,
            encounter=encounter,
        )
        for number, (at, encounter) in enumerate(zip(moments, encounters, strict=True))
    )
    detections = Detection.objects.bulk_create(
        Detection(
            image=image,
            sighting=sighting,
            x=1,
            y=1,
            width=100,
            height=100,
            confidence=0.9,
            classification=classification,
            deer=deer,
            identity_source="imported" if deer else "none",
        )
        for image, sighting, deer in zip(images, sightings, owners, strict=True)
    )
    Embedding.objects.bulk_create(
        Embedding(detection=detection, space=space, vector=vector)
        for detection, vector in zip(detections, vectors, strict=True)
    )
    return detections


def herd(sightings: int, deer: int = 3) -> Scorer:
    """Enrolled deer and sightings of one detection each, all embedded in a space of 8 dimensions."""
    scorer = make.scorer(8)
    rows = np.random.default_rng(0).normal(size=(sightings + deer, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    known = [make.deer() for _ in range(deer)]
    detections = photographed(
        scorer.vectors,
        [*known, *[None] * sightings],
        rows,
        times=repeat(None),
        classification="unknown_deer",
    )
    references = [detection.pk for detection in detections[:deer]]
    Detection.objects.filter(pk__in=references).update(is_reference=True)
    return scorer
