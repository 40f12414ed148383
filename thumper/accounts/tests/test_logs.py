"""Logs: one line a request, its id in the answer, and the same id in what a worker writes for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import django_rq
import pytest
from rq import SimpleWorker

from reid import jobs
from thumper import logs
from thumper.accounts.tests.identities import account
from thumper.models import AccountEvent
from thumper.runtime.registered_jobs import RegisteredJob

if TYPE_CHECKING:
    from logging import LogRecord

    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.EMBEDDED = False
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture(autouse=True)
def nobody_before() -> None:
    logs.answering("")


def access_lines(caplog: pytest.LogCaptureFixture) -> list[LogRecord]:
    return [row for row in caplog.records if row.name == "thumper.access"]


def test_a_request_is_one_line_with_who_how_and_how_long(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(account("viewer"))
    client.get("/api/deer?page_size=5", REMOTE_ADDR="192.0.2.7")
    (line,) = access_lines(caplog)
    told = vars(line)
    assert (told["user"], told["status"], told["path"]) == ("viewer", 200, "/api/deer")
    assert (told["method"], told["address"]) == ("GET", "192.0.2.7")
    assert told["duration_ms"] >= 0


def test_a_refusal_is_a_line_too(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.get("/api/deer", headers={"Host": "evil.example"})
    (line,) = access_lines(caplog)
    assert vars(line)["status"] == 400


def test_the_key_of_a_shared_link_is_in_no_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/shared/its-own-key")
    (line,) = access_lines(caplog)
    assert "its-own-key" not in line.getMessage()


@pytest.mark.parametrize(
    ("said", "is_taken"),
    [("deadbeef-1", True), ("x" * 65, False), ("a b c d e f g", False), ("short", False)],
)
def test_an_id_is_the_sender_s_if_it_is_sane(client: Client, said: str, is_taken: bool) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": said})["X-Request-ID"]
    assert (answered == said) is is_taken
    assert logs.SANE_ID.fullmatch(answered)


def test_a_job_carries_the_id_of_the_request_that_queued_it(
    client: Client, redis_client: object, caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(account("viewer"))
    answer = client.post(
        "/api/exports/pdf",
        {"start_date": "2025-09-01", "end_date": "2025-09-30"},
        content_type="application/json",
        headers={"X-Request-ID": "the-request-1"},
    )
    assert answer.status_code == 202, answer.content
    queue = django_rq.get_queue("exports")
    (job,) = queue.jobs
    assert job.meta[logs.IN_META] == "the-request-1"
    assert (
        RegisteredJob.fetch(job.id, connection=queue.connection, serializer="json").meta == job.meta
    )


def test_what_a_worker_logs_bears_the_id(
    redis_client: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look() -> None:
        record = logging.makeLogRecord({"msg": "at work"})
        logs.JobFilter().filter(record)
        seen.append(vars(record)["request_id"])

    monkeypatch.setattr(jobs, "resume_silent", look)
    logs.answering("the-request-2")
    queue = django_rq.get_queue("maintenance")
    queue.enqueue("reid.jobs.resume_silent")
    logs.answering("")
    worker = SimpleWorker([queue], connection=queue.connection, serializer="json")
    worker.work(burst=True, logging_level="ERROR")
    assert seen == ["the-request-2"]


def test_an_event_bears_the_id_and_the_address_of_its_request(client: Client) -> None:
    client.force_login(account("administrator"))
    other = account("viewer")
    client.post(
        f"/accounts/{other.pk}/role",
        {"role": "manager"},
        headers={"X-Request-ID": "the-request-3"},
        REMOTE_ADDR="192.0.2.7",
    )
    event = AccountEvent.objects.filter(kind="roles_changed", about=other).first()
    assert event is not None
    assert (event.request_id, event.address) == ("the-request-3", "192.0.2.7")
    assert event.actor_name == "administrator"
