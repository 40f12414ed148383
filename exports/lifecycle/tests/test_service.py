"""The life of an export with real worker processes: normal, killed, deleted, twice in the queue, expired."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import zipfile
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django_rq
import pytest
from django.conf import settings
from pypdf import PdfReader

from conftest import wait_until
from exports.archive.crop_names import crop_name
from exports.lifecycle import operations, reconciler, retention
from exports.lifecycle.keys import key_of, tombstone_of
from exports.lifecycle.records import Failure
from exports.tests.life import live
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

START_SECONDS = 240  # a worker's own start, on a machine that does other things too


class Api:
    """The API as a client sees it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def submit(self, kind: str, **body: object) -> Any:
        answer = self.client.post(f"/api/exports/{kind}", body, content_type="application/json")
        assert answer.status_code == 202, answer.content
        return answer.json()

    def archive(self, *detections) -> Any:
        return self.submit("zip", detection_ids=[str(item.pk) for item in detections])

    def status(self, export: dict[str, Any]) -> Any:
        return self.client.get(export["links"]["status"]).json()

    def ended(self, export: dict[str, Any]) -> Any:
        """The status of an export that is given time to end."""
        wait_until(
            lambda: self.status(export)["status"] != "processing", START_SECONDS, "the export ends"
        )
        return self.status(export)

    def download(self, status: dict[str, Any]) -> bytes:
        answer = self.client.get(status["download_url"])
        assert answer.status_code == 200
        return b"".join(answer.streaming_content)


@pytest.fixture
def api(client, redis_client) -> Api:
    return Api(client)


@pytest.fixture
def photographed():
    return [make.detection(image=make.image(with_file=True)) for _ in range(3)]


def files_of(export: dict[str, Any]) -> list[Path]:
    return list(Path(settings.EXPORT_ROOT).glob(f"{export['job_id']}.*"))


def horses_of(worker) -> list[int]:
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


def is_packing(api: Api, export: dict[str, Any]) -> Callable[[], bool]:
    return lambda: api.status(export)["phase"] == "packing"


def test_an_archive_from_request_to_file(api, photographed, start_process):
    start_process("rqworker", "exports")
    status = api.ended(api.archive(*photographed))
    assert status["status"] == "completed"
    assert (status["processed_count"], status["missing_count"]) == (3, 0)
    data = api.download(status)
    assert len(data) == status["file_size_bytes"]
    assert hashlib.sha256(data).hexdigest() == status["sha256"]
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        crops = {crop_name(item, ()) for item in photographed}
        assert crops | {"metadata.csv", "manifest.json"} == set(file.namelist())


def test_a_report_from_request_to_file(api, photographed, start_process):
    start_process("rqworker", "exports")
    title = "The ridge & <the creek>"
    export = api.submit("pdf", start_date="2025-09-01", end_date="2025-10-31", title=title)
    status = api.ended(export)
    assert status["status"] == "completed", status
    pages = PdfReader(io.BytesIO(api.download(status))).pages
    assert title in " ".join(pages[0].extract_text().split())


def test_a_killed_work_horse_fails_its_export_and_the_worker_goes_on(
    api, photographed, held_photograph, start_process
):
    worker = start_process("rqworker", "exports")
    export = api.archive(photographed[0], held_photograph.detection)
    wait_until(is_packing(api, export), START_SECONDS, "the job runs")
    (horse,) = horses_of(worker)
    os.kill(horse, signal.SIGKILL)
    wait_until(lambda: api.status(export)["status"] == "failed", 10, "the kill is seen")
    status = api.status(export)
    assert status["error_code"] == Failure.WORKER_KILLED.value
    assert status["error_message"] == Failure.WORKER_KILLED.sentence
    wait_until(lambda: not files_of(export), 10, "the half file goes")
    assert api.ended(api.archive(*photographed))["status"] == "completed"


def test_deleting_what_is_processed_leaves_nothing(
    api, photographed, held_photograph, start_process, redis_client
):
    worker = start_process("rqworker", "exports")
    export = api.archive(photographed[0], held_photograph.detection)
    wait_until(is_packing(api, export), START_SECONDS, "the job runs")
    assert files_of(export)
    assert api.client.delete(export["links"]["delete"]).status_code == 204
    delete = lambda: api.client.delete(export["links"]["delete"]).status_code  # noqa: E731
    assert delete() in (204, 404)  # its row may be listed until the worker has let it go
    assert delete() == 404
    assert api.client.get(export["links"]["status"]).status_code == 404
    wait_until(lambda: not horses_of(worker), 20, "the work-horse is stopped")
    wait_until(lambda: not files_of(export), 20, "its file goes")
    job_id = UUID(export["job_id"])
    assert not redis_client.exists(key_of(job_id))
    assert redis_client.exists(tombstone_of(job_id))
    assert api.ended(api.archive(*photographed))["status"] == "completed"


