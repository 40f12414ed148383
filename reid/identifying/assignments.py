"""Assignments of a run, written: identities, the events that undo them, and the decision log.

Call inside the transaction that locked the detections. Reviewed and imported identities are never
touched, nor those that were certified for a batch: a run writes over none and auto alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reid.matching.decide import DecisionOutcome
from reid.models import SETTLED, Decision, Detection, EventLog, Operation
from reid.watching import news

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from reid.matching.decide import SightingDecision
    from reid.matching.similarity import Key
    from reid.models import ReidRun

_Source = Detection.IdentitySource
SETTLED_ALREADY: Final = (DecisionOutcome.REVIEWED, DecisionOutcome.CERTIFIED)
"""Outcomes of sightings whose deer a run leaves as it is."""
APPLIED: Final = "The threshold {value} was applied."


def plan(
    verdicts: Mapping[Key, SightingDecision],
    detections: Iterable[Detection],
    unjudged: Collection[UUID] = (),
) -> list[tuple[Detection, Key | None]]:
    """What the verdicts change: detections, each with the deer that it gets, or None. Writes nothing.

    An automatic identity that its verdict no longer supports is withdrawn; without an approved threshold
    none is supported. One of the deer `unjudged` stays until its verdict names another. Of a settled
    sighting's other detections, those which agree with it keep theirs.
    """
    by_sighting: dict[UUID | None, set[UUID | None]] = {}
    detections = list(detections)
    for item in detections:
        if item.identity_source in SETTLED:
            by_sighting.setdefault(item.sighting_id, set()).add(item.deer_id)
    changes: list[tuple[Detection, Key | None]] = []
    for item in detections:
        verdict = verdicts.get(item.sighting_id) if item.sighting_id else None
        if verdict is None or item.identity_source in SETTLED:
            continue
        deer = _supported(item, verdict, by_sighting.get(item.sighting_id, set()))
        if deer is None and item.deer_id in unjudged and verdict.outcome not in SETTLED_ALREADY:
            deer = item.deer_id if item.is_identifiable else None
        if deer != item.deer_id:
            changes.append((item, deer))
    return changes


def apply(changes: Collection[tuple[Detection, Key | None]], run: ReidRun) -> tuple[int, int]:
    """Do what was planned, as the run's one operation; (assigned, withdrawn) detections."""
    if changes:
        write(changes, _operation(run), EventLog())
    assigned = sum(deer is not None for _, deer in changes)
    return assigned, len(changes) - assigned


def write(
    changes: Collection[tuple[Detection, Key | None]], operation: Operation, events: EventLog
) -> None:
    """Give these detections an automatic deer, or none, and log it after what `events` hold already."""
    for item, deer in changes:
        before = {"deer": item.deer_id, "identity_source": item.identity_source}
        source = _Source.NONE if deer is None else _Source.AUTO
        item.deer_id, item.identity_source = deer, source
        item.version += 1
        events.note_changes(item.pk, before, {"deer": deer, "identity_source": source})
    rows = [item for item, _ in changes]
    Detection.objects.bulk_update(rows, ["deer", "identity_source", "version"], 500)
    events.write(operation)
    news.note(changes, operation)


def record(
    verdicts: Iterable[SightingDecision], run: ReidRun, threshold: int | None
) -> list[Decision]:
    """Append one decision a sighting to the log.

    A sighting that an import has moved to an encounter behind the run's cursor is met again: the log
    keeps what the run said last, which is what it did.
    """
    return Decision.objects.bulk_create(
        (
            Decision(
                run=run,
                sighting_id=verdict.sighting,
                deer_id=verdict.deer,
                score=verdict.score,
                margin=verdict.margin,
                threshold=threshold,
                outcome=verdict.outcome.value,
            )
            for verdict in verdicts
        ),
        update_conflicts=True,
        unique_fields=["run", "sighting"],
        update_fields=["deer", "score", "margin", "threshold", "outcome", "decided_at"],
    )


def _supported(item: Detection, verdict: SightingDecision, known: set[UUID | None]) -> Key | None:
    if not item.is_identifiable:
        return None
    if verdict.outcome is DecisionOutcome.ASSIGNED:
        return verdict.deer
    if verdict.outcome in SETTLED_ALREADY and item.deer_id in known:
        return item.deer_id
    return None


def _operation(run: ReidRun) -> Operation:
    """The run's one operation; a new one where a person has undone it while the run went on.

    The application of a threshold is the act of the person who approved it.
    """
    of_run = Operation.objects.filter(run=run, kind=Operation.Kind.RUN, undone_by__isnull=True)
    operation = of_run.first()
    if operation is not None:
        return operation
    about: dict[str, Any] = {}
    if run.kind == run.Kind.APPLY and run.threshold is not None:
        reason = APPLIED.format(value=run.threshold.value)
        about = {"actor_id": run.threshold.approved_by_id, "reason": reason}
    return Operation.objects.create(run=run, kind=Operation.Kind.RUN, **about)
