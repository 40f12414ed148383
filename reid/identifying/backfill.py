"""Scores of all existing detections, computed and logged anew: after a change of scorer, rule or gallery.

Detections are taken in the order of their keys, a batch at a time, and each batch moves the run's cursor
in the transaction that logs it; so an interrupted run goes on where it stopped. Nothing is decided here:
identities stay, and so does the mark on the pair that a run chose.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q

from reid.grouping.locks import hold_off
from reid.identifying import run_lifecycle, run_workers, thresholds
from reid.identifying.run_lifecycle import ChunkResult
from reid.matching.stored_gallery import load_gallery
from reid.models import Detection, ReidRun, Sighting
from reid.scoring import compare, pattern_scores, stale_marks

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from reid.models import DetectionQuerySet, Scorer

BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Part:
    """Part of the detections, in the order of their keys: `limit` (0: all) after the first `offset`."""

    limit: int = 0
    offset: int = 0
    batch: int = BATCH


def wanted() -> DetectionQuerySet:
    """What a backfill looks at: the detections that identification looks at."""
    return Detection.objects.identifiable().filter(sighting__isnull=False)


def total(part: Part) -> int:
    """Detections of a part."""
    left = max(wanted().count() - part.offset, 0)
    return min(left, part.limit) if part.limit else left


def create_run(scorer: Scorer | None, part: Part) -> ReidRun:
    """A pending run; without a scorer, of whichever is active when it starts."""
    return run_lifecycle.create(ReidRun.Kind.BACKFILL, scorer, asdict(part))


def start(scorer: Scorer | None, part: Part) -> ReidRun:
    """The row first, the queue last. Raises redis.RedisError while Redis is away; the run waits then."""
    run = create_run(scorer, part)
    run_workers.start(run)
    return run


def resume(scorer: Scorer | None) -> ReidRun | None:
    """Queue the latest backfill that did not end by itself, as `reopen` finds it."""
    run = reopen(scorer)
    if run is not None:
        run_workers.start(run)
    return run


def reopen(scorer: Scorer | None) -> ReidRun | None:
    """The latest backfill (of a scorer), if it did not end by itself, ready to go on at its cursor.

    One that a worker is still busy with may be reopened too: each batch is done by one of the two.
    """
    backfills = ReidRun.objects.filter(kind=ReidRun.Kind.BACKFILL)
    if scorer is not None:
        backfills = backfills.filter(scorer=scorer)
    with transaction.atomic():
        run = backfills.select_for_update(of=("self",)).order_by("-heartbeat_at").first()
        if run is None or run.state == ReidRun.State.COMPLETED:
            return None
        return run_lifecycle.reopen(run)


def advance(run_id: UUID, on_progress: Callable[[int], None] = lambda _: None) -> bool:
    """Do the next batch of a run; whether there is more to do. Raises as `run_lifecycle.advance` does.

    `on_progress` gets detections done.
    """
    return run_lifecycle.advance(run_id, lambda run, scorer: _step(run, scorer, on_progress))


def rehearse(
    scorer: Scorer, part: Part, on_progress: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """What a run over this part would count; every batch is really computed, logged, and rolled back.

    What has no embedding yet would be embedded, and is only counted (`to_embed`).
    """
    run = ReidRun(
        kind=ReidRun.Kind.BACKFILL,
        scorer=scorer,
        counts={"scope": asdict(part)},
        **thresholds.override_fields(),
    )
    while batch := _next(run):
        with transaction.atomic():
            thresholds.set_threshold(run, scorer)
            missing = wanted().filter(pk__in=batch).without_embedding_in(scorer.vectors).count()
            counts = dict(_log(batch, run, scorer).counts)
            run_lifecycle.count(run, counts | {"to_embed": missing})
            transaction.set_rollback(True)
        run.cursor = str(batch[-1])
        on_progress(len(batch))
    return {name: number for name, number in run.counts.items() if name != "scope"}


def _step(run: ReidRun, scorer: Scorer, on_progress: Callable[[int], None]) -> bool:
    # Without the references' embeddings there is no gallery to compare anybody with.
    if run_lifecycle.embed(Detection.objects.references(), run, scorer.vectors):
        return True
    batch = _next(run)
    if not batch:
        _mark_behind(run, scorer)
        run_lifecycle.finish(run, ReidRun.State.COMPLETED)
        return False
    while run_lifecycle.embed(wanted().filter(pk__in=batch), run, scorer.vectors):
        pass
    _match(batch, run, scorer)
    gallery = _mark_behind(run, scorer)
    result = run_lifecycle.do_chunk(run, batch[-1], lambda: _log(batch, run, scorer), gallery)
    if result is not None:
        on_progress(len(batch))
    return True


def _mark_behind(run: ReidRun, scorer: Scorer) -> str:
    behind = Q(pk__lte=run.cursor) if run.cursor else Q()
    return stale_marks.mark_behind(run, scorer, wanted().filter(behind))


def _match(batch: list[UUID], run: ReidRun, scorer: Scorer) -> None:
    """Compute the pattern scores of a batch, for which no lock has to be held."""
    detections = list(wanted().filter(pk__in=batch).select_related("sighting", "image"))
    encounters = compare.encounters_of(detections)
    pattern_scores.prepare(detections, encounters, scorer, run_workers.beats(run))


def _next(run: ReidRun) -> list[UUID]:
    """Keys of the run's next batch, none at its end."""
    part = Part(**run.counts["scope"])
    size = part.batch
    if part.limit:
        size = min(size, part.limit - run.counts.get("detections", 0))
    keys = wanted().order_by("pk").values_list("pk", flat=True)
    if run.cursor:
        return list(keys.filter(pk__gt=run.cursor)[:size])
    return list(keys[part.offset : part.offset + size])


def _log(batch: list[UUID], run: ReidRun, scorer: Scorer) -> ChunkResult:
    """Score and log one batch in the caller's transaction."""
    hold_off()  # an undo of an import waits, whose deer may be in the gallery
    locked = wanted().select_for_update(of=("self",)).filter(pk__in=batch)
    detections = list(locked.select_related("image").order_by("pk"))
    sightings = Sighting.objects.filter(pk__in={item.sighting_id for item in detections})
    gallery = load_gallery(scorer)
    compared = compare.compare(
        detections, dict(sightings.values_list("pk", "encounter_id")), gallery, scorer
    )
    scored = [item.pk for item in compared.detections]
    logged = compare.log(compared, gallery, run, scorer, chosen={}, standing=scored)
    counts = Counter(logged | {"detections": len(batch), "compared": len(scored)})
    return ChunkResult(counts, gallery.fingerprint)
