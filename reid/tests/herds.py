"""Herds of any size for tests of runs: rows made in bulk, no photographs."""

from __future__ import annotations

import numpy as np

from reid.models import Detection, Embedding, Encounter, Image, Scorer, Sighting
from reid.tests import make


def herd(sightings: int, deer: int = 3) -> Scorer:
    """Enrolled deer and sightings of one detection each, all embedded in a space of 8 dimensions."""
    scorer = make.scorer(8)
    rows = np.random.default_rng(0).normal(size=(sightings + deer, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    encounters = Encounter.objects.bulk_create(Encounter() for _ in rows)
    images = Image.objects.bulk_create(
        Image(
            path=f"{number}.jpg",
            sha256=f"{number:064d}",
            width=320,
            height=240,
            encounter=encounter,
        )
        for number, encounter in enumerate(encounters)
    )
    of = Sighting.objects.bulk_create(Sighting(encounter=encounter) for encounter in encounters)
    known = [make.deer() for _ in range(deer)]
    detections = Detection.objects.bulk_create(
        Detection(
            image=image,
            sighting=sighting,
            x=0,
            y=0,
            width=100,
            height=100,
            confidence=0.9,
            classification="unknown_deer",
            deer=known[number] if number < deer else None,
            identity_source="imported" if number < deer else "none",
            is_reference=number < deer,
        )
        for number, (image, sighting) in enumerate(zip(images, of, strict=True))
    )
    Embedding.objects.bulk_create(
        Embedding(detection=detection, space=scorer.vectors, vector=row)
        for detection, row in zip(detections, rows, strict=True)
    )
    return scorer