def test_a_run_that_misses_the_stop_finds_its_export_gone(
    api, photographed, held_photograph, start_process, monkeypatch
):
    """The stop command is a message that a busy or reconnecting worker can lose."""
    worker = start_process("rqworker", "exports")
    export = api.archive(held_photograph.detection, *photographed)
    wait_until(is_packing(api, export), START_SECONDS, "the job runs")
    monkeypatch.setattr(operations, "send_stop_job_command", lambda *_, **__: None)
    assert api.client.delete(export["links"]["delete"]).status_code == 204
    assert horses_of(worker)
    wait_until(held_photograph.release, 20, "the photograph is being read")
    wait_until(lambda: not horses_of(worker), 20, "the run ends by itself")
    assert api.client.get(export["links"]["status"]).status_code == 404
    assert not files_of(export)


def test_one_job_twice_in_the_queue_is_built_once(
    api, photographed, held_photograph, start_process, redis_client
):
    export = api.archive(held_photograph.detection, *photographed)
    redis_client.rpush("rq:queue:exports", export["job_id"])
    workers = [start_process("rqworker", "exports") for _ in range(2)]
    wait_until(is_packing(api, export), START_SECONDS, "the job runs")
    wait_until(lambda: not redis_client.llen("rq:queue:exports"), START_SECONDS, "both are taken")
    wait_until(lambda: sum(map(len, map(horses_of, workers))) == 1, START_SECONDS, "one gives up")
    wait_until(held_photograph.release, 20, "the photograph is being read")
    status = api.ended(export)
    assert (status["status"], status["missing_count"]) == ("completed", 1)
    assert len(files_of(export)) == 1


def test_an_expired_export_is_gone_and_its_file_follows(api, photographed, start_process):
    start_process("rqworker", "exports", EXPORT_TTL="2")
    export = api.archive(*photographed)
    wait_until(lambda: files_of(export), START_SECONDS, "the file is written")
    gone = lambda: api.client.get(export["links"]["status"]).status_code == 404  # noqa: E731
    wait_until(gone, 20, "the status expires")
    delete = lambda: api.client.delete(export["links"]["delete"]).status_code  # noqa: E731
    assert delete() in (204, 404)  # its row may be listed until the worker has let it go
    assert delete() == 404
    assert [str(file.job_id) for file in retention.purge()] == [export["job_id"]]
    assert not files_of(export)


def test_a_worker_that_is_gone_with_its_horse_is_noticed(
    api, held_photograph, start_process, redis_client, monkeypatch
):
    """Nobody is left who could tell: the reconciler finds that the job's beat has stopped."""
    worker = start_process("rqworker", "exports")
    export = api.archive(held_photograph.detection)
    wait_until(is_packing(api, export), START_SECONDS, "the job runs")
    (horse,) = horses_of(worker)
    worker.kill()
    worker.wait()
    os.kill(horse, signal.SIGKILL)
    assert reconciler.reconcile() == []
    for name in ("LOOK_AFTER", "LOST_AFTER"):
        monkeypatch.setattr(reconciler, name, timedelta(0))
    wait_until(reconciler.reconcile, 10, "the reconciler sees it")
    status = api.status(export)
    assert (status["status"], status["error_code"]) == ("failed", Failure.WORKER_LOST.value)
    assert not files_of(export)


@pytest.mark.slow
def test_a_lost_worker_is_noticed_by_another(api, held_photograph, start_process):
    """With nobody looking and no scheduler: RQ's own maintenance finds the abandoned job."""
    worker = start_process("rqworker", "exports")
    export = api.archive(held_photograph.detection)
    wait_until(is_packing(api, export), START_SECONDS, "the job runs")
    horses = horses_of(worker)
    start_process("rqworker", "exports")
    worker.kill()
    worker.wait()
    for horse in horses:
        os.kill(horse, signal.SIGKILL)
    lost = lambda: not live(export["job_id"]).is_processing  # noqa: E731
    wait_until(lost, 180, "the other worker sees it")
    assert api.status(export)["error_code"] == Failure.WORKER_LOST.value
    assert not files_of(export)


@pytest.mark.parametrize(
    "count", [25, pytest.param(1000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_deletions_that_race_the_end_leave_nothing(
    api, start_process, redis_client, settings, count
):
    """Deleted at every moment of its short life, no export comes back and none leaves a file."""
    settings.EXPORT_MAX_PER_MINUTE = count + 1
    worker = start_process("rqworker", "exports")
    detection = make.detection(image=make.image(with_file=True))
    assert api.ended(api.archive(detection))["status"] == "completed"  # the worker is awake
    redis_client.delete("race")
    for number in range(count):
        export = api.archive(detection)
        polls = (api.client.get(export["links"]["status"]) for _ in range(number % 25))
        for answer in islice(polls, 24):
            assert answer.json()["status"] != "failed"
        assert api.client.delete(export["links"]["delete"]).status_code == 204
    queue = django_rq.get_queue("exports")
    idle = lambda: not queue.count and not horses_of(worker)  # noqa: E731
    wait_until(idle, 60, "the worker has nothing left to do")
    assert worker.poll() is None
    assert len(redis_client.keys("export_job:*")) == 1  # the first
    assert len(list(Path(settings.EXPORT_ROOT).iterdir())) == 1
    assert len(redis_client.keys("export_job_deleted:*")) == count
