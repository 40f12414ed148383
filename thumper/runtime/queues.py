"""Queues as they stand: what waits, what runs, what failed, who works; and failed jobs tried again or forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import redis
from django.conf import settings
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.utils import current_timestamp, str_to_date

from reid.db import shared_clock

if TYPE_CHECKING:
    from datetime import datetime

SECONDS: Final = 3
"""How long a page waits for Redis."""
MOST_FAILED: Final = 20
"""Failed jobs of a queue that are listed, the newest."""
SERIALIZER: Final = "json"


class UnknownJob(LookupError):
    """No failed job has this id: it was tried again, forgotten, or is too old."""


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that ended with an error: the function it ran, when, and the error's last line."""

    id: str
    queue: str
    function: str
    ended_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue: jobs that wait and run, its workers, and its newest failed jobs."""

    name: str
    waiting: int
    running: int
    workers: int
    failed: tuple[FailedJob, ...]
    failures: int
    """All failed jobs that are kept."""
    oldest_seconds: float
    """How long the job that comes next has waited; 0 where none waits."""


def read() -> list[QueueState]:
    """Every queue, in the order of the settings. Raises redis.RedisError while Redis is away."""
    with client() as connection:
        served = [name for worker in Worker.all(connection) for name in worker.queue_names()]
        return [
            _state(Queue(name, connection, serializer=SERIALIZER), served)
            for name in settings.QUEUES
        ]


def retry(queue: str, job: str) -> None:
    """Queue a failed job once more. Raises UnknownJob, and redis.RedisError while Redis is away."""
    with client() as connection:
        try:
            _failed(queue, connection).requeue(job)
        except (NoSuchJobError, InvalidJobOperation) as error:
            raise UnknownJob(job) from error


def forget(queue: str, job: str) -> None:
    """Take a failed job off the list. Raises UnknownJob, and redis.RedisError while Redis is away."""
    with client() as connection:
        registry = _failed(queue, connection)
        if job not in registry:
            raise UnknownJob(job)
        try:
            registry.remove(job, delete_job=True)
        except (NoSuchJobError, InvalidJobOperation) as error:
            raise UnknownJob(job) from error  # somebody else forgot it at this moment


def client() -> redis.Redis:
    """Redis, for a question that does not wait for long."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
    )


def _failed(queue: str, client: redis.Redis) -> FailedJobRegistry:
    if queue not in settings.QUEUES:
        raise UnknownJob(queue)
    return FailedJobRegistry(queue, connection=client, serializer=SERIALIZER)


def _state(queue: Queue, served: list[str]) -> QueueState:
    registry = _failed(queue.name, queue.connection)
    newest = registry.get_job_ids(desc=True)[:MOST_FAILED]
    jobs = Job.fetch_many(newest, connection=queue.connection, serializer=SERIALIZER)
    waiting = _waiting_since(queue)
    return QueueState(
        name=queue.name,
        waiting=len(waiting),
        running=_running(queue),
        workers=served.count(queue.name),
        failed=tuple(_failed_job(job, queue.name) for job in jobs if job is not None),
        failures=registry.count,
        oldest_seconds=(shared_clock.now() - waiting[0]).total_seconds() if waiting else 0.0,
    )


def _running(queue: Queue) -> int:
    """Jobs whose worker still says so. RQ's own count ends the others first, which is not for who looks."""
    key = queue.started_job_registry.key
    return int(queue.connection.zcount(key, current_timestamp(), "+inf"))


def _waiting_since(queue: Queue) -> list[datetime]:
    """When each job that waits was queued, the next one first.

    A periodic job that nobody did in its time is gone, and its id stands in the queue until a worker comes to it.
    """
    with queue.connection.pipeline(transaction=False) as pipe:
        for job in queue.get_job_ids():
            pipe.hget(Job.key_for(job), "enqueued_at")
        times = pipe.execute()
    return [str_to_date(time) for time in times if time is not None]


def _failed_job(job: Job, queue: str) -> FailedJob:
    result = job.latest_result()
    lines = (result.exc_string if result and result.exc_string else "").strip().splitlines()
    return FailedJob(
        id=job.id,
        queue=queue,
        function=job.func_name,
        ended_at=job.ended_at,
        error=lines[-1] if lines else "",
    )
