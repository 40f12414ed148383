"""Workers: JSON and registered functions only; a killed work-horse fails its export and no more."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django_rq
import pytest
from django.core.management import call_command
from django.db import connection
from rq import Callback
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.webhook import Webhook

from conftest import wait_until
from exports.lifecycle import operations
from exports.lifecycle.records import Failure
from exports.requests.specs import ArchiveSpec
from exports.tests.life import live
from thumper.runtime.registered_jobs import RegisteredJob, UnregisteredFunction
from thumper.runtime.workers import INTERVALS, ForkingWorker, GpuWorker

REGISTERED = "exports.jobs.reconcile"


def queue(name: str = "maintenance"):
    return django_rq.get_queue(name)


def run(job: Job) -> Job:
    """Run what is queued, in this process; return the job as it is then."""
    worker = GpuWorker([queue()], connection=queue().connection, job_class=RegisteredJob)
    worker.work(burst=True, logging_level="WARNING")
    return RegisteredJob.fetch(job.id, connection=job.connection, serializer="json")


@pytest.fixture(autouse=True)
def empty_server(redis_client) -> None:
    """Every test here begins with empty queues."""


@pytest.mark.django_db(transaction=True)
def test_a_registered_function_runs():
    job = run(queue().enqueue(REGISTERED))
    assert (job.get_status(), job.return_value()) == (JobStatus.FINISHED, 0)


def test_any_other_function_does_not_run(tmp_path, caplog):
    job = run(queue().enqueue("os.system", args=(f"touch {tmp_path / 'owned'}",)))
    assert job.get_status() is JobStatus.FAILED
    assert "UnregisteredFunction: os.system" in caplog.text
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("kind", ["success", "failure", "stopped"])
def test_any_other_callback_is_refused(kind):
    job = queue().enqueue(REGISTERED)
    job.connection.hset(job.key, f"{kind}_callback_name", "os.system")
    fetched = RegisteredJob.fetch(job.id, connection=job.connection, serializer="json")
    with pytest.raises(UnregisteredFunction, match=r"os\.system"):
        _ = getattr(fetched, f"{kind}_callback")


@pytest.mark.parametrize("kind", ["success", "failure", "stopped"])
def test_a_registered_callback_is_found(kind):
    job = queue().enqueue(REGISTERED, **{f"on_{kind}": Callback("exports.jobs.on_failure")})
    fetched = RegisteredJob.fetch(job.id, connection=job.connection, serializer="json")
    assert getattr(fetched, f"{kind}_callback").__name__ == "on_failure"


def test_no_callback_is_no_callback():
    job = queue().enqueue(REGISTERED)
    fetched = RegisteredJob.fetch(job.id, connection=job.connection, serializer="json")
    assert fetched.success_callback is fetched.failure_callback is fetched.stopped_callback is None


def test_a_method_of_an_instance_is_refused():
    job = RegisteredJob.create(REGISTERED, connection=queue().connection, serializer="json")
    job.instance = "a string with methods"
    with pytest.raises(UnregisteredFunction, match="method"):
        _ = job.func


def test_webhooks_are_dropped():
    job = queue().enqueue(REGISTERED, webhooks=[Webhook("http://127.0.0.1:9/", "finished")])
    assert Job.fetch(job.id, connection=job.connection, serializer="json").webhooks
    assert not RegisteredJob.fetch(job.id, connection=job.connection, serializer="json").webhooks


def test_a_pickled_payload_fails_and_runs_nothing(tmp_path):
    class Harmful:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'owned'}",)

    job = queue().enqueue(REGISTERED)
    job.connection.hset(job.key, "data", pickle.dumps(Harmful()))
    assert run(job).get_status() is JobStatus.FAILED
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("worker_class", [ForkingWorker, GpuWorker])
def test_the_commands_own_serializer_and_intervals_are_overruled(worker_class):
    worker = worker_class(
        [queue()],
        connection=queue().connection,
        serializer="rq.serializers.DefaultSerializer",
        worker_ttl=420,
    )
    assert worker.serializer is JSONSerializer
    assert worker.job_monitoring_interval == INTERVALS["job_monitoring_interval"] == 5
    assert worker.maintenance_interval + worker.dequeue_timeout < 60


@pytest.mark.django_db(transaction=True)
def test_the_plain_command_runs_what_is_queued():
    job = queue().enqueue(REGISTERED)
    call_command(
        "rqworker", "maintenance", "--burst", "--worker-class", "thumper.runtime.workers.GpuWorker"
    )
    assert job.get_status() is JobStatus.FINISHED


def test_a_killed_work_horse_fails_its_export():
    record = operations.submit(ArchiveSpec((), True, True, 300), 1)
    worker = ForkingWorker([queue("exports")], connection=queue().connection)
    killed = SimpleNamespace(id=str(record.job_id), origin="exports")
    worker.handle_work_horse_killed(killed, 1, 9, None)
    assert live(record.job_id).error_code is Failure.WORKER_KILLED


def test_a_killed_work_horse_of_another_queue_is_no_export():
    record = operations.submit(ArchiveSpec((), True, True, 300), 1)
    worker = ForkingWorker([queue("train")], connection=queue().connection)
    killed = SimpleNamespace(id=str(record.job_id), origin="train")
    worker.handle_work_horse_killed(killed, 1, 9, None)
    assert live(record.job_id).is_processing


def test_a_killed_round_over_watched_folders_does_not_end_the_worker():
    """It is no import, and names none."""
    imports = queue("imports")
    job = imports.enqueue("reid.jobs.watch_folders")
    worker = ForkingWorker([imports], connection=imports.connection)
    worker.handle_work_horse_killed(job, 1, 9, None)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has a file, and no pool")
@pytest.mark.django_db(transaction=True)
def test_a_work_horse_shares_no_connection_with_its_worker(monkeypatch):
    """The worker has one after it recorded a killed work-horse; the next read the answers to its questions."""
    connection.ensure_connection()
    pool: Any = connection.pool  # type: ignore[attr-defined]  # of PostgreSQL alone
    found: list[Any] = []

    def fork() -> int:
        found.append(connection.connection)
        return 1

    monkeypatch.setattr(os, "fork", fork)
    worker = ForkingWorker([queue("exports")], connection=queue().connection)
    worker.fork_work_horse(SimpleNamespace(id="a job"), queue("exports"))
    assert found == [None]
    assert pool is None or pool.closed


def has_loaded(worker: Any) -> bool:
    return "_cffi_backend" in Path(f"/proc/{worker.pid}/maps").read_text()


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_who_builds_reports_has_loaded_the_libraries_before_the_first(start_process, redis_client):
    """The parent has them before any job, so that no work-horse loads them; others never need them.

    (By the library through which WeasyPrint calls all others: the system check loads Pango everywhere.)
    """
    exports, maintenance = (start_process("rqworker", name) for name in ("exports", "maintenance"))
    wait_until(lambda: redis_client.scard("rq:workers") == 2, 90, "both workers are ready")
    wait_until(lambda: has_loaded(exports), 90, "the libraries are loaded")
    assert not has_loaded(maintenance)


class _Owns:
    """What a pickle can do to whoever loads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.django_db(transaction=True)
