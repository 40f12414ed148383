"""Bucks of two antler years, stored and not, on whom references with other years' antlers harm, help, or neither."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
from django.db import transaction

from analysis.antlers.arms import Probes
from reid.matching.similarity import Reference
from reid.matching.stored_gallery import load_gallery
from reid.models import Detection, Embedding, Encounter, Image, Scorer, Sighting
from reid.scoring import compare
from reid.tests import make

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.models import Deer

YEARS = (2024, 2025)
DIMENSION = 48


class Antlers(Enum):
    """What other years' references are worth.

    BORROWED: nothing but antlers is seen, and each buck grows those that the next one has shed: they harm. UNSEEN: the
    antlers show little, one reference a year shows the rest of the animal badly, and two show it better: they help.
    SPARE: one photograph of a buck tells as much as any other.
    """

    BORROWED = auto()
    UNSEEN = auto()
    SPARE = auto()


def antlered(
    kind: Antlers, *, bucks: int = 12, seed: int = 7, is_active: bool = True
) -> tuple[Scorer, list[Deer]]:
    """A scorer and its bucks: of each and year a reference, or two, and three labelled sightings of other encounters."""
    generator = np.random.default_rng(seed)
    scorer = make.scorer(DIMENSION, is_active=is_active)
    deer = [make.deer(f"Buck {number:02}", sex="buck") for number in range(bucks)]
    looks = generator.normal(size=(bucks, DIMENSION))
    noise = {Antlers.BORROWED: 0.3, Antlers.UNSEEN: 2.2, Antlers.SPARE: 0.05}[kind]
    references = 1 if kind is Antlers.UNSEEN else 2
    rows: list[tuple[Deer, int, bool, np.ndarray]] = []
    for number, buck in enumerate(deer):
        for turn, year in enumerate(YEARS):
            shown = looks[(number + turn) % bucks] if kind is Antlers.BORROWED else looks[number]
            for photograph in range(references + 3):
                seen = shown + noise * generator.normal(size=DIMENSION)
                rows.append((buck, year, photograph < references, make.unit(*seen)))
    _store(scorer, rows)
    return scorer, deer


def two_years(
    generator: np.random.Generator, *, body: float, antlers: float, bucks: int = 12
) -> tuple[Probes, NDArray[np.float32], list[Reference], NDArray[np.int64]]:
    """Bucks without a store: probes with their unit rows, references, and the buck of each probe, as its number.

    Of each buck and year two references and three probes. `body` and `antlers` are how much tells bucks apart of what stays
    and of what is new each year.
    """
    stays = body * generator.normal(size=(bucks, DIMENSION))
    grown = antlers * generator.normal(size=(len(YEARS), bucks, DIMENSION))
    references, rows, own, seasons = [], [], [], []
    for buck, turn, photograph in itertools.product(range(bucks), range(len(YEARS)), range(5)):
        seen = stays[buck] + grown[turn, buck] + 1.2 * generator.normal(size=DIMENSION)
        vector, season = make.unit(*seen), 100 * YEARS[turn] + 4
        if photograph < 2:
            name = f"{buck:02} {turn} {photograph}"
            references.append(Reference(name, f"{buck:02}", name, vector, "unknown", season))
        else:
            rows.append(vector)
            own.append(buck)
            seasons.append(season)
    keys = [UUID(int=number) for number in range(len(rows))]
    classes, flanks = ["buck"] * len(rows), ["unknown"] * len(rows)
    probes = Probes(keys, keys, flanks, classes, np.array(seasons))
    return probes, np.array(rows), references, np.array(own)


def log_all(scorer: Scorer) -> None:
    """Score and log all detections, as a backfill does."""
    rows = Detection.objects.select_related("sighting", "image").order_by("pk")
    detections, gallery = list(rows), load_gallery(scorer)
    with transaction.atomic():
        scores = compare.compare(detections, compare.encounters_of(detections), gallery, scorer)
        compare.log(scores, gallery, make.run(scorer), scorer, chosen={}, standing=())


def _store(scorer: Scorer, rows: list[tuple[Deer, int, bool, np.ndarray]]) -> None:
    times = [datetime(year, 10, 1, 12, tzinfo=UTC) for _, year, _, _ in rows]
    encounters = Encounter.objects.bulk_create(
        Encounter(started_at=time, ended_at=time) for time in times
    )
    sightings = Sighting.objects.bulk_create(Sighting(encounter=item) for item in encounters)
    start = Image.objects.count()
    images = Image.objects.bulk_create(
        Image(
            path=f"antlered/{start + number}.jpg", sha256=f"{start + number:064x}", width=320, height=240,
            captured_at=time, encounter=encounter,
        )
        for number, (time, encounter) in enumerate(zip(times, encounters, strict=True))
    )  # fmt: skip
    detections = Detection.objects.bulk_create(
        Detection(
            image=image, sighting=sighting, x=1, y=1, width=100, height=100, confidence=0.9,
            classification="buck", deer=deer, identity_source="imported", is_reference=is_reference,
        )
        for image, sighting, (deer, _, is_reference, _) in zip(images, sightings, rows, strict=True)
    )  # fmt: skip
    Embedding.objects.bulk_create(
        Embedding(detection=detection, space=scorer.vectors, vector=vector)
        for detection, (*_, vector) in zip(detections, rows, strict=True)
    )
