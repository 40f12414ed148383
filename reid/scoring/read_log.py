"""Logged scores, read in the form in which runs compare: another threshold needs no new computation.

What the log does not say truly today is named, never guessed: detections without an embedding or without
scores, with scores of other references, or marked stale. The next run makes those good.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from reid.db.query_plans import by_index
from reid.matching.similarity import NOT_COMPARABLE
from reid.models import (
    Decision,
    Deer,
    Detection,
    Embedding,
    Scorer,
    SimilarityScore,
    SkippedEmbedding,
)
from reid.scoring.compare import ScoreMatrix, with_deer

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from reid.matching.similarity import Gallery, Key
    from reid.models import DetectionQuerySet, ReidRun


def logged_fingerprints(scorer: Scorer) -> dict[UUID, tuple[str, str]]:
    """The first and the last fingerprint, in their order, that each deer's scores were made with.

    Where both are alike they all are. Deer that are merged away or have no score are left out. They are the two
    ends of a deer's rows in an index, so that the log is not read.
    """
    logged = SimilarityScore.objects.filter(scorer=scorer, deer=OuterRef("pk"))
    ordered = logged.order_by("gallery_fingerprint").values("gallery_fingerprint")
    deer = Deer.objects.filter(merged_into__isnull=True).annotate(
        first=Subquery(ordered[:1]), last=Subquery(ordered.reverse()[:1])
    )
    with by_index():
        ends = list(deer.filter(first__isnull=False).values_list("pk", "first", "last"))
    return {key: (first, last) for key, first, last in ends}


def read(
    detections: Sequence[Detection],
    _encounters: Mapping[UUID, UUID],
    gallery: Gallery,
    scorer: Scorer,
) -> ScoreMatrix:
    """The logged scores of some detections against today's gallery, as `compare` computes them.

    Scores that do not hold are named `outdated`; they wait for the next identification. A fixed number of queries.
    """
    ids = [item.pk for item in detections]
    embedded = set(
        Embedding.objects.filter(space=scorer.vectors, detection__in=ids).values_list(
            "detection", flat=True
        )
    )
    compared = [item for item in detections if item.pk in embedded]
    row_of = {item.pk: number for number, item in enumerate(compared)}
    column_of = {key: number for number, key in enumerate(gallery.deer)}
    prints = dict(zip(gallery.deer, gallery.deer_fingerprints, strict=True))
    scores = np.full((len(compared), len(column_of)), NOT_COMPARABLE, np.int32)
    outdated = {item.pk for item in detections if item.scores_stale}
    logged: set[UUID] = set()
    for detection, deer, fingerprint, score in _rows(embedded, scorer).values_list(
        "detection", "deer", "gallery_fingerprint", "score"
    ):
        logged.add(detection)
        if prints.get(deer) == fingerprint:
            scores[row_of[detection], column_of[deer]] = score
        else:
            outdated.add(detection)
    outdated |= _unlogged(set(ids), embedded, logged, scorer)
    if compared and _new_deer(gallery, scorer):
        outdated |= embedded
    matrix = with_deer(compared, scores, gallery, frozenset(outdated))
    if scorer.kind != Scorer.Kind.FUSED:
        return matrix
    patterned = with_pattern(Detection.objects.filter(pk__in=embedded), scorer)
    return replace(matrix, with_pattern=frozenset(patterned.values_list("pk", flat=True)))


def with_pattern(detections: DetectionQuerySet, fused: Scorer) -> DetectionQuerySet:
    """Those that have a logged score by the pattern part of a fused scorer. Use it within `by_index`."""
    logged = SimilarityScore.objects.standing(fused.part("pattern"))
    # A subquery a detection: of an EXISTS PostgreSQL makes a join with the whole log.
    first = Subquery(logged.filter(detection=OuterRef("pk")).values("pk")[:1])
    return detections.annotate(by_pattern=first).filter(by_pattern__isnull=False)


def _rows(detections: Collection[UUID], scorer: Scorer) -> QuerySet[SimilarityScore]:
    return SimilarityScore.objects.standing(scorer).filter(detection__in=detections).order_by()


def _unlogged(ids: set[UUID], embedded: set[UUID], logged: set[UUID], scorer: Scorer) -> set[UUID]:
    """What the next run will embed or compare for the first time.

    Without a row, but decided by this scorer: there was nothing to compare it with, and nothing is missing.
    """
    skipped = SkippedEmbedding.objects.filter(space=scorer.vectors, detection__in=ids - embedded)
    missing = ids - embedded - set(skipped.values_list("detection", flat=True))
    silent = embedded - logged
    decided = Decision.objects.filter(sighting=OuterRef("sighting"), run__scorer=scorer)
    known = Detection.objects.filter(Exists(decided), pk__in=silent)
    return missing | silent - set(known.values_list("pk", flat=True))


def _new_deer(gallery: Gallery, scorer: Scorer) -> bool:
    """Whether a deer was enrolled that nothing has been compared with yet."""
    compared = SimilarityScore.objects.filter(scorer=scorer, deer=OuterRef("pk"))
    return Deer.objects.filter(~Exists(compared), pk__in=gallery.deer).exists()


def mark(
    compared: ScoreMatrix,
    _gallery: Gallery,
    run: ReidRun,
    scorer: Scorer,
    *,
    chosen: Mapping[UUID, Key],
    standing: Collection[UUID],
) -> dict[str, int]:
    """Write into the log what the run chose at its threshold, as identification does; rows rewritten.

    `chosen` is detection -> deer; of the detections `standing` what an earlier run chose stays marked.
    """
    if run.threshold_used is None:
        raise RuntimeError(f"run {run.pk} applies no threshold")
    units = run.threshold_used
    rows = _rows([item.pk for item in compared.detections], scorer)
    candidates = rows.filter(detection__in=chosen.keys(), deer__in=set(chosen.values()))
    right = [
        key
        for key, detection, deer in candidates.values_list("pk", "detection", "deer")
        if chosen[detection] == deer
    ]
    origin = {"run": run, "calculated_at": timezone.now(), "threshold_used": units}
    # `rows` joins the deer, which an update cannot; named by their keys PostgreSQL may join the log with itself.
    merged = Deer.objects.filter(merged_into__isnull=False)
    own = SimilarityScore.objects.filter(
        scorer=scorer, detection__in=[item.pk for item in compared.detections]
    ).exclude(deer__in=merged.values("pk"))
    other = Q(threshold_used__isnull=True) | ~Q(threshold_used=units)
    outdated_matches = (
        own.filter(matched=True).exclude(detection__in=standing).exclude(pk__in=right)
    )
    rewritten = outdated_matches.update(matched=False, **origin)
    rewritten += own.filter(other | Q(matched=False), pk__in=right).update(matched=True, **origin)
    rewritten += own.filter(other, matched=False).update(**origin)
    return {"rewritten": rewritten}
