"""Identification: a run over all identifiable sightings, in chunks; the one writer of scores and assignments.

A chunk is some whole encounters, because sightings that share a frame are decided together. What it
lacks in embeddings is embedded first, outside any transaction; then one transaction reads, scores, logs,
decides, writes and moves the run's cursor. A crash at any moment leaves whole chunks and a cursor.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q

from reid.grouping import join_linked
from reid.identifying import auto_enrol, decide_chunk, run_lifecycle, run_workers
from reid.models import Decision, Detection, Encounter, ReidRun
from reid.scoring import compare, pattern_scores, stale_marks

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from reid.identifying.run_lifecycle import ChunkResult
    from reid.models import DetectionQuerySet, Scorer

CHUNK: Final = 256
"""Detections a chunk, about: some seconds of embedding on two cores, and one short transaction."""


@dataclass(frozen=True, slots=True)
class IdentifyScope:
    """Scope of a run: at most `limit` sightings (0: all), or only those with stale scores."""

    limit: int = 0
    stale: bool = False


def create_run(scorer: Scorer | None = None, scope: IdentifyScope | None = None) -> ReidRun:
    """A pending run; without a scorer, whichever is active when it starts."""
    return run_lifecycle.create(ReidRun.Kind.IDENTIFY, scorer, asdict(scope or IdentifyScope()))


def start(scorer: Scorer | None = None, scope: IdentifyScope | None = None) -> ReidRun:
    """The row first, the queue last. A run of the scorer that covers `scope` and has not ended is returned instead.

    Such a run is queued again where its worker has been silent: it goes on at its cursor. Raises
    redis.RedisError while Redis is away; the run then waits for the next call.
    """
    run = unfinished_run(scorer, scope)
    if run is None:
        run = create_run(scorer, scope)
    elif not run_workers.is_silent(run) or not run_workers.take_over(run):
        return run
    run_workers.start(run)
    return run


def unfinished_run(scorer: Scorer | None, scope: IdentifyScope | None = None) -> ReidRun | None:
    """The oldest identification of `scorer` (without one: of the active scorer) that has not ended and covers `scope`.

    One over everything covers every scope, one over a part of it none but its own.
    """
    covering = (IdentifyScope(), scope or IdentifyScope())
    of_scorer = Q(scorer=scorer) if scorer else Q(scorer__isnull=True) | Q(scorer__is_active=True)
    runs = ReidRun.objects.filter(of_scorer, kind=ReidRun.Kind.IDENTIFY)
    unfinished = runs.exclude(state__in=ReidRun.TERMINAL).order_by("heartbeat_at")
    covers = (run for run in unfinished if IdentifyScope(**run.counts["scope"]) in covering)
    return next(covers, None)


def silent_run(scorer: Scorer | None, scope: IdentifyScope | None = None) -> ReidRun | None:
    """An unfinished run that covers `scope` and whose worker is taken for dead: whoever calls may go on with it."""
    run = unfinished_run(scorer, scope)
    return run if run is not None and run_workers.is_silent(run) else None


def advance(run_id: UUID, on_progress: Callable[[int], None] = lambda _: None) -> bool:
    """Do the next chunk of a run; whether there is more to do. Raises as `run_lifecycle.advance` does.

    A chunk that another worker did in the meantime is left as it is. `on_progress` gets sightings done.
    """
    return run_lifecycle.advance(run_id, lambda run, scorer: _step(run, scorer, on_progress))


def candidates(scope: IdentifyScope) -> int:
    """Sightings that a run with this scope would look at."""
    sightings = _wanted(scope).values("sighting").distinct().count()
    return min(sightings, scope.limit) if scope.limit else sightings


def _step(run: ReidRun, scorer: Scorer, on_progress: Callable[[int], None]) -> bool:
    # Without the references' embeddings there is no gallery to compare anybody with.
    if run_lifecycle.embed(Detection.objects.references(), run, scorer.vectors):
        return True
    scope = IdentifyScope(**run.counts["scope"])
    encounters = next_encounters(scope, run.cursor, run.counts.get("sightings", 0))
    cursor = str(encounters[-1]) if encounters else run.cursor
    if not encounters and scope == IdentifyScope():
        # What an import brought in behind the cursor; a run that crashed may be gone on with after days.
        encounters = _about_chunk(_undecided_by(run))
    if not encounters:
        _mark_behind(run, scorer)
        _complete(run, scope)
        return False
    in_chunk = Detection.objects.identifiable().filter(sighting__encounter__in=encounters)
    while run_lifecycle.embed(in_chunk, run, scorer.vectors):
        pass
    joined = join_linked.fuse(encounters)

    chunk = list(in_chunk.select_related("sighting", "image"))
    encounter_of = compare.encounters_of(chunk)
    pattern_scores.prepare(chunk, encounter_of, scorer, run_workers.beats(run))

    def write() -> ChunkResult:
        result = decide_chunk.identify(encounters, run)
        result.counts["joined"] = joined
        return result

    gallery = _mark_behind(run, scorer)
    result = run_lifecycle.do_chunk(run, cursor, write, gallery)
    if result is not None:
        on_progress(result.counts["sightings"])
    return True


def _mark_behind(run: ReidRun, scorer: Scorer) -> str:
    behind = Q(sighting__encounter__lte=run.cursor) if run.cursor else Q()
    return stale_marks.mark_behind(run, scorer, _wanted(IdentifyScope()).filter(behind))


def _complete(run: ReidRun, scope: IdentifyScope) -> None:
    with transaction.atomic():
        locked = ReidRun.objects.select_for_update().get(pk=run.pk)
        if locked.state in ReidRun.TERMINAL:
            return  # another worker was here first
        # A part of the herd does not show who is new.
        if scope == IdentifyScope() and (enrolled := auto_enrol.enrol(run)):
            run_lifecycle.count(locked, {"enrolled": enrolled})
            locked.save(update_fields=["counts", "heartbeat_at"])
        run_lifecycle.finish(run, ReidRun.State.COMPLETED)


def _wanted(scope: IdentifyScope) -> DetectionQuerySet:
    wanted = Detection.objects.identifiable().filter(sighting__isnull=False)
    return wanted.filter(scores_stale=True) if scope.stale else wanted


def _undecided_by(run: ReidRun) -> DetectionQuerySet:
    decided = Decision.objects.filter(run=run, sighting=OuterRef("sighting"))
    return _wanted(IdentifyScope()).filter(~Exists(decided))


def next_encounters(scope: IdentifyScope, cursor: str, sightings: int = 0) -> list[UUID]:
    """The next whole encounters in order of their keys, about CHUNK detections, at least one.

    `cursor` is the key of the last encounter done, `sightings` how many were done before.
    """
    after = Q(pk__gt=cursor) if cursor else Q()
    return _about_chunk(_wanted(scope), after, sightings, scope.limit)


def _about_chunk(
    wanted: DetectionQuerySet, after: Q | None = None, sightings: int = 0, limit: int = 0
) -> list[UUID]:
    of_encounter = wanted.filter(sighting__encounter=OuterRef("pk"))
    keys = list(
        Encounter.objects.filter(after or Q(), Exists(of_encounter))
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    )
    sizes = {
        key: (detections, sightings)
        for key, detections, sightings in Detection.objects.identifiable()
        .filter(sighting__encounter__in=keys)
        .order_by()
        .values_list("sighting__encounter")
        .annotate(detections=Count("pk"), sightings=Count("sighting", distinct=True))
    }
    encounters: list[UUID] = []
    totals: Counter[str] = Counter(sightings=sightings)
    for key in keys:
        if limit and totals["sightings"] >= limit:
            break
        # None of one that was dissolved, or thrown out, since it was listed.
        of_key = dict(zip(("detections", "sightings"), sizes.get(key, (0, 0)), strict=True))
        if encounters and totals["detections"] + of_key["detections"] > CHUNK:
            break
        encounters.append(key)
        totals.update(of_key)
    return encounters
