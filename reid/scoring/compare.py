"""Comparison of stored vectors with the gallery, and its log: shared by identification and backfill.

Call inside the transaction that locked the detections.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from django.db import DatabaseError, transaction
from django.utils import timezone

from reid.embedding.vectors import vectors_of
from reid.matching.calibration import Calibration
from reid.matching.eligibility import lives_of, sex_matches
from reid.matching.similarity import NOT_COMPARABLE, score
from reid.matching.stored_gallery import probe_season
from reid.models import Deer, Detection, Scorer, SimilarityScore
from reid.scoring import pattern_scores, write_log
from reid.scoring.write_log import ScoreRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.matching.eligibility import Life
    from reid.matching.similarity import Gallery, Key
    from reid.models import ReidRun

logger = logging.getLogger(__name__)

_Marked = dict[tuple["Key", "Key"], int | None]
"""(detection, deer) pairs that the machine chose, with the threshold that it used, in score units."""


@dataclass(frozen=True, slots=True)
class ScoreMatrix:
    """The embedded ones of some detections against the gallery; rows of `scores` follow `detections`.

    `scores` (n, n_deer) in score units, or NOT_COMPARABLE; `sex_match` (n, n_deer). Of the detections `outdated`,
    which may be others, no scores are known that hold: scores that were logged may be missing or old.
    """

    detections: list[Detection]
    deer: list[Deer]
    scores: NDArray[np.int32]
    sex_match: NDArray[np.bool_]
    outdated: frozenset[UUID] = frozenset()
    parts: Mapping[Scorer, NDArray[np.int32]] = field(default_factory=dict)
    """Of fused scores: the scores of the same pairs by each part, which are logged beside them."""
    with_pattern: frozenset[UUID] | None = None
    """Of fused scores: the detections that have a pattern score; None of other scorers."""

    @property
    def lives(self) -> list[Life]:
        return lives_of(self.deer)

    def without(self, detections: Collection[UUID]) -> ScoreMatrix:
        """Those compared, but for these."""
        kept = [item.pk not in detections for item in self.detections]
        rest = [item for item in self.detections if item.pk not in detections]
        return replace(
            self,
            detections=rest,
            scores=self.scores[kept],
            sex_match=self.sex_match[kept],
            parts={scorer: scores[kept] for scorer, scores in self.parts.items()},
        )


def encounters_of(detections: Iterable[Detection]) -> dict[UUID, UUID]:
    """The encounter of each one's sighting, by the sighting; they come with their `sighting` selected."""
    return {item.sighting.pk: item.sighting.encounter_id for item in detections if item.sighting}


def compare(
    detections: Sequence[Detection],
    encounters: Mapping[UUID, UUID],
    gallery: Gallery,
    scorer: Scorer,
) -> ScoreMatrix:
    """Score those with an embedding in the space of `scorer`; `encounters` gives each sighting's encounter.

    A fused scorer's parts are scored too. The patterns' part takes long: `pattern_scores.prepare` before the transaction.
    """
    vectors = vectors_of(list(detections), scorer.vectors)
    embedded = [item for item in detections if item.pk in vectors]
    matrix = np.array([vectors[item.pk] for item in embedded], np.float32)
    embedding_scores = score(
        matrix.reshape(-1, scorer.vectors.dimension),
        gallery,
        [encounters[item.sighting_id] for item in embedded if item.sighting_id],
        [item.flank for item in embedded],
        [probe_season(item) for item in embedded],
    )
    if scorer.kind == Scorer.Kind.EMBEDDING:
        return with_deer(embedded, embedding_scores, gallery)
    pattern = pattern_scores.scores_of(
        embedded, encounters, pattern_scores.matcher_of(scorer), gallery.deer
    )
    if scorer.kind == Scorer.Kind.PATTERN:
        return with_deer(embedded, pattern, gallery)
    calibration = Calibration.from_json(scorer.specification["calibration"])
    fused = calibration.score(
        embedding_scores, pattern, [item.effective_class for item in embedded]
    )
    parts = {scorer.part("embedding"): embedding_scores, scorer.part("pattern"): pattern}
    rows = np.flatnonzero((pattern >= 0).any(axis=1))
    with_pattern = frozenset(embedded[row].pk for row in rows)
    return replace(with_deer(embedded, fused, gallery), parts=parts, with_pattern=with_pattern)


