"""The export API over HTTP: what is accepted, shown, downloaded, hidden and refused, and in which words."""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.apps import apps
from django.contrib.auth import get_user_model
from rest_framework.exceptions import NotAuthenticated

from exports.api import errors as api_errors
from exports.api import representations, views
from exports.lifecycle import errors, retention
from exports.lifecycle.keys import key_of
from exports.lifecycle.records import Failure
from exports.lifecycle.status import store
from exports.requests import rules
from exports.sharing import frozen
from exports.tests.life import NOW, record, running
from reid.api.pictures import byte_ranges
from reid.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

OCTOBER = {"start_date": "2025-09-01", "end_date": "2025-09-30"}
STATUS_FIELDS = {
    *("job_id", "kind", "title", "status", "phase", "filename", "download_url", "file_size_bytes"),
    *("sha256", "error_code", "error_message", "created_at", "completed_at", "expires_at"),
    *("progress_percent", "queue_position", "estimated_completion", "links"),
}
COUNT_FIELDS = {"total_detections", "processed_count", "missing_count"}


def post(client, kind: str, body: object, **extra: Any) -> Any:
    return client.post(f"/api/exports/{kind}", body, content_type="application/json", **extra)


def problem_of(answer) -> Any:
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    return body


@pytest.fixture
def report(client) -> Any:
    return post(client, "pdf", OCTOBER | {"title": 'Rut "25" & <more>'}).json()


@pytest.fixture
def archive(client) -> Any:
    return post(client, "zip", {"detection_ids": [str(make.detection().pk)]}).json()


@pytest.fixture
def completed(client, report) -> Any:
    """A completed report whose file holds ten bytes."""
    with running(report["job_id"]) as attempt:
        attempt.draft.out.write(b"0123456789")
    return client.get(report["links"]["status"]).json()


# --- creation -----------------------------------------------------------------------------------
def test_a_report_is_accepted(client):
    answer = post(client, "pdf", OCTOBER)
    body = answer.json()
    assert answer.status_code == 202
    url = f"/api/exports/pdf/{body['job_id']}"
    assert answer["Location"] == url
    assert answer["Retry-After"] == "1"
    assert set(body) == {"job_id", "status", "message", "estimated_completion", "links"}
    assert body["status"] == "processing"
    assert body["links"] == {
        "status": url,
        "delete": f"/api/exports/{body['job_id']}",
        "download": f"/api/static/exports/{body['job_id']}.pdf",
        "rebuild": f"/api/exports/{body['job_id']}/rebuild",
    }


def test_an_archive_is_accepted_with_its_size(client):
    ids = [str(make.detection().pk) for _ in range(2)]
    answer = post(client, "zip", {"detection_ids": [*ids, ids[0]]})
    assert answer.status_code == 202
    assert answer.json()["total_detections"] == 2
    assert answer["Location"] == f"/api/exports/zip/{answer.json()['job_id']}"


def test_a_refusal_lists_everything_and_queues_nothing(client, redis_client):
    answer = post(client, "pdf", {"start_date": "2025-10-02", "end_date": "2025-10-01", "hue": 1})
    body = problem_of(answer)
    assert answer.status_code == 400
    assert body["detail"] == "hue is not a known field."
    assert body["errors"] == [
        {"code": "unknown_field", "field": "hue", "message": "hue is not a known field."},
        {"code": "VR-001", "field": "end_date", "message": rules.START_BEFORE_END},
    ]
    assert body["instance"] == "/api/exports/pdf"
    assert redis_client.keys("rq:queue:*") == redis_client.keys("export_job*") == []


@pytest.mark.parametrize(
    "body", ["{", "\xff", '{"a": 1}}', "[" * 100_000, '{"x": NaN}', '{"x": ' + "9" * 5000 + "}"]
)
def test_a_malformed_body_is_refused(client, body):
    answer = post(client, "pdf", body)
    found = problem_of(answer)
    assert answer.status_code == 400
    assert [(item["code"], item["field"]) for item in found["errors"]] == [("invalid", "")]


def test_today_is_the_ranchs_today(client, settings, monkeypatch):
    """At 03:00 UTC it is still the day before in Chicago, and the new day is in the future."""
    settings.TIME_ZONE = "America/Chicago"
    instant = datetime(2025, 11, 16, 3, 0, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: instant)
    assert views._today() == date(2025, 11, 15)
    body = problem_of(post(client, "pdf", {"start_date": "2025-11-01", "end_date": "2025-11-16"}))
    assert body["detail"] == rules.END_IN_FUTURE


