"""Another threshold on the scores that are logged: what it would change, and the run that changes it.

Both take whole encounters in the order of their keys and judge them by one function, so that what is
foretold is what is done. Nothing is embedded and nothing compared anew; an encounter of which the log is not
up to date is left as it is, counted, and waits for the next identification.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from reid.grouping.locks import hold_off
from reid.identifying import assignments, identify, run_lifecycle
from reid.identifying.decide_chunk import planned, probes_of
from reid.matching.decide import Outcome, decide
from reid.matching.stored_gallery import load_gallery
from reid.models import Detection, ReidRun, Sighting, Threshold
from reid.scoring import read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from reid.matching.decide import Verdict
    from reid.matching.similarity import Key
    from reid.models import EmbeddingSpace
    from reid.scoring.compare import Compared

NO_LONGER: Final = "The threshold is no longer in force: nothing more was changed."
WHOLE: Final = identify.Scope()


class Kind(StrEnum):
    """What happens to a detection's identity, strongest first; a sighting's is its detections' strongest."""

    REASSIGNED = "reassigned"
    ASSIGNED = "assigned"
    WITHDRAWN = "withdrawn"
    UNCHANGED = "unchanged"
    LEFT = "left"  # the log is not up to date: the next identification decides


@dataclass(frozen=True, slots=True)
class Effect:
    """One detection's change. `score` is its sighting's for the deer that it gets, else for the best one."""

    detection: UUID
    sighting: UUID | None
    kind: Kind
    before: UUID | None
    after: Key | None
    score: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Some whole encounters by stored scores. `changes` and `effects` go together; `counts` count both units."""

    compared: Compared
    verdicts: dict[Key, Verdict]
    changes: list[tuple[Detection, Key | None]]
    effects: list[Effect]
    counts: Counter[str]
    gallery_fingerprint: str


def create_run(threshold: Threshold) -> ReidRun:
    """The pending application of a threshold that is in force."""
    return ReidRun.objects.create(
        kind=ReidRun.Kind.APPLY,
        space=threshold.space,
        threshold=threshold,
        counts={"scope": {}},
        heartbeat_at=timezone.now(),
    )


def advance(run_id: UUID, on_progress: Callable[[int], None] = lambda _: None) -> bool:
    """Apply to the next encounters; whether there is more to do. Raises as `runs.advance` does.

    A chunk that another worker did in the meantime is left as it is. `on_progress` gets sightings done.
    """
    return run_lifecycle.advance(run_id, lambda run, space: _step(run, space, on_progress))


def what_if(space: EmbeddingSpace, threshold: int | None) -> Iterator[Judged]:
    """What an application of a threshold (score units; None: of none) would do, a chunk at a time. Reads only."""
    cursor = ""
    while encounters := identify.next_encounters(WHOLE, cursor):
        yield _judge(encounters, space, threshold, lock=False)
        cursor = str(encounters[-1])


def _step(run: ReidRun, space: EmbeddingSpace, on_progress: Callable[[int], None]) -> bool:
    if run.threshold is None:
        raise RuntimeError(f"run {run.pk} applies no threshold")
    encounters = identify.next_encounters(WHOLE, run.cursor)
    if not encounters:
        run_lifecycle.finish(run, ReidRun.State.COMPLETED)
        return False
    with transaction.atomic():
        locked = ReidRun.objects.select_for_update().get(pk=run.pk)
        if locked.cursor != run.cursor or locked.state in ReidRun.TERMINAL:
            return True  # another worker did this chunk, or somebody undid the run
        threshold = Threshold.objects.filter(pk=run.threshold.pk, is_active=True).first()
        if threshold is None:
            run_lifecycle.finish(run, ReidRun.State.CANCELLED, NO_LONGER)
            return False
        judged = _judge(encounters, space, threshold.units, lock=True)
        _write(judged, run, space, threshold)
        run_lifecycle.count(locked, judged.counts)
        locked.gallery_fingerprint = judged.gallery_fingerprint
        locked.cursor = str(encounters[-1])
        locked.save(update_fields=["counts", "gallery_fingerprint", "cursor", "heartbeat_at"])
    on_progress(judged.counts["sightings"])
    return True


def _write(judged: Judged, run: ReidRun, space: EmbeddingSpace, threshold: Threshold) -> None:
    chosen: dict[UUID, Key] = {}
    standing: list[UUID] = []
    for item in judged.compared.detections:
        verdict = judged.verdicts.get(item.sighting_id) if item.sighting_id else None
        if verdict is None:
            continue
        if verdict.outcome is Outcome.ASSIGNED and verdict.deer is not None:
            chosen[item.pk] = verdict.deer
        elif verdict.outcome is Outcome.REVIEWED:
            standing.append(item.pk)
    read_log.mark(judged.compared, chosen, standing, run, space)
    assignments.apply(judged.changes, run)
    assignments.record(judged.verdicts.values(), run, threshold.units)


def _judge(
    encounters: Sequence[UUID], space: EmbeddingSpace, threshold: int | None, *, lock: bool
) -> Judged:
    scene = Sighting.objects.filter(encounter__in=encounters).order_by("pk")
    rows = Detection.objects.filter(sighting__encounter__in=encounters)
    if lock:
        # As identification locks: sightings first, which holds off whoever would rebuild the encounters.
        hold_off()
        scene = scene.select_for_update()
        rows = rows.select_for_update(of=("self",))
    encounter_of = dict(scene.values_list("pk", "encounter"))
    everything = list(rows.select_related("image").order_by("pk"))
    gallery = load_gallery(space)
    detections = [item for item in everything if item.is_identifiable]
    stored = read_log.read(detections, gallery, space)
    waiting = {
        encounter_of[item.sighting_id]
        for item in detections
        if item.pk in stored.outdated and item.sighting_id
    }

    def is_left(item: Detection) -> bool:
        return item.sighting_id is not None and encounter_of[item.sighting_id] in waiting

    left = [item for item in everything if is_left(item)]
    kept = [item for item in everything if not is_left(item)]
    compared = stored.without({item.pk for item in left})
    probes = probes_of([item for item in detections if not is_left(item)], compared)
    verdicts = {item.sighting: item for item in decide(probes, gallery.deer, threshold)}
    changes = planned(verdicts, kept, gallery, threshold)
    effects = [_effect(item, deer, verdicts) for item, deer in changes]
    counts = _counts(kept, left, effects)
    return Judged(compared, verdicts, changes, effects, counts, gallery.fingerprint)


def none_counted() -> Counter[str]:
    """Every count that there is, at 0: `{kind}_detections`, `{kind}_sightings` and `sightings`, all of them."""
    units = ("detections", "sightings")
    return Counter({f"{kind}_{unit}": 0 for kind in Kind for unit in units} | {"sightings": 0})


def _effect(item: Detection, deer: Key | None, verdicts: dict[Key, Verdict]) -> Effect:
    verdict = verdicts.get(item.sighting_id) if item.sighting_id else None
    if deer is None:
        kind = Kind.WITHDRAWN
    else:
        kind = Kind.ASSIGNED if item.deer_id is None else Kind.REASSIGNED
    score = verdict.score if verdict else None
    return Effect(item.pk, item.sighting_id, kind, item.deer_id, deer, score)


def _counts(
    kept: Sequence[Detection], left: Sequence[Detection], effects: Sequence[Effect]
) -> Counter[str]:
    """Of identifiable detections and their sightings; what is no deer any more is counted where it changes."""
    kind_of = {item.detection: item.kind for item in effects}
    of_sighting: defaultdict[UUID | None, set[Kind]] = defaultdict(set)
    counts = none_counted()
    for item in kept:
        kind = kind_of.get(item.pk, Kind.UNCHANGED)
        if kind is not Kind.UNCHANGED or item.is_identifiable:
            counts[f"{kind}_detections"] += 1
            of_sighting[item.sighting_id].add(kind)
    for kinds in of_sighting.values():
        counts[f"{next(kind for kind in Kind if kind in kinds)}_sightings"] += 1
    waiting = [item for item in left if item.is_identifiable]
    counts[f"{Kind.LEFT}_detections"] += len(waiting)
    counts[f"{Kind.LEFT}_sightings"] += len({item.sighting_id for item in waiting})
    counts["sightings"] = len(of_sighting) + counts[f"{Kind.LEFT}_sightings"]
    return counts
