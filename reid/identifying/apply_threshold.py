"""Application of another threshold to the logged scores: its preview, and the run that makes the changes.

Both take whole encounters in the order of their keys and decide them by one function, so that what is
previewed is what is done. Nothing is embedded and nothing compared anew; an encounter of which the log is not
up to date is left as it is, counted, and waits for the next identification.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from reid.identifying import decide_chunk, identify, run_lifecycle
from reid.identifying.decide_chunk import LOGGED
from reid.identifying.run_lifecycle import ChunkResult
from reid.identifying.run_workers import Cancelled
from reid.models import ReidRun, Threshold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from reid.identifying.decide_chunk import Decided
    from reid.matching.decide import SightingDecision
    from reid.matching.similarity import Key
    from reid.models import Detection, Scorer
    from reid.strata import Stratum

NO_LONGER: Final = "The threshold is no longer in force: nothing more was changed."
WHOLE: Final = identify.IdentifyScope()


class EffectKind(StrEnum):
    """Effect on a detection's identity, strongest first; a sighting's is its detections' strongest."""

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
    kind: EffectKind
    before: UUID | None
    after: Key | None
    score: int | None


@dataclass(frozen=True, slots=True)
class ThresholdEffects:
    """What a threshold does to some whole encounters. `changes` and `effects` go together.

    `counts` count detections and sightings.
    """

    changes: list[tuple[Detection, Key | None]]
    effects: list[Effect]
    counts: Counter[str]


def create_run(threshold: Threshold) -> ReidRun:
    """The pending application of a threshold that is in force."""
    fields = {"threshold_used": threshold.units, "threshold_source": threshold.source}
    return run_lifecycle.create(
        ReidRun.Kind.APPLY, threshold.scorer, {}, threshold=threshold, **fields
    )


def advance(run_id: UUID, on_progress: Callable[[int], None] = lambda _: None) -> bool:
    """Apply to the next encounters; whether there is more to do. Raises as `run_lifecycle.advance` does.

    A chunk that another worker did in the meantime is left as it is. `on_progress` gets sightings done.
    """
    return run_lifecycle.advance(run_id, lambda run, scorer: _step(run, scorer, on_progress))


def what_if(
    scorer: Scorer, threshold: int | None, only: Stratum | None = None
) -> Iterator[ThresholdEffects]:
    """What an application of a threshold (score units; None: of none) would do, a chunk at a time. Reads only.

    `only` is the stratum that it would assign; None: all sightings.
    """
    cursor = ""
    while encounters := identify.next_encounters(WHOLE, cursor):
        decided = decide_chunk.decide_encounters(
            encounters, scorer, threshold, only, LOGGED, lock=False
        )
        yield _effects(decided)
        cursor = str(encounters[-1])


def _step(run: ReidRun, scorer: Scorer, on_progress: Callable[[int], None]) -> bool:
    if run.threshold is None:
        raise RuntimeError(f"run {run.pk} applies no threshold")
    key = run.threshold.pk
    encounters = identify.next_encounters(WHOLE, run.cursor)
    if not encounters:
        run_lifecycle.finish(run, ReidRun.State.COMPLETED)
        return False

    def write() -> ChunkResult:
        threshold = Threshold.objects.filter(pk=key, is_active=True).first()
        if threshold is None:
            raise Cancelled(NO_LONGER)
        decided = decide_chunk.decide_encounters(
            encounters, scorer, threshold.units, threshold.only, LOGGED
        )
        counts = _effects(decided).counts  # before the detections in hand are changed
        decide_chunk.write(decided, LOGGED, run)
        return ChunkResult(counts, decided.gallery.fingerprint)

    result = run_lifecycle.do_chunk(run, encounters[-1], write)
    if result is not None:
        on_progress(result.counts["sightings"])
    return True


def none_counted() -> Counter[str]:
    """Every count that there is, at 0: `{kind}_detections`, `{kind}_sightings` and `sightings`, all of them."""
    units = ("detections", "sightings")
    return Counter(
        {f"{kind}_{unit}": 0 for kind in EffectKind for unit in units} | {"sightings": 0}
    )


def _effects(decided: Decided) -> ThresholdEffects:
    effects = [_effect(item, deer, decided.verdicts) for item, deer in decided.changes]
    return ThresholdEffects(decided.changes, effects, _counts(decided.kept, decided.left, effects))


def _effect(item: Detection, deer: Key | None, verdicts: dict[Key, SightingDecision]) -> Effect:
    verdict = verdicts.get(item.sighting_id) if item.sighting_id else None
    if deer is None:
        kind = EffectKind.WITHDRAWN
    else:
        kind = EffectKind.ASSIGNED if item.deer_id is None else EffectKind.REASSIGNED
    score = verdict.score if verdict else None
    return Effect(item.pk, item.sighting_id, kind, item.deer_id, deer, score)


def _counts(
    complete: Sequence[Detection], incomplete: Sequence[Detection], effects: Sequence[Effect]
) -> Counter[str]:
    """Of identifiable detections and their sightings; what is no deer any more is counted where it changes."""
    kind_of = {item.detection: item.kind for item in effects}
    of_sighting: defaultdict[UUID | None, set[EffectKind]] = defaultdict(set)
    counts = none_counted()
    for item in complete:
        kind = kind_of.get(item.pk, EffectKind.UNCHANGED)
        if kind is not EffectKind.UNCHANGED or item.is_identifiable:
            counts[f"{kind}_detections"] += 1
            of_sighting[item.sighting_id].add(kind)
    for kinds in of_sighting.values():
        counts[f"{next(kind for kind in EffectKind if kind in kinds)}_sightings"] += 1
    waiting = [item for item in incomplete if item.is_identifiable]
    counts[f"{EffectKind.LEFT}_detections"] += len(waiting)
    counts[f"{EffectKind.LEFT}_sightings"] += len({item.sighting_id for item in waiting})
    counts["sightings"] = len(of_sighting) + counts[f"{EffectKind.LEFT}_sightings"]
    return counts
