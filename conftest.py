"""Fixtures of every test: a home of its own, and a real Redis-compatible server.

With DATABASE_URL or REDIS_URL set the suite runs on those instead. The environment is prepared before
Django reads its settings, and handed on to the worker processes that tests start.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from thumper.runtime.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import redis

    from reid.tests.buckets import Bucket

_HOME = Path(tempfile.mkdtemp(prefix="thumper-test-"))
os.environ["THUMPER_HOME"] = str(_HOME)
# Not in pytest.ini: pytest-django would load the settings before this file could prepare them.
os.environ["DJANGO_SETTINGS_MODULE"] = "thumper.settings"
os.environ.setdefault("OMP_NUM_THREADS", "2")
for _name in (
    "REID_THRESHOLD",
    "THUMPER_MODE",
    "MEDIA_ROOT",
    "EXPORT_ROOT",
    "MODEL_ROOT",
    "UPLOAD_ROOT",
    "PHOTO_STORAGE",
    "EXPORT_STORAGE",
    "S3_BUCKET",
    "S3_PREFIX",
    "S3_ENDPOINT",
    "S3_REGION",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "S3_SIGNED_SECONDS",
):
    os.environ.pop(_name, None)  # a developer's own settings are not the tests'
os.environ["REID_RUNTIME"] = "torch"  # measuring takes seconds a process; its tests ask for it
os.environ["TIME_ZONE"] = "UTC"  # wherever the tests run

_valkey: EmbeddedValkey | None = None
if "REDIS_URL" not in os.environ:
    _valkey = EmbeddedValkey(_HOME)
    _valkey.start()


def _clean_up() -> None:
    if _valkey is not None:
        _valkey.stop()
    shutil.rmtree(_HOME, ignore_errors=True)


atexit.register(_clean_up)


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Load the settings now that they can be; pytest-django sets Django up where they are loaded."""
    import hypothesis
    from django.conf import settings

    assert settings.DATABASES
    # No test is about how fast this machine is just now.
    hypothesis.settings.register_profile(
        "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("patient")
    if _valkey is None:
        _take_foreign_redis(settings.REDIS_URL)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stores",
        choices=("only", "none"),
        help="only: tests whose outcome may hang on the database or Redis of the environment; none: the others,"
        " which one run proves for all.",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A campaign takes as long as it takes; what hangs in it has limits of its own."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(0), append=False)  # goes before its own mark
    if wanted := config.getoption("--stores"):
        left_out = [item for item in items if _uses_stores(item) != (wanted == "only")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _uses_stores(item) == (wanted == "only")]


def _uses_stores(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    if "chromium" in fixtures:
        return False  # of the pages' scripts: what these ask the server is asked of it by other tests too
    marked = item.get_closest_marker("django_db") is not None
    return marked or bool({"db", "transactional_db", "redis_client"} & fixtures)


def _take_foreign_redis(url: str) -> None:
    """Tests empty the database of Redis they run on: refuse one with somebody's keys, leave it empty."""
    import redis

    client = redis.Redis.from_url(url)
    if client.dbsize():
        pytest.exit("REDIS_URL holds somebody's data: name an empty database for the tests.")
    atexit.register(client.flushdb)


def free_port() -> int:
    """A port of this machine that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], seconds: float = 20.0, what: str = "") -> None:
    """Poll until `condition` is true; fail the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what or condition}")
        time.sleep(0.02)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """End what killed processes and threads of tests left open: PostgreSQL drops no database in use."""
    yield
    from django.db import connection

    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """The suite's own database of Redis, empty before the test."""
    import redis
    from django.conf import settings

    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture
def media_root(tmp_path: Path, settings: object) -> Path:
    """An empty media root for one test (not seen by worker processes: those use the home's)."""
    settings.MEDIA_ROOT = tmp_path / "media"  # type: ignore[attr-defined]
    (tmp_path / "media").mkdir()
    return tmp_path / "media"


@pytest.fixture
def process_env(transactional_db: None) -> dict[str, str]:
    """The environment with which another process works on this test's database and server."""
    from urllib.parse import urlsplit

    from django.conf import settings
    from django.db import connection

    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        url = f"sqlite:///{name}"
    else:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    return os.environ | {
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "thumper.settings",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def start_process(process_env: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start `manage.py ARGS` as a real process on the test's parts; all are killed after the test.

    Each in a session of its own, by which what it started is found too: a work-horse that stands where its test
    wanted it has a process group of its own, and would outlive its worker.
    """
    from django.conf import settings

    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **extra_env: str) -> subprocess.Popen[bytes]:
        # As `up` starts its workers: for a check every page is loaded.
        unchecked = ["--skip-checks"] if arguments[0] == "rqworker" else []
        with (_HOME / f"process-{len(processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments, *unchecked],
                cwd=settings.BASE_DIR,
                env=process_env | extra_env,
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


def said_by(number: int = 0) -> str:
    """What a process of `start_process` has printed, by its number in the order of their starts, from 0."""
    return (_HOME / f"process-{number}.log").read_text()


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill the process after so many seconds; whether it had not ended by itself until then."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def running_of_session(leader: int) -> list[int]:
    """The processes of the session that this process began, those that have ended left out."""
    return [
        pid
        for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        if _session_of(pid) == leader and Path(f"/proc/{pid}/exe").exists()
    ]


def end_session(leader: int) -> None:
    """Kill every process of the session that this process began, until none is left."""
    while pids := running_of_session(leader):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _session_of(pid: int) -> int | None:
    with contextlib.suppress(ProcessLookupError):
        return os.getsid(pid)
    return None


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Address of a server of this machine that speaks S3; it keeps its buckets in memory."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it logs every request
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, settings: Any) -> Iterator[Bucket]:
    """An empty bucket, in which the photographs of this test lie."""
    from reid.tests.buckets import Bucket

    made = Bucket(s3_server)
    settings.PHOTO_STORAGE = "s3"
    settings.STORAGES = settings.STORAGES | {
        "default": made.backend(),
        "exports": made.backend(location=".exports"),
    }
    yield made
    made.client.close()
