"""A stored herd with dirty labels: one sighting of Ada is Bea, and Eve and Fay are one deer with two profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.utils import timezone

from reid.matching.stored_gallery import load_gallery
from reid.models import Deer, Detection, SimilarityScore
from reid.tests import make

if TYPE_CHECKING:
    from reid.models import Scorer, Sighting

ANIMALS = {"Ada": 0, "Bea": 1, "Cal": 2, "Dot": 3, "Eve": 4, "Fay": 4}
SIGHTINGS = 5


@dataclass
class DirtyStore:
    """`wrong` is the sighting that bears Ada's name and shows Bea."""

    scorer: Scorer
    deer: dict[str, Deer]
    wrong: Sighting


def dirty_store(*, with_crops: bool = False) -> DirtyStore:
    """Six profiles of five sightings each, an encounter each, all of them references; scores as a run logs them.

    Animals stand at right angles to each other, and each photograph a little off its animal: own deer score about 0.9.
    """
    scorer = make.scorer(8, name="dirty")
    deer = {name: make.deer(name) for name in ANIMALS}
    generator = np.random.default_rng(1)
    camera = make.camera("creek")
    shown: dict[tuple[str, int], Detection] = {}
    for name in ANIMALS:
        for number in range(SIGHTINGS):
            animal = 1 if (name, number) == ("Ada", 0) else ANIMALS[name]
            image = make.image(camera=camera, captured_at=make.later(hours=len(shown)))
            of = make.detection(image=image, deer=deer[name], is_reference=True, flank="left")
            vector = np.full(8, 0.5)
            vector[animal] += 2.0
            make.embedding(of, scorer, *(vector + generator.normal(size=8) * 0.2))
            if with_crops:
                make.photograph(f"crops/{of.pk.hex[:2]}/{of.pk}.jpg", 300, 200, seed=animal)
            shown[name, number] = of
    log(scorer)
    wrong = shown["Ada", 0].sighting
    assert wrong is not None
    return DirtyStore(scorer, deer, wrong)


def log(scorer: Scorer) -> None:
    """Score everything anew, as a backfill does."""
    from reid.models import Embedding
    from reid.scoring.compare import compare
    from reid.scoring.compare import log as log_scores

    gallery = load_gallery(scorer)
    detections = list(
        Detection.objects.filter(pk__in=Embedding.objects.values("detection")).select_related(
            "sighting"
        )
    )
    encounters = {
        item.sighting.pk: item.sighting.encounter_id for item in detections if item.sighting
    }
    SimilarityScore.objects.filter(scorer=scorer).delete()
    matrix = compare(detections, encounters, gallery, scorer)
    log_scores(
        matrix,
        gallery,
        make.run(scorer, finished_at=timezone.now()),
        scorer,
        chosen={},
        standing=(),
    )
