"""Detection: a run over photographs that finds animals, people and vehicles, and writes their boxes as one import.

Photographs are taken in the order of their times, those without one last, so that a chunk touches few encounters. A
chunk is what some seconds allow; it is written with the run's cursor in one transaction, so a crash leaves whole chunks.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from django.contrib.auth import get_user_model
from django.db import transaction

from reid.db import shared_clock, statistics
from reid.detecting import registry
from reid.detecting.running import boxes
from reid.detecting.running.looking import Look, look
from reid.detecting.running.scope import DetectScope, cursor_of, following, scope_of, wanted
from reid.identifying import run_lifecycle, run_workers
from reid.identifying.run_lifecycle import ChunkResult
from reid.importing.rows import SourceProblem
from reid.importing.writing import records
from reid.models import Import, ReidRun
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser

    from reid.models import Detector

__all__ = ["DetectScope", "advance", "create_run", "scope_of", "start", "total"]

CHUNK: Final = 256
"""Photographs of a chunk, at most."""
SECONDS_A_CHUNK: Final = 10.0
"""A chunk ends after so long, whatever was looked at by then: more would be done anew after a crash."""
NO_DETECTOR: Final = "No detector is in use: add one with manage.py detectors, or import the boxes of another program."
CANCELLED: Final = "It was cancelled: what it had found until then stays."


@dataclass(frozen=True, slots=True)
class DetectReport:
    """What the record of the import says at its end, in the words of imports."""

    detections: int
    """New boxes."""
    empty: int
    """Photographs on which nothing was found."""


def create_run(
    actor: AbstractBaseUser, detector: Detector | None = None, scope: DetectScope | None = None
) -> ReidRun:
    """A pending run in the name of `actor`; without a detector, by whichever is in use when it starts."""
    facts = asdict(scope or DetectScope()) | {"actor": actor.pk}
    return run_lifecycle.create(ReidRun.Kind.DETECT, None, facts, detector=detector)


def start(
    actor: AbstractBaseUser, detector: Detector | None = None, scope: DetectScope | None = None
) -> ReidRun:
    """The row first, the queue last. A run for the same request that has not ended is returned instead.

    Such a run is queued again where its worker has been silent. Raises redis.RedisError while Redis is away; the run then
    waits for the next call.
    """
    run = _unfinished(scope.request) if scope and scope.request else None
    if run is None:
        run = create_run(actor, detector, scope)
    elif not run_workers.is_silent(run) or not run_workers.take_over(run):
        return run
    run_workers.start(run)
    return run


def advance(run_id: UUID, on_progress: Callable[[int], None] = lambda _: None) -> bool:
    """Do the next chunk of a run; whether there is more to do. Raises as `run_lifecycle.advance` does.

    `on_progress` gets the number of photographs done.
    """
    try:
        return run_lifecycle.advance_by(run_id, lambda run: _step(run, on_progress))
    finally:
        _end_record(run_id)


def total(run: ReidRun) -> int:
    """Photographs that a run looks at in all: those that it has done, and those that are left."""
    scope, detector = _scope(run), run.detector or registry.active()
    done: int = run.counts.get("photographs", 0)
    number = done + wanted(scope, detector).count()
    return min(number, scope.limit) if scope.limit else number


def _step(run: ReidRun, on_progress: Callable[[int], None]) -> bool:
    from reid.detecting.engine import engine_of  # torch and onnxruntime

    record = _begun(run)
    detector = run.detector
    if detector is None:
        raise RuntimeError(f"run {run.pk} is running without a detector")
    engine = engine_of(detector)
    scope, actor = _scope(run), _actor(run)
    done = run.counts.get("photographs", 0)
    size = min(CHUNK, scope.limit - done) if scope.limit else CHUNK
    images = following(wanted(scope, detector), run.cursor, size)
    if not images:
        _complete(run, record)
        return False
    looks = _looked(look(images, engine), run)
    cursor = cursor_of(images[len(looks) - 1])

    def write() -> ChunkResult:
        return ChunkResult(boxes.write(looks, detector, record, actor), "")

    result = run_lifecycle.do_chunk(run, cursor, write)
    if result is not None:
        on_progress(result.counts["photographs"])
    return True


def _unfinished(request: str) -> ReidRun | None:
    runs = ReidRun.objects.filter(kind=ReidRun.Kind.DETECT, counts__scope__request=request)
    return runs.exclude(state__in=ReidRun.TERMINAL).order_by("heartbeat_at").first()


def _scope(run: ReidRun) -> DetectScope:
    facts = {name: value for name, value in run.counts["scope"].items() if name != "actor"}
    return DetectScope(**facts | {"cameras": tuple(facts["cameras"])})


def _actor(run: ReidRun) -> AbstractBaseUser:
    """In whose name it runs; whoever has imports keeps an account."""
    return get_user_model()._default_manager.get(pk=run.counts["scope"]["actor"])


def _looked(found: Iterable[Look], run: ReidRun) -> list[Look]:
    """As many of them as SECONDS_A_CHUNK allow, at least one. Raises Cancelled and TakenOver."""
    beat, stop_at = run_workers.beats(run), time.monotonic() + SECONDS_A_CHUNK
    looks = []
    for item in found:
        looks.append(item)
        beat(len(looks))
        if time.monotonic() >= stop_at:
            break
    return looks


def _begun(run: ReidRun) -> Import:
    """The record that the run writes to; begun here, or anew where an earlier one ended when the run failed."""
    with transaction.atomic():
        locked = (
            ReidRun.objects.select_for_update(of=("self",)).select_related("record").get(pk=run.pk)
        )
        if locked.state in ReidRun.TERMINAL:
            raise run_workers.TakenOver
        detector = locked.detector or registry.active()
        if detector is None:
            raise ModelRefused(NO_DETECTOR)
        record = locked.record
        if record is None or record.state != Import.State.RUNNING:
            record = _new_record(locked, detector)
        if locked.state == ReidRun.State.PENDING:
            locked.state, locked.started_at = ReidRun.State.RUNNING, shared_clock.now()
        locked.detector, locked.record = detector, record
        locked.save(update_fields=["detector", "record", "state", "started_at"])
    run.detector, run.record, run.state = detector, record, locked.state
    return record


def _new_record(run: ReidRun, detector: Detector) -> Import:
    return records.begin(
        Import.Kind.DETECTOR,
        boxes.REASON.format(detector=detector),
        actor=_actor(run),
        source_format="",
        options=asdict(_scope(run)) | {"fingerprint": detector.fingerprint},
    )


def _complete(run: ReidRun, record: Import) -> None:
    with transaction.atomic():
        locked = ReidRun.objects.select_for_update().get(pk=run.pk)
        if locked.state in ReidRun.TERMINAL:
            return  # another worker was here first
        counts = locked.counts
        report = DetectReport(counts.get("boxes", 0), counts.get("blank", 0))
        records.complete(record, report)
        run_lifecycle.finish(run, ReidRun.State.COMPLETED)
    if report.detections >= statistics.MANY:
        statistics.refresh(statistics.IMPORTED)


def _end_record(run_id: UUID) -> None:
    """End the record of a run that failed or was cancelled, with its reason."""
    ended = ReidRun.objects.select_related("record").filter(
        pk=run_id, state__in=ReidRun.TERMINAL, record__state=Import.State.RUNNING
    )
    for run in ended:
        if run.record is not None:
            records.fail(run.record, SourceProblem(run.error or CANCELLED))
