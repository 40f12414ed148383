"""A stored herd with too few deer for a threshold: twelve enrolled deer, 36 labelled sightings, 120 others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone

from analysis.audit.answers import Outcome, record
from analysis.audit.order import next_items
from analysis.recommendation.assess import Assessment, assess, begin_batch
from reid.matching.stored_gallery import load_gallery
from reid.models import (
    Deer,
    Detection,
    Embedding,
    Encounter,
    Image,
    Scorer,
    Sighting,
    SimilarityScore,
)
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from reid.models import AuditPlan, ReidRun

DEER, EACH, UNREVIEWED = 12, 3, 120


@dataclass
class SmallHerd:
    """`unreviewed` are sightings in falling order of their score: 9000, 8990 ... Each is of the deer it is like."""

    scorer: Scorer
    run: ReidRun
    deer: list[Deer]
    unreviewed: list[UUID] = field(default_factory=list)

    def photograph(self, owners: Sequence[Deer | None]) -> list[Detection]:
        """One sighting each, embedded and in an encounter of its own."""
        encounters = Encounter.objects.bulk_create(
            Encounter(started_at=make.NOON, ended_at=make.NOON) for _ in owners
        )
        sightings = Sighting.objects.bulk_create(Sighting(encounter=item) for item in encounters)
        start = Image.objects.count()
        images = Image.objects.bulk_create(
            Image(
                path=f"small/{start + number}.jpg", sha256=f"{start + number:064x}", width=320, height=240,
                captured_at=make.NOON, encounter=encounter,
            )
            for number, encounter in enumerate(encounters)
        )  # fmt: skip
        detections = Detection.objects.bulk_create(
            Detection(
                image=image, sighting=sighting, x=1, y=1, width=100, height=100, confidence=0.9,
                classification="doe", deer=deer, identity_source="imported" if deer else "none",
            )
            for image, sighting, deer in zip(images, sightings, owners, strict=True)
        )  # fmt: skip
        Embedding.objects.bulk_create(
            Embedding(detection=item, space=self.scorer.vectors, vector=make.unit(1, 0, 0, 0))
            for item in detections
        )
        return detections

    def log(self, detections: Sequence[Detection], alike: Sequence[tuple[int, int]]) -> None:
        """Scores against every deer: of the one with that number so many units, of all others 3000."""
        gallery = load_gallery(self.scorer)
        prints = dict(zip(gallery.deer, gallery.deer_fingerprints, strict=True))
        SimilarityScore.objects.bulk_create(
            SimilarityScore(
                detection=detection, deer=deer, scorer=self.scorer, run=self.run,
                score=score if number == of else 3000, gallery_fingerprint=prints[deer.pk],
                sex_match=True, detection_classification="doe", deer_sex=deer.sex,
                calculated_at=timezone.now(),
            )
            for detection, (of, score) in zip(detections, alike, strict=True)
            for number, deer in enumerate(self.deer)
        )  # fmt: skip

    def arrive(self, count: int) -> list[UUID]:
        """New sightings without a name, each like one deer."""
        detections = self.photograph([None] * count)
        self.log(detections, [(n % DEER, 9000 - 10 * n) for n in range(count)])
        new = [item.sighting_id for item in detections if item.sighting_id]
        self.unreviewed += new
        return new

    def assess(self, alpha_fdp: float = 0.05) -> Assessment:
        return assess(self.scorer, alpha_fdp=alpha_fdp)

    def begin(self, alpha_fdp: float = 0.1, shares: Sequence[float] = ()) -> AuditPlan:
        return begin_batch(self.assess(alpha_fdp), alpha_fdp, shares)


def small_herd(unreviewed: int = UNREVIEWED) -> SmallHerd:
    scorer = make.scorer(name="small")
    deer = [make.deer(f"deer {number:02d}", sex="doe") for number in range(DEER)]
    herd = SmallHerd(scorer, make.run(scorer), deer)
    owners = [one for one in deer for _ in range(EACH)]
    labelled = herd.photograph(owners)
    references = [item.pk for item in labelled[::EACH]]
    Detection.objects.filter(pk__in=references).update(is_reference=True)
    herd.log(labelled, [(number // EACH, 8000) for number in range(len(labelled))])
    herd.arrive(unreviewed)
    return herd


def judge(plan: AuditPlan, wrong: Collection[UUID] = (), most: int = 1000) -> int:
    """Judge the plan until it is decided, sightings in `wrong` as wrong; how many answers it took."""
    judge, _ = User.objects.get_or_create(username="judge")
    answers = 0
    while answers < most:
        plan.refresh_from_db()
        items = next_items(plan, 1) if plan.status == plan.Status.OPEN else []
        if not items:
            break
        (item,) = items
        outcome = Outcome.WRONG if item.sighting_id in wrong else Outcome.RIGHT
        record(plan, item.pk, outcome, judge)
        answers += 1
    plan.refresh_from_db()
    return answers
