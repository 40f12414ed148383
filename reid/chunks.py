"""One chunk of a run: some whole encounters read, scored, logged, decided and written.

Everything happens in the caller's transaction on locked rows, so that two workers on one sighting take
turns and the later one sees what the earlier one wrote.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import DatabaseError, transaction
from django.utils import timezone

from reid import assignments, score_log
from reid.assignments import KNOWN, is_identifiable
from reid.deciding import Outcome, Probe, Verdict, decide
from reid.eligibility import Life, alive_on, sex_matches
from reid.matching import fuse, score
from reid.models import Deer, Detection, Sighting, SimilarityScore
from reid.references import load_gallery, vectors_of
from reid.rejections import rejected_pairs
from reid.score_log import ScoreRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.matching import Gallery, Key
    from reid.models import EmbeddingSpace, ReidRun

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Done:
    """What a chunk did, by name, and the gallery that it compared with."""

    counts: Counter[str]
    gallery_fingerprint: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The embedded detections of a chunk against the gallery; rows of `scores` follow `detections`."""

    detections: list[Detection]
    deer: list[Deer]
    scores: NDArray[np.int32]
    sex_match: NDArray[np.bool_]


def identify(encounters: Sequence[UUID], run: ReidRun) -> Done:
    """Identify every sighting of the encounters, which the caller has embedded. One transaction."""
    space = run.space
    if space is None or not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a chunk needs its run's space and the caller's transaction")
    # Sightings first: an import that rebuilds an encounter waits, and none vanishes from under us.
    locked = Sighting.objects.select_for_update().filter(encounter__in=encounters).order_by("pk")
    sightings = {item.pk: item for item in locked}
    everything = list(
        Detection.objects.select_for_update(of=("self",))
        .filter(sighting__in=sightings)
        .select_related("image")
        .order_by("pk")
    )
    gallery = load_gallery(space)
    detections = [item for item in everything if is_identifiable(item)]
    compared = _compare(detections, sightings, gallery, space)
    threshold = run.threshold.units if run.threshold else None
    probes = _probes(detections, compared)
    verdicts = {item.sighting: item for item in decide(probes, gallery.deer, threshold)}

    counts = Counter(verdict.outcome.value for verdict in verdicts.values())
    counts.update(sightings=len(verdicts), detections=len(detections))
    counts.update(_log(compared, verdicts, gallery, threshold, run, space))
    assigned, withdrawn = assignments.apply(verdicts, everything, run)
    assignments.record(verdicts.values(), run, threshold)
    counts.update(assigned_detections=assigned, withdrawn_detections=withdrawn)
    return Done(counts, gallery.fingerprint)


def _compare(
    detections: Sequence[Detection],
    sightings: Mapping[UUID, Sighting],
    gallery: Gallery,
    space: EmbeddingSpace,
) -> Compared:
    vectors = vectors_of(list(detections), space)
    embedded = [item for item in detections if item.pk in vectors]
    matrix = np.array([vectors[item.pk] for item in embedded], np.float32)
    encounters = [sightings[item.sighting_id].encounter_id for item in embedded if item.sighting_id]
    found = Deer.objects.in_bulk(gallery.deer)
    deer = [found[key] for key in gallery.deer]
    return Compared(
        embedded,
        deer,
        score(matrix.reshape(-1, space.dimension), gallery, encounters),
        sex_matches([item.effective_class for item in embedded], _lives(deer)),
    )


def _lives(deer: Sequence[Deer]) -> list[Life]:
    return [Life(item.sex, item.born_on, item.died_on) for item in deer]


def _probes(detections: Sequence[Detection], compared: Compared) -> list[Probe]:
    """One a sighting; a deer is eligible where no detection of the sighting rules it out."""
    lives = _lives(compared.deer)
    eligible = sex_matches([item.effective_class for item in detections], lives)
    eligible &= alive_on([_local_day(item) for item in detections], lives)
    _strike_rejected(eligible, detections, compared.deer)
    row_of = {item.pk: row for row, item in enumerate(compared.detections)}
    of_sighting: dict[UUID, list[int]] = defaultdict(list)
    for number, item in enumerate(detections):
        if item.sighting_id is not None:
            of_sighting[item.sighting_id].append(number)
    probes = []
    for sighting, numbers in of_sighting.items():
        members = [detections[number] for number in numbers]
        rows = [row_of[item.pk] for item in members if item.pk in row_of]
        probes.append(
            Probe(
                sighting=sighting,
                frames=frozenset(item.image_id for item in members),
                scores=fuse(compared.scores[rows]) if rows else None,
                eligible=np.logical_and.reduce(eligible[numbers]),
                known=frozenset(
                    item.deer_id
                    for item in members
                    if item.deer_id and item.identity_source in KNOWN
                ),
            )
        )
    return probes


