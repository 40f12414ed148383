"""Workers of the queues: JSON payloads, and faults that are seen soon.

`manage.py rqworker exports` runs ForkingWorker (RQ["WORKER_CLASS"]), which forks a work-horse a job;
`manage.py rqworker gpu --worker-class thumper.runtime.workers.GpuWorker` runs jobs in its own process, so that
the model stays loaded. One worker takes one queue: RQ loses no job to a crash only then.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import time
from typing import TYPE_CHECKING, Any, Final

from django.db import close_old_connections, connections
from rq import SimpleWorker, Worker, worker_registration

from exports import jobs
from exports.lifecycle import operations
from thumper.runtime import beats

if TYPE_CHECKING:
    from rq import Queue
    from rq.job import Job

IMPORTS: Final = "imports"

INTERVALS: Final = {
    "serializer": "json",
    "job_monitoring_interval": 5,
    "maintenance_interval": 20,
    "worker_ttl": 30,
}
"""Seconds. An idle worker wakes every worker_ttl - 15 and does maintenance when it is due; a job whose
worker is gone is abandoned job_monitoring_interval + 60 after its last beat: within 100 s together.
django-rq's command always passes its own serializer (pickle) and worker_ttl (420), so they are overruled."""


SAYS_EVERY: Final = 10.0
"""Seconds between two beats, at the least."""


class _Beating:
    """What both kinds of worker say of themselves, and that they say it again after Redis has forgotten them."""

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)  # type: ignore[misc]  # of RQ's worker, beside this
        worker_registration.register(self, pipeline)
        if pipeline is None:
            self._say()

    def maintain_heartbeats(self, *args: Any) -> None:
        super().maintain_heartbeats(*args)  # type: ignore[misc]
        self._say()

    def _say(self) -> None:
        worker: Any = self
        if not worker.connection.hexists(worker.key, "birth"):
            worker.connection.hset(worker.key, mapping=worker.serialize())
            worker.connection.expire(worker.key, worker.worker_ttl + 60)
        if time.monotonic() >= getattr(self, "_says_at", 0.0):
            self._says_at = time.monotonic() + SAYS_EVERY
            beats.write(worker.connection, worker.name)


class ForkingWorker(_Beating, Worker):  # type: ignore[misc]  # rq has no types
    """A work-horse a job; RQ calls no callback when one is killed, so its export is failed here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | INTERVALS)

    def work(self, *args: Any, **kwargs: Any) -> bool:
        if operations.QUEUE in self.queue_names():
            # WeasyPrint and its libraries take a second to load: once here, and every work-horse has them.
            # It only loads them; what a report needs is used, and freed, in its own work-horse.
            importlib.import_module("exports.report.pdf")
        return super().work(*args, **kwargs)  # type: ignore[no-any-return]

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Fork without a connection to the database: both would speak on it, and read each other's answers.

        The worker itself opens one when it records that a work-horse was killed. A pool goes too: its threads
        are not forked.
        """
        connections.close_all()
        wrapper: Any  # its pools have no types
        for wrapper in connections.all(initialized_only=True):
            if wrapper.alias in getattr(wrapper, "_connection_pools", {}):  # asked for, one is made
                wrapper.close_pool()
        super().fork_work_horse(job, queue)

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Kill the work-horse with what it started, and nobody else.

        RQ asks for the horse's process group and kills that. A horse that has just ended is pid 0 there, which
        is our own group, and one that was just forked is still in ours: a stop that came at such a moment
        killed the worker and all that was started with it.
        """
        pid = self.horse_pid
        if not pid:
            return
        with contextlib.suppress(ProcessLookupError):
            kill = os.killpg if os.getpgid(pid) == pid else os.kill
            kill(pid, sig)

    def handle_work_horse_killed(self, job: Job, retpid: int, ret_val: int, rusage: object) -> None:
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)
        if job.origin == operations.QUEUE:
            jobs.on_killed(job)
        if job.origin == IMPORTS:
            from reid.jobs import (
                on_import_killed,  # networks and all: for the worker that lost an import
            )

            for key in job.args:  # a round over watched folders has none
                on_import_killed(key)


class GpuWorker(_Beating, SimpleWorker):  # type: ignore[misc]  # rq has no types
    """Runs jobs in its own process. They must be short: it beats only between them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | INTERVALS)

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        """As a web server does around a request: else a connection that died between jobs fails all that come."""
        close_old_connections()
        try:
            return super().perform_job(*args, **kwargs)  # type: ignore[no-any-return]
        finally:
            close_old_connections()