@pytest.mark.parametrize(
    ("instant", "today"),
    [
        ("2025-03-09T05:59Z", "2025-03-08"),  # CST: UTC-6 until 2 a.m. of the 9th
        ("2025-03-09T06:00Z", "2025-03-09"),
        ("2025-03-10T04:59Z", "2025-03-09"),  # CDT: UTC-5
        ("2025-03-10T05:00Z", "2025-03-10"),
        ("2025-11-02T04:59Z", "2025-11-01"),  # CDT until 2 a.m. of the 2nd
        ("2025-11-02T05:00Z", "2025-11-02"),
        ("2025-11-03T05:59Z", "2025-11-02"),  # a day of 25 hours
        ("2025-11-03T06:00Z", "2025-11-03"),
    ],
)
def test_midnight_is_the_ranchs_also_when_its_clock_changes(settings, monkeypatch, instant, today):
    settings.TIME_ZONE = "America/Chicago"
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime.fromisoformat(instant))
    assert views._today() == date.fromisoformat(today)


def test_only_json_is_read(client):
    answer = client.post("/api/exports/pdf", OCTOBER)
    assert answer.status_code == 415
    assert "Unsupported media type" in problem_of(answer)["detail"]


# --- status -------------------------------------------------------------------------------------
def test_the_status_of_a_report(client, report):
    answer = client.get(report["links"]["status"])
    body = answer.json()
    assert set(body) == STATUS_FIELDS
    assert (body["status"], body["phase"], body["queue_position"]) == ("processing", "queued", 0)
    assert (body["filename"], body["download_url"], body["error_message"]) == (None, None, None)
    assert answer["Retry-After"] == "1"
    assert answer["Cache-Control"] == "private, no-cache"


def test_the_status_of_an_archive_counts(client, archive):
    body = client.get(archive["links"]["status"]).json()
    assert set(body) == STATUS_FIELDS | COUNT_FIELDS
    assert (body["total_detections"], body["processed_count"]) == (1, 0)


def test_a_completed_export_names_its_file(client, completed):
    assert (completed["status"], completed["progress_percent"]) == ("completed", 100.0)
    assert completed["filename"] == f"{completed['job_id']}.pdf"
    assert completed["download_url"] == f"/api/static/exports/{completed['filename']}"
    assert completed["file_size_bytes"] == 10
    assert "Retry-After" not in client.get(completed["links"]["status"]).headers


def test_a_failed_export_says_why(client, report):
    store().fail(report["job_id"], None, Failure.NO_DATA, "There are no crops.")
    body = client.get(report["links"]["status"]).json()
    assert (body["status"], body["error_message"]) == ("failed", "There are no crops.")
    assert body["error_code"] == "no_data"


