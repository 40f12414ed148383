"""PostgreSQL that restarts or is away: workers and web servers live on, and requests are answered soon."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
import redis
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from psycopg import errors
from psycopg_pool import PoolTimeout
from rq import Queue
from rq.job import Job, JobStatus

from conftest import end_session, free_port, wait_until
from exports.lifecycle.keys import key_of
from reid.db import outage
from thumper.api.problems import CONTENT_TYPE, DATABASE_AWAY
from thumper.runtime.valkey import EmbeddedValkey
from thumper.tests.asking import Answer, ask
from thumper.tests.own_postgres import OwnPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
ANSWER_SECONDS = 20  # what hangs takes longer: the pool alone waited 30 s
QUERIES = "reid.jobs.resume_silent"  # a job of which each run asks the database


class Stores(NamedTuple):
    postgres: OwnPostgres
    valkey: EmbeddedValkey
    env: dict[str, str]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """A migrated database and a queue that no other test works on."""
    home = tmp_path_factory.mktemp("stores")
    with OwnPostgres() as postgres, EmbeddedValkey(home) as valkey:
        env = os.environ | {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "THUMPER_HOME": str(home),
            "PYTHONUNBUFFERED": "1",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity", "0"],
            cwd=ROOT,
            env=env,
            check=True,
        )
        yield Stores(postgres, valkey, env)


@pytest.fixture
def start(stores: Stores, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a Python process on these stores; it is killed after the test."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        with (tmp_path / f"process-{len(processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=stores.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        end_session(process.pid)
        process.wait()


class Site:
    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str) -> Answer:
        return ask(f"{self.url}{path}", seconds=ANSWER_SECONDS)

    def is_alive(self) -> bool:
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False


@pytest.fixture
def site(start: Callable[..., Any]) -> Site:
    address = f"127.0.0.1:{free_port()}"
    start(
        *("-m", "gunicorn", "thumper.wsgi", "--bind", address),
        *("--config", "python:thumper.runtime.web_server", "--workers", "1"),
    )
    site = Site(f"http://{address}")
    wait_until(site.is_alive, START_SECONDS, "the web server answers")
    return site


def fill_pool(site: Site, postgres: OwnPostgres) -> None:
    """Ask with many clients at once until several connections are kept."""

    def has_several() -> bool:
        with ThreadPoolExecutor(24) as clients:
            responses = list(clients.map(site.get, ["/api/scores"] * 48))
        assert {response.status for response in responses} == {200}
        return postgres.connections() >= 4

    wait_until(has_several, 60, "the pool keeps several connections")


def ended(job: Job) -> JobStatus:
    wait_until(lambda: job.is_finished or job.is_failed, START_SECONDS, "the job ends")
    return job.get_status()


@pytest.mark.service
@pytest.mark.parametrize(
    ("queue", "worker_class"), [("gpu", "GpuWorker"), ("maintenance", "ForkingWorker")]
)
def test_a_worker_lives_on_after_a_restart(
    stores: Stores, start: Callable[..., subprocess.Popen[bytes]], queue: str, worker_class: str
) -> None:
    worker = start(
        *("manage.py", "rqworker", queue, "--skip-checks"),
        *("--worker-class", f"thumper.runtime.workers.{worker_class}"),
    )
    with redis.Redis.from_url(stores.valkey.url) as client:
        jobs = Queue(queue, connection=client, serializer="json")
        for _ in range(2):
            assert ended(jobs.enqueue(QUERIES)) is JobStatus.FINISHED
            stores.postgres.restart()
    assert worker.poll() is None


@pytest.mark.service
def test_a_web_server_answers_its_first_request_after_a_restart(stores: Stores, site: Site) -> None:
    fill_pool(site, stores.postgres)
    stores.postgres.restart()
    assert [site.get("/api/scores").status for _ in range(12)] == [200] * 12


@pytest.mark.service
def test_while_the_database_is_away_requests_are_answered_503(stores: Stores, site: Site) -> None:
    fill_pool(site, stores.postgres)
    stores.postgres.stop()
    try:
        paths = ["/api/scores", "/review/", "/healthz", "/readyz"] * 6
        with ThreadPoolExecutor(len(paths)) as clients:
            answers = list(zip(paths, clients.map(site.get, paths), strict=True))
    finally:
        stores.postgres.start()
    expected = {path: 200 if path == "/healthz" else 503 for path in paths}
    assert [response.status for _, response in answers] == [expected[path] for path in paths]
    responses = dict(answers)
    problem, page, ready = (responses[path] for path in ("/api/scores", "/review/", "/readyz"))
    assert problem.headers["Content-Type"] == CONTENT_TYPE
    assert problem.json["detail"] == DATABASE_AWAY
    assert DATABASE_AWAY in page.text
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert problem.headers["Retry-After"] == page.headers["Retry-After"] == "5"
    assert ready.json["database"] == "does not answer"
    assert site.get("/api/scores").status == 200


A_RUN = """
import django
django.setup()
from reid.identifying import apply_threshold
from reid.tests import make
print(apply_threshold.create_run(make.threshold(make.scorer())).pk)
"""


def state_of(postgres: OwnPostgres, run: str) -> tuple[str, str]:
    with psycopg.connect(postgres.url) as client:
        row = client.execute(
            "SELECT state, error FROM reid_reidrun WHERE id = %s", [run]
        ).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.mark.service
def test_a_run_waits_for_the_database_and_goes_on_by_itself(
    stores: Stores, start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    made = subprocess.run(
        [sys.executable, "-c", A_RUN],
        cwd=ROOT,
        env=stores.env | {"DJANGO_SETTINGS_MODULE": "thumper.settings"},
        check=True,
        capture_output=True,
        text=True,
    )
    run = made.stdout.strip().splitlines()[-1]
    worker = "thumper.runtime.workers.GpuWorker"
    start("manage.py", "rqworker", "gpu", "--skip-checks", "--worker-class", worker)
    with redis.Redis.from_url(stores.valkey.url) as client:
        jobs = Queue("gpu", connection=client, serializer="json")
        assert ended(jobs.enqueue(QUERIES)) is JobStatus.FINISHED
        stores.postgres.stop()
        try:
            jobs.enqueue("reid.jobs.apply_threshold", run)
            log = tmp_path / "process-0.log"
            wait_until(lambda: "waited for" in log.read_text(), START_SECONDS, "the run waits")
        finally:
            stores.postgres.start()
        wait_until(
            lambda: state_of(stores.postgres, run)[0] not in ("pending", "running"),
            START_SECONDS,
            "the run ends",
        )
    assert state_of(stores.postgres, run) == ("completed", "")


@pytest.mark.service
def test_an_export_waits_for_the_database_and_is_completed(
    stores: Stores, site: Site, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    period = {"start_date": "2025-09-01", "end_date": "2025-10-31"}
    export = ask(f"{site.url}/api/exports/pdf", period, seconds=ANSWER_SECONDS).json
    where = export["links"]["status"]
    with redis.Redis.from_url(stores.valkey.url) as client:
        stores.postgres.stop()
        try:
            start("manage.py", "rqworker", "exports", "--skip-checks")
            key = key_of(UUID(export["job_id"]))
            wait_until(
                lambda: json.loads(client.get(key) or "{}")["phase"] == "collecting",
                START_SECONDS,
                "the export is begun",
            )
            assert site.get(where).status == 503
        finally:
            stores.postgres.start()
    wait_until(
        lambda: site.get(where).json["status"] != "processing",
        START_SECONDS,
        "the export ends",
    )
    assert site.get(where).json["status"] == "completed"


# --- which errors ---------------------------------------------------------------------------------
def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.fixture
def on_postgres(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "postgresql", raising=False)


@pytest.mark.parametrize(
    "error",
    [
        caused(OperationalError("refused"), errors.OperationalError("refused")),
        caused(OperationalError("none in time"), PoolTimeout("none in time")),
        caused(OperationalError("shutdown"), errors.AdminShutdown("shutdown")),
        caused(OperationalError("starting"), errors.CannotConnectNow("starting")),
        caused(OperationalError("lost"), errors.ConnectionFailure("lost")),
        caused(OperationalError("no slot is free"), errors.TooManyConnections("no slot is free")),
        InterfaceError("connection already closed"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("on_postgres")
def test_a_database_that_cannot_be_reached_is_away(error: Exception) -> None:
    assert outage.is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        caused(OperationalError("lock"), errors.LockNotAvailable("lock")),
        caused(OperationalError("disk"), errors.DiskFull("disk")),
        caused(OperationalError("deadlock"), errors.DeadlockDetected("deadlock")),
        caused(OperationalError("cancelled"), errors.QueryCanceled("cancelled")),
        ConnectionRefusedError("of something else"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("on_postgres")
def test_a_database_that_answers_is_not_away(error: Exception) -> None:
    assert not outage.is_away(error)


def test_a_locked_sqlite_is_not_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "vendor", "sqlite", raising=False)
    assert not outage.is_away(OperationalError("database is locked"))


def test_a_host_that_takes_a_connection_and_says_nothing_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host, port = silent.getsockname()
        parameters = {"host": host, "port": port, "user": "nobody", "dbname": "nowhere"}
        database = SimpleNamespace(vendor="postgresql", get_connection_params=lambda: parameters)
        monkeypatch.setattr(outage, "connection", database)
        assert not outage.is_answered()


# --- the checks -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_checks_of_a_deployment_ask_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        call_command("check", deploy=True)
