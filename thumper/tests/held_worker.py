"""A worker whose work-horses stop where a test says, so that a fault can be made at exactly that step.

Everything else of it is the project's own worker in a process of its own. HOLD_DIR names a folder: what its
file `at` holds is the step; `held` appears when a work-horse stands there, and it goes on with `go`. With
a file `deaf` it waits inside a broad `except`, as any library may. `away` appears where it waits for Redis.
"""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.backoff import ExponentialBackoff

from exports import jobs
from exports.lifecycle import status, storage
from thumper.runtime.workers import ForkingWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from rq import Queue
    from rq.job import Job


def hold(step: str) -> None:
    """Stand here where the test wants it; else return at once."""
    folder = Path(os.environ["HOLD_DIR"])
    if (folder / "at").read_text() != step:
        return
    (folder / "held").touch()
    try:
        while not (folder / "go").exists():
            time.sleep(0.01)
    except Exception:
        if not (folder / "deaf").exists():
            raise


def _first(note: Callable[[], None], function: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        note()
        return function(*args, **kwargs)

    return noted


def _before(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
    return _first(partial(hold, step), function)


def _after(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def held(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        hold(step)
        return result

    return held


def _note_that_redis_is_away() -> None:
    (Path(os.environ["HOLD_DIR"]) / "away").touch()


class HeldWorker(ForkingWorker):
    """The steps: claim (before it), the phases, published (the file stands, not yet the status), completed."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        enter, backoff = jobs.Attempt.enter, ExponentialBackoff.compute

        def enter_and_hold(attempt: jobs.Attempt, phase: Any) -> None:
            enter(attempt, phase)
            hold(phase.value)

        # In the work-horse alone: nothing of it comes back.
        setattr(jobs.Attempt, "enter", enter_and_hold)  # noqa: B010 - mypy knows what a method is
        for owner, name, held in (
            (status.StatusStore, "claim", _before("claim", status.StatusStore.claim)),
            (storage.Draft, "publish", _after("published", storage.Draft.publish)),
            (status.StatusStore, "complete", _after("completed", status.StatusStore.complete)),
            (ExponentialBackoff, "compute", _first(_note_that_redis_is_away, backoff)),
        ):
            setattr(owner, name, held)
        super().main_work_horse(job, queue)