def test_an_unchanged_status_is_not_sent_again(client, report):
    first = client.get(report["links"]["status"])
    again = client.get(
        report["links"]["status"], headers={"If-None-Match": f'"x", W/{first["ETag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    store().claim(report["job_id"])
    changed = client.get(report["links"]["status"], headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_an_archives_id_is_no_report(client, archive):
    answer = client.get(f"/api/exports/pdf/{archive['job_id']}")
    assert answer.status_code == 404
    assert problem_of(answer)["detail"] == errors.NOT_FOUND == "Job not found or expired"


@pytest.mark.parametrize(
    ("seconds", "wait"),
    [(0, 1), (9, 1), (10, 2), (29, 2), (30, 5), (119, 5), (120, 10), (9999, 10)],
)
def test_the_older_the_export_the_longer_the_wait(seconds, wait):
    assert representations.poll_after(record(), NOW + timedelta(seconds=seconds)) == wait


def test_the_list_is_newest_first(client, report, archive):
    rows = client.get("/api/exports/").json()["results"]
    assert [row["job_id"] for row in rows] == [archive["job_id"], report["job_id"]]
    assert set(rows[0]) == STATUS_FIELDS | COUNT_FIELDS
    assert [row["queue_position"] for row in rows] == [1, 0]


def test_the_list_says_when_to_ask_again_while_something_runs(client, report):
    assert client.get("/api/exports/")["Retry-After"] == "1"
    store().fail(report["job_id"], None, Failure.NO_DATA)
    assert "Retry-After" not in client.get("/api/exports/").headers


# --- deletion -----------------------------------------------------------------------------------
def test_a_deleted_export_is_gone_with_its_file(client, completed, export_root):
    assert client.delete(completed["links"]["delete"]).status_code == 204
    assert list(export_root.iterdir()) == []
    for answer in (
        client.get(completed["links"]["status"]),
        client.get(completed["download_url"]),
        client.delete(completed["links"]["delete"]),
    ):
        assert answer.status_code == 404
        assert problem_of(answer)["detail"] == errors.NOT_FOUND
    assert client.get("/api/exports/").json() == {"results": [], "unreadable": []}


# --- download -----------------------------------------------------------------------------------
def read(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_the_whole_file(client, completed):
    answer = client.get(completed["download_url"])
    assert (answer.status_code, read(answer)) == (200, b"0123456789")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Length"] == "10"
    assert answer["Content-Disposition"] == 'attachment; filename="Rut -25- & -more.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["ETag"] == f'"{completed["sha256"]}"'


def test_a_range_of_the_file(client, completed):
    answer = client.get(completed["download_url"], headers={"Range": "bytes=2-4"})
    assert (answer.status_code, read(answer)) == (206, b"234")
    assert answer["Content-Range"] == "bytes 2-4/10"
    assert answer["Content-Length"] == "3"


def test_a_range_of_another_version_gets_the_whole_file(client, completed):
    headers = {"Range": "bytes=2-4", "If-Range": '"another"'}
    answer = client.get(completed["download_url"], headers=headers)
    assert (answer.status_code, read(answer)) == (200, b"0123456789")
    headers["If-Range"] = f'"{completed["sha256"]}"'
    answer = client.get(completed["download_url"], headers=headers)
    assert (answer.status_code, read(answer)) == (206, b"234")


def test_a_range_outside_the_file(client, completed):
    answer = client.get(completed["download_url"], headers={"Range": "bytes=10-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == "bytes */10"
    assert problem_of(answer)["detail"] == byte_ranges.RANGE_OUTSIDE


def test_too_early_is_a_conflict_that_says_when(client, report):
    answer = client.get(report["links"]["download"])
    assert answer.status_code == 409
    assert answer["Retry-After"] == "1"
    assert problem_of(answer)["detail"] == api_errors.NOT_READY


def test_a_failed_export_has_no_file(client, report):
    store().fail(report["job_id"], None, Failure.TIMEOUT)
    answer = client.get(report["links"]["download"])
    assert (answer.status_code, problem_of(answer)["detail"]) == (409, api_errors.HAS_FAILED)


@pytest.mark.parametrize("how", ["deleted", "expired"])
def test_a_download_goes_on_when_its_export_ends(client, completed, export_root, redis_client, how):
    """The file is open and nothing of it is read yet when key and file go."""
    answer = client.get(completed["download_url"])
    if how == "deleted":
        assert client.delete(completed["links"]["delete"]).status_code == 204
    else:
        redis_client.delete(key_of(completed["job_id"]))
        assert len(retention.purge()) == 1
    assert list(export_root.iterdir()) == []
    assert read(answer) == b"0123456789"


def test_a_file_that_is_gone_is_not_found(client, completed, export_root):
    for path in export_root.iterdir():
        path.unlink()
    assert client.get(completed["download_url"]).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["{hex}.pdf", "{job_id}.zip", "{job_id}.exe", "{job_id}", "..%2Fx.pdf", "{{{job_id}}}.pdf"],
)
def test_other_names_lead_nowhere(client, completed, name):
    job_id = completed["job_id"]
    name = name.format(job_id=job_id, hex=job_id.replace("-", ""))
    assert client.get(f"/api/static/exports/{name}").status_code == 404


# --- who ----------------------------------------------------------------------------------------
def bearer(username: str, scope: str = "write") -> dict[str, str]:
    user, _ = get_user_model().objects.get_or_create(username=username)
    tokens: Any = apps.get_model("thumper", "ApiToken")  # above us, so not imported
    token = tokens(user=user, name="test", scope=scope)
    key = token.new_key()
    token.save()
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def production(settings) -> None:
    settings.EMBEDDED = False


@pytest.mark.usefixtures("production")
def test_somebody_elses_export_does_not_exist(client, redis_client):
    ours, theirs = bearer("ann"), bearer("bob")
    made = post(client, "pdf", OCTOBER, headers=ours).json()["links"]
    assert client.get(made["status"], headers=ours).status_code == 200
    for answer in (
        client.get(made["status"], headers=theirs),
        client.get(made["download"], headers=theirs),
        client.delete(made["delete"], headers=theirs),
    ):
        assert answer.status_code == 404
        assert problem_of(answer)["detail"] == errors.NOT_FOUND
    assert client.get("/api/exports/", headers=theirs).json() == {"results": [], "unreadable": []}
    assert len(client.get("/api/exports/", headers=ours).json()["results"]) == 1


@pytest.mark.usefixtures("production")
def test_strangers_are_kept_out_and_readers_may_not_write(client):
    assert problem_of(client.get("/api/exports/"))["status"] in (401, 403)
    reader = bearer("ann", "read")
    assert client.get("/api/exports/", headers=reader).status_code == 200
    answer = post(client, "pdf", OCTOBER, headers=reader)
    assert (answer.status_code, problem_of(answer)["detail"]) == (403, "This token may only read.")


# --- faults -------------------------------------------------------------------------------------
def test_without_redis_every_endpoint_asks_to_come_back(client, completed, settings, tmp_path):
    found = str(make.detection().pk)
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    job_id = completed["job_id"]
    for answer in (
        post(client, "pdf", OCTOBER),
        post(client, "zip", {"detection_ids": [found]}),
        client.get("/api/exports/"),
        client.get(f"/api/exports/pdf/{job_id}"),
        client.get(f"/api/exports/zip/{job_id}"),
        client.delete(f"/api/exports/{job_id}"),
        client.get(f"/api/static/exports/{job_id}.pdf"),
    ):
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "Try again" in problem_of(answer)["detail"]


def test_a_link_is_told_also_where_redis_goes_away_meanwhile(client, report, monkeypatch):
    def away(_link):
        raise redis.ConnectionError

    monkeypatch.setattr(frozen, "freeze_later", away)
    body = {"job_id": report["job_id"]}
    answer = client.post("/api/exports/links", body, content_type="application/json")
    assert (answer.status_code, "/shared/" in answer.json()["address"]) == (201, True)


def test_an_unreadable_status_is_told_and_can_be_deleted(client, report, redis_client, caplog):
    redis_client.set(key_of(report["job_id"]), "{broken")
    for url in (report["links"]["status"], report["links"]["download"]):
        answer = client.get(url)
        assert answer.status_code == 500
        assert problem_of(answer)["detail"] == errors.UNREADABLE
    assert key_of(report["job_id"]) in caplog.text
    listed = client.get("/api/exports/").json()
    assert listed == {
        "results": [],
        "unreadable": [
            {
                "job_id": report["job_id"],
                "error_code": "unreadable",
                "error_message": errors.UNREADABLE,
                "links": {"delete": report["links"]["delete"]},
            }
        ],
    }
    assert client.delete(report["links"]["delete"]).status_code == 204
    assert client.get(report["links"]["status"]).status_code == 404
    assert client.get("/api/exports/").json() == {"results": [], "unreadable": []}


def test_a_status_that_an_earlier_version_wrote_is_shown_and_goes_on(client, archive, redis_client):
    """An update of the server loses no export: what was added since has its default."""
    key = f"export_job:{archive['job_id']}"
    older = json.loads(redis_client.get(key))
    for name in ("wants_mail", "fingerprint", "first_estimate", "mail_to", "missing_count"):
        del older[name]
    redis_client.set(key, json.dumps(older))
    assert client.get(archive["links"]["status"]).json()["missing_count"] == 0
    assert len(client.get("/api/exports/").json()["results"]) == 1
    with running(archive["job_id"]):
        pass
    assert client.get(archive["links"]["status"]).json()["status"] == "completed"


def test_a_refused_request_is_logged_with_its_codes(client, caplog):
    caplog.set_level(logging.INFO, "exports")
    body = {"start_date": "2025-09-30", "end_date": "2025-09-01", "group_by": "year", "secret": 1}
    assert post(client, "pdf", body).status_code == 400
    (line,) = [record.getMessage() for record in caplog.records if "refused" in record.message]
    assert line == "POST /api/exports/pdf refused: unknown_field, VR-001, VR-003"


def test_nobody_with_no_id_is_an_owner(rf):
    view = views.ExportListView()
    view.request = view.initialize_request(rf.get("/"))
    with pytest.raises(NotAuthenticated):
        _ = view.owner_id


@pytest.mark.parametrize(
    ("method", "url", "status"),
    [
        ("get", "/api/exports/pdf", 405),
        ("put", "/api/exports/", 405),
        ("get", f"/api/exports/{uuid4()}", 405),
        ("get", f"/api/exports/pdf/{uuid4()}", 404),
        ("delete", f"/api/exports/{uuid4()}", 404),
        ("get", "/api/exports/pdf/no-uuid", 404),
        ("get", "/api/exports/..%2F..%2Fx", 404),
        ("get", "/api/nothing/here", 404),
    ],
)
def test_every_error_is_a_problem(client, method, url, status):
    answer = getattr(client, method)(url)
    assert answer.status_code == status
    assert problem_of(answer)["detail"]
