"""A stored herd that an audit can be made of: two enrolled deer, 60 labelled strangers, 120 unreviewed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from reid.embedding import scorers
from reid.matching.calibration import SHIPPED, Calibration, ImpostorScores
from reid.matching.stored_gallery import load_gallery
from reid.models import (
    Deer,
    Detection,
    PatternBackground,
    Scorer,
    SimilarityScore,
)
from reid.patterns.card import MatcherCard
from reid.scoring import fused_scorers
from reid.tests import make
from reid.tests.herds import photographed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from reid.models import ReidRun

STRANGERS, UNREVIEWED = 60, 120


@dataclass
class Herd:
    """`unreviewed` are sightings in rising order of their score for `ada`: 6000, 6010 ... 7190."""

    scorer: Scorer
    run: ReidRun
    ada: Deer
    bea: Deer
    unreviewed: list[UUID]

    @property
    def fingerprint(self) -> str:
        return load_gallery(self.scorer).fingerprint

    def photograph(self, owners: Sequence[Deer | None]) -> list[Detection]:
        """One sighting each, embedded and in an encounter of its own."""
        return photographed(self.scorer.vectors, owners, [make.unit(1, 0, 0, 0)] * len(owners))

    def log(
        self, detections: Sequence[Detection], scores: Sequence[tuple[int | None, int | None]]
    ) -> None:
        """Scores against ada and bea, as the gallery now stands; None: not comparable."""
        gallery = load_gallery(self.scorer)
        prints = dict(zip(gallery.deer, gallery.deer_fingerprints, strict=True))
        SimilarityScore.objects.bulk_create(
            SimilarityScore(
                detection=detection, deer=deer, scorer=self.scorer, run=self.run, score=score,
                gallery_fingerprint=prints[deer.pk], sex_match=True,
                detection_classification="doe", deer_sex=deer.sex, calculated_at=timezone.now(),
            )
            for detection, pair in zip(detections, scores, strict=True)
            for deer, score in zip((self.ada, self.bea), pair, strict=True)
            if score is not None
        )  # fmt: skip


def fused(embedding: Scorer) -> Scorer:
    """The active fused scorer of an embedding scorer and a pattern scorer, whose background is of one photograph."""
    background = PatternBackground.objects.create(
        fingerprint="b" * 64, extractor="e" * 64, digest="d" * 64, members=[], size=1, store_size=1
    )
    pattern = Scorer.objects.create(
        kind="pattern", name="patterns", fingerprint="p" * 64,
        specification={"card": MatcherCard().to_json(), "background": background.fingerprint},
    )  # fmt: skip
    impostors = ImpostorScores(centre=5000, scale=1000, pattern_scale=1)
    calibration = Calibration(impostors, SHIPPED, fused_scorers.SHIPPED_SOURCE)
    made = fused_scorers.create(embedding, pattern, calibration)
    scorers.activate(made)
    return made


def fused_herd(patterned: Sequence[int]) -> Herd:
    """The herd under a fused scorer. `patterned`: the strangers and the unreviewed sightings with a pattern score.

    Each is named by its number in the order of the log: strangers from 0, then unreviewed sightings.
    """
    made = herd(fused(make.scorer(name="herd")))
    pattern = made.scorer.part("pattern")
    logged = list(SimilarityScore.objects.filter(scorer=made.scorer, deer=made.ada).order_by("pk"))
    numbered = [row for row in logged if not row.detection.is_reference]
    for number in patterned:
        make.score(numbered[number].detection, made.ada, 1, make.run(pattern))
    return made


def herd(by: Scorer | None = None) -> Herd:
    """Strangers score up to 0.4059, unreviewed sightings 0.60 and above: the first gate ends at 0.4060."""
    scorer = by or make.scorer(name="herd")
    ada, bea = make.deer("ada"), make.deer("bea")
    made = Herd(scorer, make.run(scorer), ada, bea, [])
    references = made.photograph([ada, bea])
    Detection.objects.filter(pk__in=[item.pk for item in references]).update(is_reference=True)
    made.log(references, [(None, 1000), (1000, None)])
    strangers = Deer.objects.bulk_create(Deer(name=f"stranger {n}") for n in range(STRANGERS))
    made.log(made.photograph(strangers), [(4000 + n, 1000) for n in range(STRANGERS)])
    unreviewed = made.photograph([None] * UNREVIEWED)
    made.log(unreviewed, [(6000 + 10 * n, 1000) for n in range(UNREVIEWED)])
    made.unreviewed = [item.sighting_id for item in unreviewed if item.sighting_id]
    return made
