"""Lifecycle of a run, whatever its kind: begun once, done step by step, ended by whoever comes first.

A step commits whole pieces of work together with the run's cursor. A worker that dies leaves a run that
says `running` with an old heartbeat, and whoever takes it over goes on at the cursor. A training is one long
step instead: one worker has it at a time, its heartbeats say that the worker lives, and its checkpoints lie on disk.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from reid.db import disk, outage, shared_clock, statistics
from reid.embedding import embed as embedding
from reid.embedding import spaces
from reid.identifying import self_match, thresholds
from reid.identifying.run_workers import (
    LONG_STEP,
    SCORING,
    Cancelled,
    TakenOver,
    beats,
    claim,
    in_hand,
    stop_if_cancelled,
)
from reid.models import Detection, ReidRun
from reid.scoring import fused_scorers, pattern_work
from reid.signals import run_done
from reid.storage.photo_store import StoreAway

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from reid.models import DetectionQuerySet, EmbeddingSpace, Scorer

logger = logging.getLogger(__name__)

EMBEDDED_AT_ONCE: Final = 256
"""Detections embedded between two heartbeats: some seconds on two cores."""


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """What a chunk did, by name, and the gallery that it was compared with."""

    counts: Counter[str]
    gallery_fingerprint: str


def create(
    kind: ReidRun.Kind,
    scorer: Scorer | None,
    scope: Mapping[str, Any] | None = None,
    **fields: Any,
) -> ReidRun:
    """A pending run; without a scorer, of whichever is active when it starts.

    One that scores has REID_THRESHOLD in its row, where whoever creates it has the setting.
    """
    if kind in SCORING:
        fields |= thresholds.override_fields()
    return ReidRun.objects.create(
        kind=kind,
        scorer=scorer,
        counts={} if scope is None else {"scope": dict(scope)},
        heartbeat_at=shared_clock.now(),
        **fields,
    )


def reopen(run: ReidRun) -> ReidRun:
    """Let a run go on where it was, although it failed, was cancelled, or a worker is still busy with it."""
    with transaction.atomic():
        locked = ReidRun.objects.select_for_update().get(pk=run.pk)
        if locked.kind in LONG_STEP:
            locked.state = ReidRun.State.PENDING
        elif locked.state in ReidRun.TERMINAL:
            begun = locked.started_at is not None
            locked.state = ReidRun.State.RUNNING if begun else ReidRun.State.PENDING
        locked.cancel_requested, locked.error, locked.finished_at = False, "", None
        locked.heartbeat_at = shared_clock.now()
        locked.save()
    return locked


def advance(run_id: UUID, step: Callable[[ReidRun, Scorer], bool]) -> bool:
    """Do the next step of a run; whether there is more to do, as `step` says.

    Raises whatever went wrong, after the run is marked failed; but a database or photographs that are away, and a disk that
    takes nothing more (DiskRefuses), leave it as it is, to go on at its cursor when they are back. A run that was cancelled, has ended in the
    meantime or is in another worker's hands is left as it is.
    """

    def scored(run: ReidRun) -> bool:
        if run.kind in LONG_STEP:
            claim(run)
        elif run.state == ReidRun.State.PENDING:
            if run.kind in SCORING and _prepare(run):
                return True
            _begin(run)
        if run.scorer is None:
            raise RuntimeError(f"run {run.pk} is running without a scorer")
        more = step(run, run.scorer)
        if not more and run.counts.get("detections", 0) >= statistics.MANY:
            statistics.refresh(statistics.LOGGED)
        return more

    return advance_by(run_id, scored)


def advance_by(run_id: UUID, step: Callable[[ReidRun], bool]) -> bool:
    """The same for a run of any kind, which `step` begins too where it is pending."""
    run = ReidRun.objects.select_related("scorer__space", "threshold", "detector").get(pk=run_id)
    if run.state in ReidRun.TERMINAL:
        return False
    more = True
    try:
        stop_if_cancelled(run)
        more = step(run)
    except Cancelled as reason:
        finish(run, ReidRun.State.CANCELLED, str(reason))
        more = False
    except TakenOver:
        logger.info("%s run %s is in another worker's hands, or has ended", run.kind, run.pk)
        return False
    except Exception as error:
        if isinstance(error, StoreAway) or outage.is_away(error):
            raise  # no fault of the run: it goes on at its cursor when they are back
        if refusal := disk.refusal(error):
            raise disk.DiskRefuses(refusal) from error
        logger.exception("%s run %s failed", run.kind, run.pk)
        finish(run, ReidRun.State.FAILED, f"{type(error).__name__}: {error}")
        more = False
        raise
    finally:
        if not more:  # robust: what others make of it is no fault of the run, and is logged
            run_done.send_robust(sender=ReidRun, run=run)
    return more


def do_chunk(
    run: ReidRun, cursor: object, write: Callable[[], ChunkResult], gallery: str = ""
) -> ChunkResult | None:
    """Write a chunk, and with it move the run's cursor to `cursor`, its last key: all or nothing.

    None, and nothing is written, where another worker did the chunk since `run` was read, or the run was ended or
    given another threshold: whoever calls looks afresh. `gallery` is the one that was looked at before, where one was.
    """
    with transaction.atomic():
        locked = ReidRun.objects.select_for_update().get(pk=run.pk)
        is_other = locked.threshold_used != run.threshold_used or locked.cursor != run.cursor
        if is_other or locked.state in ReidRun.TERMINAL:
            return None
        result = write()
        count(locked, result.counts)
        locked.gallery_fingerprint, locked.cursor = (
            gallery or result.gallery_fingerprint,
            str(cursor),
        )
        locked.save(update_fields=["counts", "gallery_fingerprint", "cursor", "heartbeat_at"])
    return result


def finish(run: ReidRun, state: ReidRun.State, error: str = "") -> bool:
    """End the run, where nobody has yet and a long step is still in this worker's hands; whether this call did."""
    unfinished = ReidRun.objects.filter(pk=run.pk).exclude(state__in=ReidRun.TERMINAL)
    if run.kind in LONG_STEP:
        unfinished = in_hand(run)
    ended = unfinished.update(state=state, error=error, finished_at=shared_clock.now())
    return bool(ended)


