"""Workers that run: who changes the whole store must have it for himself."""

from __future__ import annotations

from typing import Final

import redis
from django.conf import settings
from rq import Worker

from thumper.backups.problems import BackupProblem

RUNNING: Final = (
    "{} of Thumper's workers run{} (queue {}): stop Thumper first, and start it again afterwards."
)


def require_no_workers() -> None:
    """Raise BackupProblem where a worker is registered: it would write into a store that is no longer its own.

    A Redis that does not answer has no worker: without it, none of them does anything.
    """
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            queues = [queue for worker in Worker.all(client) for queue in worker.queue_names()]
    except redis.RedisError:
        return
    if queues:
        ending = "s" if len(queues) == 1 else ""
        raise BackupProblem(RUNNING.format(len(queues), ending, ", ".join(sorted(set(queues)))))