def _strike_rejected(
    eligible: NDArray[np.bool_], detections: Sequence[Detection], deer: Sequence[Deer]
) -> None:
    """What a person has rejected, no run says again."""
    rows = {item.pk: number for number, item in enumerate(detections)}
    columns = {item.pk: number for number, item in enumerate(deer)}
    for detection, rejected in rejected_pairs(rows):
        if rejected in columns:
            eligible[rows[detection], columns[rejected]] = False


def _local_day(item: Detection) -> date | None:
    captured_at = item.image.captured_at
    return timezone.localtime(captured_at).date() if captured_at else None


def _log(
    compared: Compared,
    verdicts: Mapping[Key, Verdict],
    gallery: Gallery,
    threshold: int | None,
    run: ReidRun,
    space: EmbeddingSpace,
) -> dict[str, int]:
    """Log every pair under a savepoint: identification goes on without its log, which is then stale."""
    ids = [item.pk for item in compared.detections]
    flagged = Detection.objects.filter(pk__in=ids)
    rows, columns = np.nonzero(compared.scores < 0)
    missing = [
        (ids[row], compared.deer[column].pk) for row, column in zip(rows, columns, strict=True)
    ]
    try:
        with transaction.atomic():
            chosen = _chosen(compared, verdicts, threshold, space)
            now = timezone.now()
            score_log.write(_rows(compared, gallery, threshold, chosen), space, run, now)
            score_log.forget(ids, space, [item.pk for item in compared.deer], missing)
    except DatabaseError:
        logger.exception("the scores of %s detections could not be logged", len(ids))
        flagged.update(scores_stale=True)
        return {"log_failures": 1}
    flagged.filter(scores_stale=True).update(scores_stale=False)
    return {"scores": compared.scores.size - len(missing), "not_comparable": len(missing)}


def _chosen(
    compared: Compared,
    verdicts: Mapping[Key, Verdict],
    threshold: int | None,
    space: EmbeddingSpace,
) -> dict[tuple[Key, Key], int | None]:
    """(detection, deer) pairs that the machine chose, with the threshold it used then.

    Of a reviewed sighting that is what an earlier run chose: a review does not rewrite it, so neither does
    a run that comes after the review.
    """
    chosen: dict[tuple[Key, Key], int | None] = {}
    reviewed = []
    for item in compared.detections:
        verdict = verdicts[item.sighting_id]  # type: ignore[index] # compared ones have a sighting
        if verdict.outcome is Outcome.ASSIGNED and verdict.deer is not None:
            chosen[item.pk, verdict.deer] = threshold
        elif verdict.outcome is Outcome.REVIEWED:
            reviewed.append(item.pk)
    earlier = SimilarityScore.objects.filter(detection__in=reviewed, space=space, matched=True)
    for detection, deer, used in earlier.values_list("detection", "deer", "threshold_used"):
        chosen[detection, deer] = used
    return chosen


def _rows(
    compared: Compared,
    gallery: Gallery,
    threshold: int | None,
    chosen: Mapping[tuple[Key, Key], int | None],
) -> Iterator[ScoreRow]:
    deer = [
        (number, item.pk, gallery.deer_fingerprints[number], item.sex)
        for number, item in enumerate(compared.deer)
    ]
    table = zip(
        compared.detections, compared.scores.tolist(), compared.sex_match.tolist(), strict=True
    )
    for detection, scores, matches in table:
        name, key = detection.effective_class, detection.pk
        for number, deer_key, fingerprint, sex in deer:
            if scores[number] >= 0:
                pair = (key, deer_key)
                matched = pair in chosen
                used = chosen[pair] if matched else threshold
                yield ScoreRow(
                    *pair, fingerprint, scores[number], matches[number], matched, used, name, sex
                )