def count(run: ReidRun, counts: Mapping[str, int]) -> None:
    """Add to the counts of a run in hand, and note that its worker lives; the caller saves it."""
    total: dict[str, Any] = dict(run.counts)
    for name, number in counts.items():
        total[name] = total.get(name, 0) + number
    run.counts, run.heartbeat_at = total, shared_clock.now()


def embed(detections: DetectionQuerySet, run: ReidRun, space: EmbeddingSpace) -> bool:
    """Embed the first of what has no embedding in the space; whether there was any. Not in a transaction."""
    missing = detections.without_embedding_in(space).select_related("image")
    batch = list(missing.order_by("image_id", "pk")[:EMBEDDED_AT_ONCE])
    if not batch:
        return False
    done = embedding.embed(batch, space, spaces.embedder_of(space))
    skipped = {f"skipped_{reason}": number for reason, number in done.skipped.items()}
    _add(run, {"embedded": done.embedded} | skipped)
    return True


def _prepare(run: ReidRun) -> bool:
    """Look for torsos and keypoints of all deer, and see that their scorer is there; whether anything was done.

    Before the run begins, because that settles what it scores by. Crashed halfway, it goes on with what is missing.
    """
    if not fused_scorers.are_wanted():
        return False
    # What failed before and may be cured is tried again, once.
    is_first = not run.counts.keys() & {"torsos", "without_torso"}
    counts = pattern_work.find_missing(is_whole=_is_whole(run) and is_first, on_progress=beats(run))
    if counts:
        _add(run, counts)
        return True
    space = run.scorer.vectors if run.scorer else spaces.active_space()
    if embed(Detection.objects.identifiable(), run, space):
        return True
    if run.scorer is None:
        fused_scorers.ensure(space, beats(run))
    return False


def _is_whole(run: ReidRun) -> bool:
    """Whether the run is over everything: one over a part would leave the rest without its reasons."""
    return not any(run.counts["scope"].get(name) for name in ("limit", "offset", "stale"))


def _add(run: ReidRun, counts: Mapping[str, int]) -> None:
    """Add to the counts of a stored run."""
    with transaction.atomic():
        locked = ReidRun.objects.select_for_update().get(pk=run.pk)
        count(locked, counts)
        locked.save(update_fields=["counts", "heartbeat_at"])


def _begin(run: ReidRun) -> None:
    if (
        run.kind == ReidRun.Kind.APPLY
    ):  # no vector is made or compared, and its row has the threshold
        run.state, run.started_at = ReidRun.State.RUNNING, shared_clock.now()
        run.save(update_fields=["state", "started_at"])
        return
    scorer = run.scorer or spaces.active_scorer()
    self_match.check(scorer.vectors)
    if _is_whole(run):
        embedding.forget_curable_skips(scorer.vectors)
    # In one transaction, which holds the scorer: whoever approves another threshold sees this run, or is seen.
    with transaction.atomic():
        run.scorer = scorer
        thresholds.set_threshold(run, scorer)
        run.state, run.started_at = ReidRun.State.RUNNING, shared_clock.now()
        run.save(update_fields=["scorer", *thresholds.OF_RUN, "state", "started_at"])
