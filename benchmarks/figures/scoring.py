"""Scoring rate, scores compared and logged a second, beside a bare bulk write of ready rows into the same table.

The measured side is a whole chunk of identification: vectors read, compared, logged with every column,
decided and recorded. The bare side has its rows in memory and writes nothing else.
"""

from __future__ import annotations

import uuid

import numpy as np

from benchmarks._environment import arguments, interleaved, table, temporary_installation


def main() -> None:
    options = arguments(__doc__)
    probes, deer, references, rounds = (64, 50, 5, 1) if options.quick else (256, 200, 10, 5)
    with temporary_installation():
        from django.db import connection, transaction
        from django.utils import timezone

        from reid.embedding import scorers
        from reid.identifying import decide_chunk
        from reid.models import (
            Decision,
            Deer,
            Detection,
            Embedding,
            EmbeddingSpace,
            Encounter,
            Image,
            ReidRun,
            Scorer,
            Sighting,
            SimilarityScore,
        )
        from reid.scoring import write_log

        rng = np.random.default_rng(0)
        space = EmbeddingSpace.objects.create(
            name="bench",
            fingerprint="0" * 64,
            dimension=1280,
            specification={},
            sentinels=np.ones(4, np.float32),
            is_active=True,
        )
        scorer = Scorer.objects.register(space)
        scorers.activate(scorer)
        herd = Deer.objects.bulk_create(Deer(name=f"deer {number}") for number in range(deer))

        def add_sightings(count: int, *, known: bool) -> list[Encounter]:
            encounters = Encounter.objects.bulk_create(Encounter() for _ in range(count))
            sightings = Sighting.objects.bulk_create(Sighting(encounter=e) for e in encounters)
            images = Image.objects.bulk_create(
                Image(
                    path=(name := uuid.uuid4().hex),
                    sha256=name * 2,
                    width=99,
                    height=99,
                    encounter=e,
                )
                for e in encounters
            )
            detections = Detection.objects.bulk_create(
                Detection(
                    image=image,
                    sighting=sighting,
                    x=0,
                    y=0,
                    width=99,
                    height=99,
                    confidence=1,
                    classification="unknown_deer",
                    deer=herd[number % deer] if known else None,
                    identity_source="imported" if known else "none",
                    is_reference=known,
                )
                for number, (image, sighting) in enumerate(zip(images, sightings, strict=True))
            )
            rows = rng.normal(size=(count, 1280)).astype(np.float32)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            Embedding.objects.bulk_create(
                Embedding(detection=detection, space=space, vector=row)
                for detection, row in zip(detections, rows, strict=True)
            )
            return encounters

        add_sightings(deer * references, known=True)
        keys = [encounter.pk for encounter in add_sightings(probes, known=False)]
        pairs = probes * deer

        def empty() -> None:
            Decision.objects.all().delete()
            SimilarityScore.objects.all().delete()

        def identify() -> None:
            run = ReidRun.objects.create(kind="identify", scorer=scorer)
            with transaction.atomic():
                decide_chunk.identify(keys, run)

        identify()
        rows = list(SimilarityScore.objects.values_list(*write_log.COLUMNS))
        native = connection.vendor == "postgresql"
        values = [
            tuple(
                item.hex
                if isinstance(item, uuid.UUID) and not native
                else connection.ops.adapt_datetimefield_value(item)
                if name == "calculated_at"
                else item
                for name, item in zip(write_log.COLUMNS, row, strict=True)
            )
            for row in rows
        ]
        names, name = ", ".join(write_log.COLUMNS), SimilarityScore._meta.db_table
        # Cheaper on both than the log's own, which updates every column and one of them a foreign key.
        upsert = (
            "ON CONFLICT (detection_id, deer_id, scorer_id) DO UPDATE SET score = excluded.score"
        )

        def bare() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                if not native:
                    marks = ", ".join(["%s"] * len(write_log.COLUMNS))
                    cursor.executemany(
                        f"INSERT INTO {name} ({names}) VALUES ({marks}) {upsert}", values
                    )
                    return
                cursor.execute(
                    f"CREATE TEMPORARY TABLE bare ON COMMIT DROP AS SELECT {names} FROM {name} WITH NO DATA"
                )
                with cursor.copy(f"COPY bare ({names}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
                cursor.execute(f"INSERT INTO {name} ({names}) SELECT {names} FROM bare {upsert}")

        rates: list[list[float]] = []
        for _ in range(rounds):
            empty()
            [first_rate] = interleaved(1, (pairs, identify))
            [second_rate] = interleaved(1, (pairs, identify))
            empty()
            [bare_rate] = interleaved(1, (pairs, bare))
            rates.append([first_rate, second_rate, bare_rate])
        first_rate, second_rate, bare_rate = np.median(rates, axis=0)
        vendor, at = connection.vendor, timezone.now()
    table(
        f"scoring on {vendor}, {probes} detections x {deer} deer ({references} references each), {at:%Y-%m-%d}",
        [
            ("bare bulk write, rows/s", f"{bare_rate:,.0f}"),
            ("compared, decided and logged, scores/s", f"{first_rate:,.0f}"),
            ("the same again, nothing changed, scores/s", f"{second_rate:,.0f}"),
            ("logged / bare", f"{first_rate / bare_rate:.2f}"),
        ],
    )


if __name__ == "__main__":
    main()