def with_deer(
    detections: list[Detection],
    scores: NDArray[np.int32],
    gallery: Gallery,
    outdated: frozenset[UUID] = frozenset(),
) -> ScoreMatrix:
    """Detections and their scores (n, n_deer), beside the gallery's deer and whom sex rules out.

    A profile that was merged or ended by an undo since the gallery was read is compared with nothing any more.
    """
    found = Deer.everything.in_bulk(gallery.deer)
    deer = [found[key] for key in gallery.deer]
    gone = [bool(item.merged_into_id or item.hidden_at) for item in deer]
    scores = np.where(gone, NOT_COMPARABLE, scores).astype(np.int32)
    matches = sex_matches([item.effective_class for item in detections], lives_of(deer))
    return ScoreMatrix(detections, deer, scores, matches, outdated)


def log(
    compared: ScoreMatrix,
    gallery: Gallery,
    run: ReidRun,
    scorer: Scorer,
    *,
    chosen: Mapping[UUID, Key],
    standing: Collection[UUID],
) -> dict[str, int]:
    """Log every pair under a savepoint; what was counted. The work goes on without a log, which is then stale.

    `chosen` is detection -> deer, as this run chose; of the detections `standing` what an earlier run chose stays
    marked. Rows that no longer stand for a comparison are deleted.
    """
    ids = [item.pk for item in compared.detections]
    flagged = Detection.objects.filter(pk__in=ids)
    rows, columns = np.nonzero(compared.scores < 0)
    missing = [
        (ids[row], compared.deer[column].pk) for row, column in zip(rows, columns, strict=True)
    ]
    try:
        with transaction.atomic():
            marked = dict.fromkeys(chosen.items(), run.threshold_used) | _chosen_earlier(
                standing, scorer
            )
            now = timezone.now()
            write_log.write(_rows(compared, gallery, run.threshold_used, marked), scorer, run, now)
            write_log.forget(ids, scorer, [item.pk for item in compared.deer], missing)
            for part, scores in compared.parts.items():
                of_part = replace(gallery, deer_fingerprints=gallery.parts[part.pk])
                _log_part(replace(compared, scores=scores, parts={}), of_part, run, part, now)
    except DatabaseError:
        logger.exception("the scores of %s detections could not be logged", len(ids))
        flagged.update(scores_stale=True)
        return {"log_failures": 1}
    flagged.filter(scores_stale=True).update(scores_stale=False)
    return {"scores": compared.scores.size - len(missing), "not_comparable": len(missing)}


def _log_part(
    compared: ScoreMatrix, gallery: Gallery, run: ReidRun, part: Scorer, now: datetime
) -> None:
    """Log the scores of one part of a fused scorer: nothing is chosen by them."""
    ids = [item.pk for item in compared.detections]
    rows, columns = np.nonzero(compared.scores < 0)
    missing = [
        (ids[row], compared.deer[column].pk) for row, column in zip(rows, columns, strict=True)
    ]
    write_log.write(_rows(compared, gallery, None, {}), part, run, now)
    write_log.forget(ids, part, [item.pk for item in compared.deer], missing)


def _chosen_earlier(detections: Collection[UUID], scorer: Scorer) -> _Marked:
    earlier = SimilarityScore.objects.filter(detection__in=detections, scorer=scorer, matched=True)
    rows = earlier.values_list("detection", "deer", "threshold_used")
    return {(detection, deer): threshold for detection, deer, threshold in rows}


def _rows(
    compared: ScoreMatrix, gallery: Gallery, threshold: int | None, chosen: _Marked
) -> Iterator[ScoreRow]:
    deer = [
        (number, item.pk, gallery.deer_fingerprints[number], item.sex)
        for number, item in enumerate(compared.deer)
    ]
    # Hashing two UUIDs a row would cost as much as all else that is done to it in Python.
    of_detection: dict[Key, dict[Key, int | None]] = {}
    for (detection_key, deer_key), threshold_used in chosen.items():
        of_detection.setdefault(detection_key, {})[deer_key] = threshold_used
    table = zip(
        compared.detections, compared.scores.tolist(), compared.sex_match.tolist(), strict=True
    )
    for detection, scores, matches in table:
        name, key = detection.effective_class, detection.pk
        marked = of_detection.get(key)
        for number, deer_key, fingerprint, sex in deer:
            if scores[number] >= 0:
                matched = marked is not None and deer_key in marked
                yield ScoreRow(
                    key,
                    deer_key,
                    fingerprint,
                    scores[number],
                    matches[number],
                    matched,
                    marked[deer_key] if marked and matched else threshold,
                    name,
                    sex,
                )
