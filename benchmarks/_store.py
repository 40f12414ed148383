"""Store of benchmarks: a season of cameras, sightings, detections and deer in the database, and scores where wanted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reid.models import Deer, Detection, Scorer

DIMENSION = 64
"""Of the stored vectors: what is measured reads the log of their scores, not them."""


@dataclass(frozen=True)
class Season:
    scorer: Scorer
    herd: list[Deer]
    detections: list[Detection]


def season(detections: int, deer: int, *, known: float = 0.1, path: str = "{}.jpg") -> Season:
    """Two detections a sighting, ten cameras, 300 days; a share of `known` sightings is of a named deer.

    Up to four of a deer's are references. `path` names the photograph of each number.
    """
    from django.utils import timezone

    from reid.embedding import scorers
    from reid.models import (
        Camera,
        Deer,
        Detection,
        Embedding,
        EmbeddingSpace,
        Encounter,
        Image,
        Scorer,
        Sighting,
    )

    rng = np.random.default_rng(0)
    space = EmbeddingSpace.objects.create(
        name="bench",
        fingerprint="0" * 64,
        dimension=DIMENSION,
        specification={},
        sentinels=np.ones(4, np.float32),
        is_active=True,
    )
    scorer = Scorer.objects.register(space)
    scorers.activate(scorer)
    sexes = ("buck", "doe")
    herd = Deer.objects.bulk_create(
        Deer(name=f"deer {number}", sex=sexes[number % 2]) for number in range(deer)
    )
    cameras = Camera.objects.bulk_create(Camera(name=f"camera {number}") for number in range(10))
    count = -(-detections // 2)
    start = timezone.make_aware(datetime(2025, 1, 1, 6))  # noqa: DTZ001 - made aware at once
    times = [start + timedelta(days=300 * number / count) for number in range(count)]
    encounters = Encounter.objects.bulk_create(
        (
            Encounter(camera=cameras[number % 10], started_at=moment, ended_at=moment)
            for number, moment in enumerate(times)
        ),
        batch_size=2000,
    )
    sightings = Sighting.objects.bulk_create(
        (Sighting(encounter=item) for item in encounters), batch_size=2000
    )
    images = Image.objects.bulk_create(
        (
            Image(
                path=path.format(number),
                sha256=f"{number:064x}",
                width=1920,
                height=1080,
                camera=cameras[number // 2 % 10],
                captured_at=times[number // 2],
                encounter=encounters[number // 2],
            )
            for number in range(detections)
        ),
        batch_size=2000,
    )
    is_known = rng.random(count) < known
    owners = [herd[number % deer] if is_known[number] else None for number in range(count)]
    reference_counts: dict[uuid.UUID, int] = {}

    def detection(number: int) -> Detection:
        owner = owners[number // 2]
        is_reference = (
            owner is not None and number % 2 == 0 and reference_counts.get(owner.pk, 0) < 4
        )
        if owner is not None and is_reference:
            reference_counts[owner.pk] = reference_counts.get(owner.pk, 0) + 1
        return Detection(
            image=images[number],
            sighting=sightings[number // 2],
            x=500,
            y=300,
            width=700,
            height=560,
            confidence=0.9,
            classification=("buck", "doe", "unknown_deer")[number // 2 % 3],
            deer=owner,
            identity_source="imported" if owner else "none",
            is_reference=is_reference,
        )

    stored_detections = Detection.objects.bulk_create(
        (detection(number) for number in range(detections)), batch_size=2000
    )
    vectors = rng.normal(size=(detections, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    Embedding.objects.bulk_create(
        (
            Embedding(detection=item, space=space, vector=vector)
            for item, vector in zip(stored_detections, vectors, strict=True)
        ),
        batch_size=2000,
    )
    return Season(scorer, herd, stored_detections)


def log_scores(season: Season) -> int:
    """Every pair with a random score, the own deer's higher; in SQL, as fast as the database can. The rows."""
    from django.db import connection, transaction
    from django.utils import timezone

    from reid.matching.stored_gallery import load_gallery
    from reid.models import ReidRun, SimilarityScore

    gallery = load_gallery(season.scorer)
    run = ReidRun.objects.create(
        kind="identify", scorer=season.scorer, state="completed", started_at=timezone.now()
    )
    native = connection.vendor == "postgresql"
    random_score = "floor(random() * 3000)" if native else "abs(random()) % 3000"
    table = SimilarityScore._meta.db_table

    def key(value: uuid.UUID) -> uuid.UUID | str:
        return value if native else value.hex

    with connection.schema_editor() as editor:
        for index in SimilarityScore._meta.indexes:
            editor.remove_index(SimilarityScore, index)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE compared (deer {'uuid' if native else 'text'}, print text, sex text)"
        )
        sexes = {item.pk: item.sex for item in season.herd}
        cursor.executemany(
            "INSERT INTO compared VALUES (%s, %s, %s)",
            [
                (key(deer), print_, sexes[deer])  # type: ignore[index, arg-type] # our own keys
                for deer, print_ in zip(gallery.deer, gallery.deer_fingerprints, strict=True)
            ],
        )
        keys = sorted(item.pk.hex for item in season.detections)
        # A transaction of many rows would hold four checks of foreign keys for each of them in memory.
        for at in range(0, len(keys), 2000):
            batch = [str(uuid.UUID(text)) if native else text for text in keys[at : at + 2000]]
            with transaction.atomic():
                cursor.execute(
                    f"""
                    INSERT INTO {table} (detection_id, deer_id, scorer_id, run_id, gallery_fingerprint,
                        score, sex_match, matched, detection_classification, deer_sex, calculated_at)
                    SELECT d.id, c.deer, %s, %s, c.print,
                        2000 + {random_score} + CASE WHEN d.deer_id = c.deer THEN 3000 ELSE 0 END,
                        NOT (d.classification IN ('buck', 'doe') AND d.classification <> c.sex),
                        false, d.classification, c.sex, %s
                    FROM reid_detection d CROSS JOIN compared c
                    WHERE d.id BETWEEN %s AND %s ORDER BY d.id, c.deer""",
                    [
                        *(key(season.scorer.pk), key(run.pk)),
                        connection.ops.adapt_datetimefield_value(timezone.now()),
                        *(batch[0], batch[-1]),
                    ],
                )
    with connection.schema_editor() as editor:
        for index in SimilarityScore._meta.indexes:
            editor.add_index(SimilarityScore, index)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if native else "ANALYZE")
    return len(keys) * len(gallery.deer)
