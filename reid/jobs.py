"""RQ jobs of reid: runs on queue `gpu`, imports on queue `imports`, and the rounds that start and resume them.

The worker process of queue `gpu` stays, and with it the loaded model (`reid.embedding.spaces` keeps it). All are
named in RQ_REGISTERED_FUNCTIONS.
"""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from reid.detecting.running import detect as detecting
from reid.identifying import apply_threshold as applying
from reid.identifying import backfill as backfilling
from reid.identifying import identify as identifying
from reid.identifying import run_workers, stale_scores
from reid.import_undo.purge import purge
from reid.intake.watched import rounds
from reid.intake.working import removal, undos, work
from reid.models import ReidRun
from reid.repeats import places
from reid.watching import mail


def identify(run_id: str) -> None:
    """RQ job: some chunks of an identification."""
    run_workers.work(UUID(run_id), ReidRun.Kind.IDENTIFY, identifying.advance)


def detect(run_id: str) -> None:
    """RQ job: some chunks of a detection."""
    run_workers.work(UUID(run_id), ReidRun.Kind.DETECT, detecting.advance)


def backfill(run_id: str) -> None:
    """RQ job: some batches of a backfill."""
    run_workers.work(UUID(run_id), ReidRun.Kind.BACKFILL, backfilling.advance)


def apply_threshold(run_id: str) -> None:
    """RQ job: some chunks of the application of a threshold."""
    run_workers.work(UUID(run_id), ReidRun.Kind.APPLY, applying.advance)


def resume_silent() -> list[str]:
    """RQ job, every minute: queue the unfinished runs, imports and undos whose worker is taken for dead; which ones."""
    return [*run_workers.resume_silent(), *work.resume_silent(), *undos.resume_silent()]


def import_photographs(request_id: str) -> None:
    """RQ job on queue `imports`: look at what a request would import, or import it."""
    work.work(UUID(request_id))


def undo_import(undo_id: str) -> None:
    """RQ job on queue `imports`: undo an import as a whole."""
    undos.work(UUID(undo_id))


def on_import_killed(key: str) -> None:
    """Called by the worker whose work-horse was killed: the import or undo is queued again in the next round."""
    work.on_killed(UUID(key))
    undos.on_killed(UUID(key))


def watch_folders() -> list[str]:
    """RQ job on queue `imports`, every minute: begin imports of what is new in watched folders; which requests."""
    return rounds.watch()


def sweep_uploads() -> int:
    """RQ job, every hour: delete uploads that nobody has touched for long; how many files."""
    return removal.sweep()


def purge_undone() -> dict[str, int]:
    """RQ job, every hour: delete what undone imports left and no log names; how much of each kind."""
    return asdict(purge())


def look_for_repeats() -> int:
    """RQ job, every hour: look for boxes at one place again and again; how many suspicions are open."""
    repeats = places.look()
    places.make_crops(repeats)
    return len(repeats)


def rescore() -> str | None:
    """RQ job, every half minute on queue `gpu`: the run that makes outdated scores good, where one is due."""
    run = stale_scores.rescore()
    return str(run.pk) if run else None


def tell_watchers() -> int:
    """RQ job, every minute: mail who watches a deer that was seen; how many mails were sent."""
    return mail.deliver()
