"""What went wrong in the older system, one test a flaw: each would fail again if the flaw came back.

Shown in small here; the same with real workers, kills and races is in test_service and test_faults.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth import get_user_model
from pypdf import PdfReader

from exports import jobs
from exports.api import views
from exports.lifecycle import errors, operations, reconciler, retention
from exports.lifecycle.keys import key_of
from exports.lifecycle.records import ExportStatus, Failure
from exports.lifecycle.status import StatusStore, store
from exports.models import ExportRequest
from exports.requests.specs import ArchiveSpec, ReportSpec
from exports.tests.life import OWNER, claim, live, running
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client", "media_root")]

SEASON = {"start_date": "2025-09-01", "end_date": "2025-10-31"}


def start(client, kind: str, **body: object) -> Any:
    answer = client.post(f"/api/exports/{kind}", body, content_type="application/json")
    assert answer.status_code == 202, answer.content
    return answer.json()


def work(client, redis_client, export: dict[str, Any]) -> Any:
    """Do what a worker would with the queued job; return the status."""
    request = ExportRequest.objects.get(pk=export["job_id"])
    build = jobs.build_report if request.is_report else jobs.build_archive
    build(export["job_id"], request.spec)
    return client.get(export["links"]["status"]).json()


def text_of(export_root: Path) -> str:
    (path,) = export_root.glob("*.pdf")
    pages = PdfReader(path).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_0_7_a_report_holds_what_is_in_the_store_and_not_what_was_asked(
    client, redis_client, export_root
):
    """It was a placeholder: no query, no counts, a table that repeated the request."""
    make.detection(deer=make.deer(name="Gus"), classification="buck")
    work(client, redis_client, start(client, "pdf", **SEASON))
    text = text_of(export_root)
    assert "Gus" in text
    assert "1 deer identified" in text or "deer identified 1" in text


def test_0_8_an_archive_of_many_has_a_status_while_it_is_built_and_after(client, redis_client):
    """The total was lost on completion, so that progress was N * 100 percent and every status a 500."""
    ids = [str(make.detection(image=make.image(with_file=True)).pk) for _ in range(3)]
    export = start(client, "zip", detection_ids=ids)
    done = work(client, redis_client, export)
    assert (done["total_detections"], done["processed_count"]) == (3, 3)
    assert done["progress_percent"] == 100
    again = start(client, "zip", detection_ids=ids)
    with running(again["job_id"]) as attempt:
        attempt.progress(2, 3)
        seen = client.get(again["links"]["status"]).json()
        assert (seen["total_detections"], seen["progress_percent"]) == (3, 66.7)


def test_0_9_a_report_of_the_season_that_runs_is_accepted_in_it(client, monkeypatch):
    """Every page asked for a season's last day, which is in the future while the season runs."""
    monkeypatch.setattr(views, "_today", lambda: date(2025, 10, 15))
    export = start(client, "pdf", start_date="2025-09-01")
    (row,) = client.get("/api/exports/").json()["results"]
    assert row["title"].endswith("1 Sep - 15 Oct 2025")
    assert row["job_id"] == export["job_id"]


def test_a_run_cannot_be_faster_than_its_status(client, redis_client, monkeypatch):
    """The job was queued first, and its quick end overwritten with `processing` afterwards."""
    order: list[str] = []
    execute = StatusStore.add

    def add(*given: Any) -> Any:
        order.append(f"{redis_client.llen('rq:queue:exports')} queued before the status")
        return execute(*given)

    monkeypatch.setattr(StatusStore, "add", add)
    export = start(client, "pdf", **SEASON)
    assert order == ["0 queued before the status"]
    work(client, redis_client, export)
    assert live(export["job_id"]).status is ExportStatus.COMPLETED
    assert store().rearm(live(export["job_id"]).job_id) is None
    assert live(export["job_id"]).status is ExportStatus.COMPLETED


def test_without_redis_the_answer_is_that_it_is_away(client, settings, tmp_path):
    """The branch that handled its absence asked it again: 500."""
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    answer = client.post("/api/exports/pdf", SEASON, content_type="application/json")
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


def test_a_worker_that_crashed_does_not_leave_processing_behind(submit, monkeypatch):
    """It stayed until the key expired; nothing beat."""
    job_id = submit().job_id
    claim(job_id)
    for name in ("LOOK_AFTER", "LOST_AFTER"):
        monkeypatch.setattr(reconciler, name, timedelta(0))
    reconciler.job_of(store(), job_id).set_status("started")  # type: ignore[union-attr]
    assert operations.current(job_id, OWNER).record.error_code is Failure.WORKER_LOST


def test_no_write_changes_when_an_export_was_asked_for(client, redis_client):
    """The worker put its own time, without a zone, in the place of the request's."""
    export = start(client, "pdf", **SEASON)
    asked = client.get(export["links"]["status"]).json()["created_at"]
    assert datetime.fromisoformat(asked).tzinfo == UTC
    assert work(client, redis_client, export)["created_at"] == asked


def test_a_file_goes_when_its_status_has_expired(client, redis_client, export_root):
    """They stayed for ever."""
    export = start(client, "pdf", **SEASON)
    work(client, redis_client, export)
    redis_client.delete(key_of(live(export["job_id"]).job_id))
    assert [str(file.job_id) for file in retention.purge()] == [export["job_id"]]
    assert list(export_root.iterdir()) == []


def test_a_file_is_its_owner_s(client, redis_client, settings):
    """Whoever knew the address could download it."""
    done = work(client, redis_client, start(client, "pdf", **SEASON))
    settings.EMBEDDED = False
    assert client.get(done["download_url"]).status_code == 401
    client.force_login(get_user_model().objects.create_user("bob"))
    assert client.get(done["download_url"]).status_code == 404


def test_who_starts_too_many_is_told_to_wait(client, settings):
    """Nothing limited them."""
    settings.EXPORT_MAX_RUNNING = 1
    start(client, "pdf", **SEASON)
    body = SEASON | {"title": "Another"}
    answer = client.post("/api/exports/pdf", body, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (429, errors.TOO_MANY_RUNNING)


def test_a_title_is_text_in_the_report(client, redis_client, export_root):
    """It went into the page as markup, so that an ampersand could break the report."""
    title = "Bucks & <b>does</b> <img src=x>"
    work(client, redis_client, start(client, "pdf", **SEASON, title=title))
    assert title in text_of(export_root)


@pytest.mark.parametrize("kind", [ReportSpec, ArchiveSpec])
def test_an_error_in_a_job_is_seen_by_the_queue_and_by_the_user(client, monkeypatch, kind):
    """Everything was caught, so that the queue took each failure for a success."""
    monkeypatch.setattr(kind, "from_json", lambda payload: 1 / 0)
    found = [str(make.detection().pk)]
    is_report = kind is ReportSpec
    export = (
        start(client, "pdf", **SEASON) if is_report else start(client, "zip", detection_ids=found)
    )
    build = jobs.build_report if is_report else jobs.build_archive
    with pytest.raises(ZeroDivisionError):
        build(export["job_id"], {})
    status = client.get(export["links"]["status"]).json()
    assert (status["status"], status["error_code"]) == ("failed", "internal_error")
