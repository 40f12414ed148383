"""Queues as they stand: what waits, for how long, and failed jobs that two people forget at one moment."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import django_rq
import pytest
import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq.registry import FailedJobRegistry

from reid.db import shared_clock
from thumper.runtime import queues

if TYPE_CHECKING:
    from rq import Queue


@pytest.fixture
def queue(redis_client: redis.Redis) -> Queue:
    return django_rq.get_queue("gpu")


def state_of(queue: Queue) -> queues.QueueState:
    (state,) = [state for state in queues.read() if state.name == queue.name]
    return state


def test_a_round_that_nobody_did_in_time_does_not_wait_nor_hide_what_waits(queue: Queue) -> None:
    """Its id stands before the others until a worker comes to it: the wait was 0 then, however long it was."""
    for _ in range(3):
        missed = queue.enqueue("reid.jobs.rescore", ttl=30)
        queue.connection.delete(missed.key)  # 30 s later
    assert (state_of(queue).waiting, state_of(queue).oldest_seconds) == (0, 0.0)
    job = queue.enqueue("reid.jobs.identify", "a run")
    job.enqueued_at = shared_clock.now() - timedelta(seconds=100)
    job.save()
    state = state_of(queue)
    assert state.waiting == 1
    assert state.oldest_seconds >= 100


def test_a_failed_job_that_somebody_else_forgets_at_this_moment_is_unknown(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queue.enqueue("reid.jobs.rescore")
    queue.remove(job)
    queue.failed_job_registry.add(job)
    is_listed = FailedJobRegistry.__contains__

    def forgotten_since(registry: FailedJobRegistry, item: str) -> bool:
        answer: bool = is_listed(registry, item)
        job.delete()
        return answer

    monkeypatch.setattr(FailedJobRegistry, "__contains__", forgotten_since)
    with pytest.raises(queues.UnknownJob):
        queues.forget(queue.name, job.id)


def test_nobody_waits_for_ever_for_a_redis_that_stands_still() -> None:
    """A server that takes connections and answers none: a process that was suspended, a computer that swaps."""
    options = urlsplit(str(settings.RQ_QUEUES["gpu"]["URL"])).query
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"redis://127.0.0.1:{port}/0?{options}"
        with (
            redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.TimeoutError),
        ):
            client.ping()