def test_the_dashboard_loads_no_pickle_and_runs_no_callback_that_lies_in_redis(
    client, tmp_path, redis_client, caplog
):
    """It cleans registries without saying how jobs are written, and RQ's own answer is pickle."""
    job = queue().enqueue(REGISTERED)
    job.set_status(JobStatus.STARTED)
    redis_client.hset(job.key, "result", pickle.dumps(_Owns(tmp_path / "owned")))
    redis_client.hset(job.key, "failure_callback_name", "os.abort")
    redis_client.zadd("rq:wip:maintenance", {f"{job.id}:1": 1})
    assert client.get("/admin/django_rq/dashboard/stats.json").status_code == 200
    assert not (tmp_path / "owned").exists()
    assert "UnregisteredFunction: os.abort" in caplog.text


@pytest.fixture
def sleeper():
    """A process that sleeps: in a group of its own, or in ours."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*, own_group: bool) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        started.append(subprocess.Popen(command, start_new_session=own_group))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("own_group", [False, True])
def test_a_stop_kills_the_work_horse_and_nobody_else(sleeper, own_group):
    """In our group stand this test and a bystander: a just forked horse is killed without them."""
    bystander, horse = sleeper(own_group=False), sleeper(own_group=own_group)
    worker = ForkingWorker([queue("exports")], connection=queue().connection)
    worker._horse_pid = horse.pid
    worker.kill_horse()
    assert horse.wait(10) == -signal.SIGKILL
    assert bystander.poll() is None
    worker.kill_horse()  # it is gone already


def test_a_stop_that_comes_when_the_work_horse_has_ended_kills_nobody(monkeypatch):
    """RQ's pid of a horse that has ended is 0, and the group of process 0 is one's own."""
    killed: list[object] = []
    monkeypatch.setattr(os, "killpg", lambda *args: killed.append(args))
    monkeypatch.setattr(os, "kill", lambda *args: killed.append(args))
    worker = ForkingWorker([queue("exports")], connection=queue().connection)
    assert worker.horse_pid == 0
    worker.kill_horse()
    assert killed == []
