"""The mail at the end of an export: who gets it, what it says, and that it never does harm."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import django_rq
import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from rq import SimpleWorker

from exports import jobs
from exports.api import representations
from exports.lifecycle import notices, operations, reconciler
from exports.lifecycle.records import ExportStatus, Failure
from exports.requests.specs import ArchiveSpec
from exports.tests import build
from exports.tests.life import JOB, NOW, OWNER, live, record, running
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


def submit() -> str:
    spec = ArchiveSpec((uuid4(),), True, True, 300, notify=True)
    return str(operations.submit(spec, OWNER, "ann@example.org").job_id)


def test_a_completed_export_is_told(mailoutbox, settings):
    settings.TIME_ZONE = "America/Chicago"
    settings.SITE_URL = "https://deer.example.org"
    notices.send(
        record(
            mail_to="ann@example.org",
            status=ExportStatus.COMPLETED,
            file_size_bytes=12345,
            expires_at=NOW,
        )
    )
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["ann@example.org"], "Export completed: Bucks & does")
    assert "12,345 bytes" in mail.body
    assert f"\nhttps://deer.example.org/api/static/exports/{JOB}.zip\n" in mail.body
    assert "2025-11-15 06:00 CST" in mail.body


def test_a_mail_about_a_failure_links_to_the_page_of_exports(mailoutbox, settings):
    settings.SITE_URL = "https://deer.example.org"
    notices.send(record(mail_to="ann@example.org", status=ExportStatus.FAILED, error="No crops."))
    (mail,) = mailoutbox
    assert "No crops." in mail.body
    assert f"\nhttps://deer.example.org{reverse('exports')}\n" in mail.body


def test_nobody_is_told_who_did_not_ask(mailoutbox):
    notices.send(record(status=ExportStatus.COMPLETED, file_size_bytes=1))
    assert mailoutbox == []


def test_every_way_to_end_is_told_once(mailoutbox, monkeypatch):
    with running(submit()):
        pass
    with pytest.raises(RuntimeError), running(submit()):
        raise RuntimeError
    queue = django_rq.get_queue("exports")
    killed, lost = queue.fetch_job(submit()), queue.fetch_job(submit())
    for _ in range(2):
        jobs.on_killed(killed)
    lost.delete()
    monkeypatch.setattr(reconciler, "LOOK_AFTER", timedelta(0))
    assert jobs.reconcile() == 1
    assert [mail.subject.split(":")[0] for mail in mailoutbox] == [
        "Export completed",
        "Export failed",
        "Export failed",
        "Export failed",
    ]
    assert Failure.WORKER_KILLED.sentence in mailoutbox[2].body
    assert Failure.QUEUE_LOST.sentence in mailoutbox[3].body


def test_a_loss_found_by_who_asks_is_told_by_a_worker_and_once(mailoutbox, monkeypatch):
    job_id = UUID(submit())
    django_rq.get_queue("exports").fetch_job(str(job_id)).delete()
    monkeypatch.setattr(reconciler, "LOOK_AFTER", timedelta(0))
    for _ in range(2):
        assert operations.current(job_id, OWNER).record.error_code is Failure.QUEUE_LOST
    assert mailoutbox == []  # nobody who asks waits for a mail server
    queue = django_rq.get_queue("maintenance")
    SimpleWorker([queue], connection=queue.connection, serializer="json").work(burst=True)
    assert jobs.reconcile() == 0
    (mail,) = mailoutbox
    assert Failure.QUEUE_LOST.sentence in mail.body


def test_a_loss_of_which_nobody_wants_to_hear_queues_nothing(monkeypatch):
    spec = ArchiveSpec((uuid4(),), include_crops=True, include_metadata_csv=True, crop_size=300)
    job_id = operations.submit(spec, OWNER).job_id
    django_rq.get_queue("exports").fetch_job(str(job_id)).delete()
    monkeypatch.setattr(reconciler, "LOOK_AFTER", timedelta(0))
    assert operations.current(job_id, OWNER).record.error_code is Failure.QUEUE_LOST
    assert django_rq.get_queue("maintenance").count == 0


@pytest.mark.parametrize(("limit", "attached"), [(0, 0), (4, 0), (5, 1)])
def test_a_small_report_travels_with_the_mail(mailoutbox, settings, limit, attached):
    settings.EXPORT_MAIL_ATTACH_BYTES = limit
    job_id = operations.submit(
        build.spec(title="Rut/25", notify=True), OWNER, "ann@example.org"
    ).job_id
    with running(job_id) as attempt:
        attempt.draft.out.write(b"%PDF-")
    (mail,) = mailoutbox
    expected = [("Rut-25.pdf", b"%PDF-", "application/pdf")]
    assert [tuple(item) for item in mail.attachments] == expected[:attached]


def test_an_archive_or_a_failure_never_has_a_file(mailoutbox, settings):
    settings.EXPORT_MAIL_ATTACH_BYTES = 10**9
    with running(submit()):
        pass
    with pytest.raises(RuntimeError), running(submit()):
        raise RuntimeError
    assert [mail.attachments for mail in mailoutbox] == [[], []]


def test_a_mail_server_that_is_away_undoes_nothing(settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    job_id = submit()
    with running(job_id):
        pass
    assert live(job_id).status is ExportStatus.COMPLETED
    assert "was not sent" in caplog.text


@pytest.mark.django_db
def test_an_archive_is_announced_by_a_mail_too(client):
    get_user_model().objects.filter(username="local").update(email="ann@example.org")
    body = {"detection_ids": [str(make.detection().pk)], "notify": True}
    answer = client.post("/api/exports/zip", body, content_type="application/json").json()
    assert live(answer["job_id"]).mail_to == "ann@example.org"
    quiet = client.post("/api/exports/zip", body | {"notify": False}, "application/json").json()
    assert live(quiet["job_id"]).mail_to == ""


@pytest.mark.django_db
def test_the_answer_says_where_there_is_no_address(client):
    body = {"start_date": "2025-09-01", "end_date": "2025-09-30", "notify": True}
    answer = client.post("/api/exports/pdf", body, content_type="application/json").json()
    assert answer["message"].endswith(representations.NO_ADDRESS)
    assert live(answer["job_id"]).mail_to == ""
    get_user_model().objects.filter(username="local").update(email="ann@example.org")
    answer = client.post("/api/exports/pdf", body, content_type="application/json").json()
    assert not answer["message"].endswith(representations.NO_ADDRESS)
    assert live(answer["job_id"]).mail_to == "ann@example.org"
