from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError

from analysis import watching
from conftest import wait_until
from thumper import health

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def test_alive_needs_nothing(client: Client, settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    assert client.get("/healthz").status_code == 200


def test_without_workers_it_is_not_ready_and_says_why(client: Client, redis_client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    parts = answer.json()
    assert parts["database"] == parts["redis"] == "ok"
    assert parts["worker_exports"] == "no worker listens on the queue exports"


def test_without_redis_it_is_not_ready_and_says_why(client: Client, settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["redis"] == "does not answer"


def test_a_full_disk_is_told(client: Client, monkeypatch) -> None:
    usage = SimpleNamespace(free=5 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert client.get("/readyz").json()["disk"] == "only 5 MiB free for exports"


def test_what_watching_found_is_told_and_is_no_outage(client: Client, monkeypatch) -> None:
    found = {"state": "snapshot of 2026-10-01", "alerts": ["rate_fell"]}
    monkeypatch.setattr(watching, "summary", lambda: found)
    monkeypatch.setattr(health, "_redis_and_workers", lambda: {"redis": "ok"})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["watching"]) == (200, found)


def test_a_history_that_cannot_be_read_is_told_and_is_no_outage(
    client: Client, monkeypatch
) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(watching, "summary", away)
    assert client.get("/readyz").json()["watching"] == {"state": "unknown", "alerts": []}


@pytest.mark.service
def test_with_its_workers_it_is_ready(client: Client, redis_client, start_process) -> None:
    start_process("rqworker", "exports")
    start_process("rqworker", "gpu", "--worker-class", "thumper.workers.GpuWorker")
    wait_until(lambda: client.get("/readyz").status_code == 200, 90, "both workers to register")
