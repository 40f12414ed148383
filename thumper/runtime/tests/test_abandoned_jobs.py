"""Abandoned jobs, whose worker was killed: they can be deleted at any time, and whoever finds one calls back what it names."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import django_rq
import pytest
from rq import Callback
from rq.executions import Execution
from rq.job import JobStatus
from rq.utils import current_timestamp

from thumper.runtime import queues

if TYPE_CHECKING:
    import redis
    from rq import Queue

    from thumper.runtime.registered_jobs import RegisteredJob

HEARTBEAT_SECONDS: Final = 90
"""How long a worker that is silent is taken to be at work."""


@pytest.fixture
def queue(redis_client: redis.Redis) -> Queue:
    return django_rq.get_queue("exports")


@pytest.fixture
def abandoned(queue: Queue) -> RegisteredJob:
    """A job as a killed worker leaves it."""
    job: RegisteredJob = queue.enqueue(
        "exports.jobs.purge", on_failure=Callback("exports.jobs.on_failure")
    )
    queue.remove(job)
    job.set_status(JobStatus.STARTED)
    with queue.connection.pipeline() as pipeline:
        Execution.create(job, HEARTBEAT_SECONDS, pipeline=pipeline)
        pipeline.execute()
    return job


def test_it_is_deleted_though_its_execution_has_expired_and_is_still_listed(
    abandoned: RegisteredJob, queue: Queue
) -> None:
    """An execution lives a minute less than the list that names it."""
    (execution,) = abandoned.get_executions()
    queue.connection.delete(execution.key)
    abandoned.set_status(JobStatus.FAILED)
    abandoned.delete()
    assert queue.fetch_job(abandoned.id) is None
    assert not queue.connection.exists(abandoned.execution_registry.key)


def test_it_is_deleted_though_its_worker_stood_still_while_its_execution_expired(
    abandoned: RegisteredJob, queue: Queue
) -> None:
    """As a host does that is suspended for a minute or two; a job that keeps no result is deleted at its end."""
    (execution,) = abandoned.get_executions()
    queue.connection.delete(execution.key)
    with queue.connection.pipeline() as pipeline:
        execution.heartbeat(queue.started_job_registry, HEARTBEAT_SECONDS, pipeline=pipeline)
        pipeline.execute()
    abandoned.delete()
    assert queue.fetch_job(abandoned.id) is None


def test_a_thread_that_finds_it_calls_back(
    abandoned: RegisteredJob, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the dashboard does, which cleans up what it counts; signals are for the main thread alone."""
    called: list[str] = []

    def note(job: RegisteredJob, *_: Any) -> None:
        called.append(job.id)

    monkeypatch.setattr("exports.jobs.on_failure", note)
    with ThreadPoolExecutor(1) as pool:
        later = current_timestamp() + 2 * HEARTBEAT_SECONDS
        pool.submit(queue.started_job_registry.cleanup, later).result()
    assert called == [abandoned.id]
    assert abandoned.get_status() is JobStatus.FAILED


def test_a_look_at_the_queues_changes_nothing_and_does_not_count_it(
    abandoned: RegisteredJob, queue: Queue
) -> None:
    (now,) = [state.running for state in queues.read() if state.name == "exports"]
    registry = queue.started_job_registry
    for member in queue.connection.zrange(registry.key, 0, -1):
        queue.connection.zadd(registry.key, {member: current_timestamp() - 1})
    (later,) = [state.running for state in queues.read() if state.name == "exports"]
    assert (now, later) == (1, 0)
    assert abandoned.get_status() is JobStatus.STARTED
