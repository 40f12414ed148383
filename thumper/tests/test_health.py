"""Health endpoints /healthz and /readyz."""

from __future__ import annotations

import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError

from analysis.monitoring import schedule
from conftest import wait_until
from reid.tests import make
from thumper import health
from thumper.accounts.tests.identities import account
from thumper.api.tests.tokens import issue

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


def test_a_folder_of_exports_that_is_gone_is_told(client: Client, settings, tmp_path) -> None:
    settings.EXPORT_ROOT = tmp_path / "unplugged"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["disk"] == "exports cannot be reached: the log says what to do"


def test_a_full_disk_is_told(client: Client, monkeypatch) -> None:
    usage = SimpleNamespace(free=5 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert client.get("/readyz").json()["disk"] == "only 5 MiB free for exports"


def test_what_watching_found_is_told_and_is_no_outage(client: Client, monkeypatch) -> None:
    state = {"state": "snapshot of 2026-10-01", "alerts": ["rate_fell"]}
    monkeypatch.setattr(schedule, "summary", lambda: state)
    monkeypatch.setattr(health, "_redis_and_workers", lambda: ({"redis": "ok"}, "ok"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["watching"]) == (200, state)


def test_what_runs_the_network_is_told(client: Client) -> None:
    assert client.get("/readyz").json()["network"] == "no embedding space yet"
    space = make.space()
    assert client.get("/readyz").json()["network"] == "run by nothing yet"
    rated = {"runtime": "onnxruntime", "reason": "the faster one", "onnxruntime_rate": 40.0}
    space.runtime = rated | {"host": "barn"}
    space.save()
    answer = client.get("/readyz").json()
    assert answer["network"] == "run by onnxruntime (the faster one)"
    space.runtime = {"runtime": "torch", "reason": "no room for /srv/models/x", "host": "barn"}
    space.save()
    assert client.get("/readyz").json()["network"] == "run by torch"


def test_a_history_that_cannot_be_read_is_told_and_is_no_outage(
    client: Client, monkeypatch
) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(schedule, "summary", away)
    assert client.get("/readyz").json()["watching"] == {"state": "unknown", "alerts": []}


class TestProbesByAddress:
    """A probe names the server by its IP address, which is in no list of host names."""

    ADDRESSES = ("127.0.0.1:8000", "10.0.0.7", "10.0.0.7:8000", "[fd00::7]", "[fd00::7]:8000")

    @pytest.fixture
    def production(self, settings) -> None:
        settings.EMBEDDED = False
        settings.ALLOWED_HOSTS = ["deer.example.org"]

    @pytest.mark.usefixtures("production")
    @pytest.mark.parametrize("host", ADDRESSES)
    def test_both_are_answered_in_production(self, client: Client, host: str) -> None:
        headers = {"Host": host}
        assert client.get("/healthz", headers=headers).text == "ok"
        assert client.head("/healthz", headers=headers).status_code == 200
        assert set(client.get("/readyz", headers=headers).json()) == {"ready"}

    @pytest.mark.usefixtures("production")
    def test_details_are_for_a_token_and_for_people_who_are_signed_in(
        self, client: Client, settings, redis_client
    ) -> None:
        settings.SECURE_SSL_REDIRECT = False
        here = {"Host": "deer.example.org"}
        key = issue(user=account("viewer"), name="monitoring", scope="read")
        assert set(client.get("/readyz", headers=here).json()) == {"ready"}
        for host in ("deer.example.org", "10.0.0.7"):
            told = client.get("/readyz", headers={"Host": host, "Authorization": f"Bearer {key}"})
            assert told.json()["database"] == "ok"
        wrong = client.get("/readyz", headers=here | {"Authorization": "Bearer made-up"})
        assert set(wrong.json()) == {"ready"}
        client.force_login(account("no role"))
        assert client.get("/readyz", headers=here).json()["database"] == "ok"

    @pytest.mark.usefixtures("production")
    def test_a_probe_that_names_no_host_is_answered(self, client: Client) -> None:
        """HTTP/1.0 has no Host: what gunicorn listens on stands in for it."""
        assert client.get("/healthz", SERVER_NAME="0.0.0.0").text == "ok"

    @pytest.mark.usefixtures("production")
    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "evil@127.0.0.1", "127.0.0.1:", "::1"]
    )
    def test_a_host_that_is_no_address_is_refused(self, client: Client, host: str) -> None:
        assert client.get("/healthz", headers={"Host": host}).status_code == 400

    @pytest.mark.usefixtures("production")
    @pytest.mark.parametrize("path", ["/", "/api/schema/", "/healthz/", "/healthz/x", "/x/readyz"])
    def test_other_paths_are_refused(self, client: Client, path: str) -> None:
        assert client.get(path, headers={"Host": "127.0.0.1"}).status_code == 400

    @pytest.mark.usefixtures("production")
    def test_nothing_but_reading_is_answered(self, client: Client) -> None:
        assert client.post("/healthz", headers={"Host": "127.0.0.1"}).status_code == 400

    def test_the_embedded_mode_stays_closed(self, client: Client) -> None:
        assert client.get("/healthz", headers={"Host": "10.0.0.7"}).status_code == 400
        assert client.get("/healthz", REMOTE_ADDR="10.0.0.7").status_code == 403


@pytest.mark.service
def test_with_its_workers_it_is_ready(client: Client, redis_client, start_process) -> None:
    start_process("rqworker", "exports")
    start_process("rqworker", "gpu", "--worker-class", "thumper.runtime.workers.GpuWorker")
    wait_until(lambda: client.get("/readyz").status_code == 200, 90, "both workers to register")
