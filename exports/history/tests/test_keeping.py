"""Requests that are remembered: built again, cancelled, deleted, put back, and forgotten in the end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from exports.api.tests.test_api import OCTOBER, post, problem_of
from exports.history import keeping, standing
from exports.history.keeping import REQUESTS_KEPT
from exports.lifecycle import errors, keys, operations
from exports.lifecycle.records import Failure
from exports.lifecycle.status import store
from exports.models import ExportRequest
from exports.requests.specs import ArchiveSpec
from exports.tests.life import live, running
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

NOVEMBER = {"start_date": "2025-10-01", "end_date": "2025-10-30"}


@pytest.fixture
def owner() -> int:
    return get_user_model().objects.create_user("ann").pk


def asked(owner: int, count: int = 1) -> ExportRequest:
    spec = ArchiveSpec(tuple(uuid4() for _ in range(count)), True, True, 300)
    return ExportRequest.objects.get(pk=keeping.submit(spec, owner).job_id)


def rebuild(client: Any, job_id: object) -> Any:
    return client.post(f"/api/exports/{job_id}/rebuild")


# --- built again --------------------------------------------------------------------------------
def test_a_finished_export_is_built_again_from_its_request(client, redis_client):
    first = post(client, "pdf", OCTOBER | {"title": "Ours", "group_by": "week"}).json()
    with running(first["job_id"]):
        pass
    redis_client.delete(keys.key_of(live(first["job_id"]).job_id))  # it has expired, too
    answer = rebuild(client, first["job_id"])
    second = answer.json()
    assert answer.status_code == 202
    assert answer["Location"] == second["links"]["status"] != first["links"]["status"]
    assert set(second) == set(first)
    specs = [ExportRequest.objects.get(pk=export["job_id"]).spec for export in (first, second)]
    assert specs[0] == specs[1]
    assert client.get(second["links"]["status"]).json()["title"] == "Ours"


def test_a_failed_archive_is_built_again_of_the_same_detections(client):
    ids = [str(make.detection().pk) for _ in range(2)]
    first = post(client, "zip", {"detection_ids": ids}).json()
    store().fail(live(first["job_id"]).job_id, None, Failure.WORKER_LOST)
    assert rebuild(client, first["job_id"]).json()["total_detections"] == 2


def test_one_that_runs_is_not_built_twice(client):
    first = post(client, "pdf", OCTOBER | {"recipients": ["bob@example.org"]}).json()
    assert rebuild(client, first["job_id"]).json()["job_id"] == first["job_id"]


def test_whoever_was_mailed_a_report_is_not_mailed_it_again(client):
    first = post(client, "pdf", OCTOBER | {"recipients": ["bob@example.org"]}).json()
    with running(first["job_id"]):
        pass
    second = rebuild(client, first["job_id"]).json()
    recipients = [ExportRequest.objects.get(pk=one["job_id"]).recipients for one in (first, second)]
    assert recipients == [["bob@example.org"], []]


def test_a_rebuild_obeys_key_and_cap(client, settings):
    first, second = post(client, "pdf", OCTOBER).json(), post(client, "pdf", NOVEMBER).json()
    for export in (first, second):
        with running(export["job_id"]):
            pass
    url = f"/api/exports/{first['job_id']}/rebuild"
    answers = [client.post(url, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert answers[0].status_code == 202
    assert answers[0].content == answers[1].content
    settings.EXPORT_MAX_RUNNING = 1
    assert rebuild(client, second["job_id"]).status_code == 429


def test_what_was_deleted_or_never_was_cannot_be_built_again(client):
    first = post(client, "pdf", OCTOBER).json()
    assert client.delete(first["links"]["delete"]).status_code == 204
    for job_id in (first["job_id"], uuid4()):
        answer = rebuild(client, job_id)
        assert (answer.status_code, problem_of(answer)["detail"]) == (404, errors.NOT_FOUND)


def test_a_request_that_an_earlier_version_kept_is_built_again(client):
    first = post(client, "zip", {"detection_ids": [str(make.detection().pk)]}).json()
    with pytest.raises(RuntimeError), running(first["job_id"]):
        raise RuntimeError
    row = ExportRequest.objects.get(pk=first["job_id"])
    for name in ("title", "format", "coordinate_precision"):
        del row.spec[name]
    row.save()
    assert rebuild(client, first["job_id"]).status_code == 202


def test_a_request_that_cannot_be_read_is_not_found_and_logged(client, caplog):
    first = post(client, "pdf", OCTOBER).json()
    with running(first["job_id"]):
        pass
    ExportRequest.objects.update(spec={"surprise": 1})
    assert rebuild(client, first["job_id"]).status_code == 404
    assert "unreadable request" in caplog.text


def test_somebody_else_s_request_is_not_found(owner):
    row = asked(owner)
    for act in (keeping.resubmit, keeping.cancel, keeping.forget, keeping.restore):
        with pytest.raises(errors.ExportNotFound):
            act(row.job_id, owner + 1)


def test_a_key_whose_row_was_lost_in_a_crash_is_remembered_by_the_next_try(client):
    header = {"Idempotency-Key": "a"}
    url = "/api/exports/pdf"
    first = client.post(url, OCTOBER, content_type="application/json", headers=header).json()
    ExportRequest.objects.all().delete()
    again = client.post(url, OCTOBER, content_type="application/json", headers=header).json()
    assert again == first
    assert ExportRequest.objects.get().job_id == UUID(first["job_id"])


# --- how it ended -------------------------------------------------------------------------------
def test_the_end_of_an_export_is_remembered_when_redis_has_forgotten_it(client, redis_client):
    first = post(client, "pdf", OCTOBER).json()
    with running(first["job_id"]) as attempt:
        attempt.draft.out.write(b"%PDF")
    redis_client.flushdb()
    (item,) = standing.of_owner(ExportRequest.objects.get().owner_id)
    assert (item.row.state, item.row.file_size_bytes, item.is_expired) == ("completed", 4, True)


def test_a_failure_is_remembered_with_its_reason(client):
    first = post(client, "pdf", OCTOBER).json()
    with pytest.raises(RuntimeError), running(first["job_id"]):
        raise RuntimeError
    row = ExportRequest.objects.get()
    assert (row.state, row.error_code) == ("failed", "internal_error")
    assert row.error == Failure.INTERNAL_ERROR.sentence


def test_what_redis_lost_is_failed_by_whoever_looks(owner, redis_client):
    asked(owner)
    redis_client.flushdb()
    (item,) = standing.of_owner(owner)
    assert (item.row.state, item.row.error_code) == ("failed", "queue_lost")


def test_a_list_takes_as_many_queries_for_twenty_rows_as_for_two(
    owner, settings, django_assert_num_queries
):
    settings.EXPORT_MAX_RUNNING = 30
    for count in (2, 18):
        for _ in range(count):
            asked(owner)
        with django_assert_num_queries(1):
            rows = standing.of_owner(owner)
    assert len(rows) == 20
    assert all(item.live for item in rows)


# --- cancelled, deleted, put back ---------------------------------------------------------------
def test_what_is_cancelled_stays_to_be_built_again(owner):
    row = asked(owner)
    keeping.cancel(row.job_id, owner)
    (item,) = standing.of_owner(owner)
    assert (item.row.state, item.live) == ("cancelled", None)
    assert store().get(row.job_id) is None
    assert keeping.resubmit(row.job_id, owner).is_processing


def test_what_has_ended_cannot_be_cancelled(owner):
    row = asked(owner)
    with running(row.job_id):
        pass
    with pytest.raises(keeping.HasEnded):
        keeping.cancel(row.job_id, owner)
    assert store().get(row.job_id) is not None


def test_what_is_deleted_is_off_the_list_and_can_be_put_back_without_its_file(owner):
    row = asked(owner)
    with running(row.job_id):
        pass
    keeping.forget(row.job_id, owner)
    assert standing.of_owner(owner) == []
    with pytest.raises(errors.ExportNotFound):
        keeping.forget(row.job_id, owner)
    keeping.restore(row.job_id, owner)
    (item,) = standing.of_owner(owner)
    assert (item.row.state, item.is_expired) == ("completed", True)
    assert not item.row.has_file(timezone.now())


def test_a_request_that_is_forgotten_while_it_is_deleted_is_deleted(owner, monkeypatch):
    """As the oldest of REQUESTS_KEPT is when another one begins at that moment."""
    row = asked(owner)

    def gone_since(*_: object) -> None:
        ExportRequest.objects.all().delete()

    monkeypatch.setattr(operations, "withdraw", gone_since)
    keeping.forget(row.job_id, owner)
    assert not ExportRequest.objects.exists()


def test_an_export_that_the_server_s_owner_cancelled_is_cancelled_in_its_owner_s_list(owner):
    row = asked(owner)
    keeping.withdraw_for_owner(row.job_id)
    assert ExportRequest.objects.get().state == "cancelled"


# --- forgotten ----------------------------------------------------------------------------------
def test_the_last_fifty_requests_are_kept(owner, settings):
    settings.EXPORT_MAX_RUNNING = settings.EXPORT_MAX_PER_MINUTE = REQUESTS_KEPT + 2
    rows = []
    for _ in range(REQUESTS_KEPT + 1):
        rows.append(asked(owner))
        store().fail(rows[-1].job_id, None, Failure.WORKER_LOST)
        standing.settle_all()
    assert ExportRequest.objects.count() == REQUESTS_KEPT
    assert not ExportRequest.objects.filter(pk=rows[0].pk).exists()


def test_requests_are_purged_after_their_time_but_not_while_they_run(owner, settings):
    old, runs = asked(owner), asked(owner)
    store().fail(old.job_id, None, Failure.WORKER_LOST)
    standing.settle_all()
    long_ago = timezone.now() - timedelta(seconds=settings.EXPORT_REBUILD_TTL + 1)
    ExportRequest.objects.update(created_at=long_ago)
    assert keeping.purge() == 1
    assert ExportRequest.objects.get() == runs
    assert operations.current(runs.job_id, owner).record.is_processing
