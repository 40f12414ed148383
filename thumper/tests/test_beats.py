"""Beats of real workers: after Redis forgot them, without a database, with a clock that is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rq import Worker

from conftest import wait_until
from exports.lifecycle import reconciler, status
from exports.lifecycle.tests.test_service import START_SECONDS, Api
from reid.db import shared_clock
from reid.tests import make
from thumper import health
from thumper.runtime import beats
from thumper.tests.late_worker import BEHIND

if TYPE_CHECKING:
    from collections.abc import Callable

    import redis

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
REGISTERS_WITHIN = 30


def listening(client: redis.Redis, queue: str) -> list[str]:
    return [worker.name for worker in Worker.all(client) if queue in worker.queue_names()]


def has_beaten(client: redis.Redis, queue: str) -> Callable[[], bool]:
    return lambda: bool(beats.read(client, listening(client, queue)))


@pytest.mark.parametrize(("queue", "kind"), [("gpu", "GpuWorker"), ("exports", "ForkingWorker")])
def test_a_worker_registers_again_when_redis_has_forgotten_everything(
    redis_client: redis.Redis, start_process: Callable[..., Any], queue: str, kind: str
) -> None:
    start_process("rqworker", queue, "--worker-class", f"thumper.runtime.workers.{kind}")
    wait_until(has_beaten(redis_client, queue), START_SECONDS, "the worker is there")
    redis_client.flushdb()
    assert health.look()[0][f"worker_{queue}"] != health.OK
    wait_until(lambda: listening(redis_client, queue), REGISTERS_WITHIN, "it is there again")
    assert health.look()[0][f"worker_{queue}"] == health.OK


def test_a_worker_that_cannot_reach_the_database_says_so(
    redis_client: redis.Redis, start_process: Callable[..., Any]
) -> None:
    nobody = "postgres://postgres@127.0.0.1:1/nowhere"
    start_process("rqworker", "gpu", DATABASE_URL=nobody)
    wait_until(has_beaten(redis_client, "gpu"), START_SECONDS, "the worker is there")
    assert health.look()[0]["worker_gpu"] == health.WITHOUT_DATABASE
    assert health.look()[0]["database"] == health.OK


def test_a_worker_whose_clock_is_two_hours_behind_is_found_and_fails_nothing(
    redis_client: redis.Redis,
    start_process: Callable[..., Any],
    client: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = Api(client)
    start_process("rqworker", "exports", "--worker-class", "thumper.tests.late_worker.LateWorker")
    wait_until(has_beaten(redis_client, "exports"), START_SECONDS, "the worker is there")
    (beat,) = beats.read(redis_client, listening(redis_client, "exports")).values()
    assert beat.behind == pytest.approx(BEHIND.total_seconds(), abs=60)
    said = health.look()[1]
    assert beat.host in said
    assert "behind Redis" in said
    page = client.get("/health/")
    assert "The clocks of this installation disagree" in page.text
    export = api.archive(make.detection(image=make.image(with_file=True)))
    monkeypatch.setattr(reconciler, "LOOK_AFTER", timedelta(0))  # whoever asks looks at once

    def ended() -> bool:
        reconciler.queue_of(status.store()).started_job_registry.cleanup()
        return bool(api.status(export)["status"] != "processing")

    wait_until(ended, START_SECONDS, "the export ends")
    assert api.status(export)["status"] == "completed"


def test_the_shared_clock_is_that_of_redis(redis_client: redis.Redis) -> None:
    seconds, _ = redis_client.time()  # type: ignore[misc]
    assert abs(shared_clock.now().timestamp() - seconds) < 10
