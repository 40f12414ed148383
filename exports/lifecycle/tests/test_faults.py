"""Faults at exactly known steps, with real workers: killed, stopped, timed out, and Redis or the disk gone."""

from __future__ import annotations

import os
import random
import resource
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pytest
from django.conf import settings as django_settings
from PIL import Image as Picture
from rq.command import send_stop_job_command

from conftest import wait_until
from exports.lifecycle import retention
from exports.lifecycle.keys import key_of
from exports.lifecycle.records import Failure
from exports.lifecycle.status import store
from exports.lifecycle.tests.test_service import START_SECONDS, Api, files_of, horses_of
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]

REPORT = {"start_date": "2025-09-01", "end_date": "2025-10-31"}
STEPS = ("claim", "collecting", "rendering", "packing", "publishing", "published")
OF_REPORTS = ("collecting", "rendering")
some_or_all_steps = pytest.mark.parametrize(
    "steps",
    [("claim", "packing", "published"), pytest.param(STEPS, marks=pytest.mark.slow)],
    ids=["some", "all"],
)


@pytest.fixture
def api(client, redis_client, settings) -> Api:
    settings.EXPORT_MAX_PER_MINUTE = 10**6
    return Api(client)


def has_failed(api: Api, export: dict[str, Any]) -> Callable[[], bool]:
    return lambda: api.status(export)["status"] == "failed"


def has_no_files(export: dict[str, Any]) -> Callable[[], bool]:
    return lambda: not files_of(export)


class Stage:
    """A real worker whose work-horses stand still at the step that `at` names."""

    def __init__(self, folder: Path, api: Api) -> None:
        self.folder, self.api = folder, api
        self.worker: Any = None
        self._exports = 0

    def at(self, step: str, *, deaf: bool = False) -> Any:
        """Submit an export whose work-horse then stands at `step`; return the 202."""
        for name in ("held", "go", "deaf", "away"):
            (self.folder / name).unlink(missing_ok=True)
        if deaf:
            (self.folder / "deaf").touch()
        (self.folder / "at").write_text(step)
        self._exports += 1
        if step in OF_REPORTS:
            export = self.api.submit("pdf", **REPORT, title=f"Report {self._exports}")
        else:
            export = self.api.archive(make.detection(image=make.image(with_file=True)))
        wait_until((self.folder / "held").exists, START_SECONDS, f"the job stands at {step}")
        return export

    def go(self) -> None:
        (self.folder / "go").touch()

    def open(self) -> None:
        """No work-horse is to stand anywhere any more."""
        (self.folder / "at").write_text("nowhere")

    def waits_for_redis(self) -> bool:
        return (self.folder / "away").exists()

    @property
    def horse(self) -> int:
        (horse,) = horses_of(self.worker)
        return horse

    def is_idle(self) -> bool:
        return not horses_of(self.worker)


@pytest.fixture
def stage(api, tmp_path: Path, start_process: Callable[..., Any]) -> Stage:
    folder = tmp_path / "hold"
    folder.mkdir()
    (folder / "at").write_text("nowhere")
    stage = Stage(folder, api)
    held = "thumper.tests.held_worker.HeldWorker"
    stage.worker = start_process(
        "rqworker", "exports", "--worker-class", held, HOLD_DIR=str(folder)
    )
    return stage


def test_a_work_horse_killed_at_each_step_fails_its_export_and_leaves_no_file(stage, api):
    for step in STEPS:
        export = stage.at(step)
        assert len(files_of(export)) == (0 if step == "claim" else 1), step
        os.kill(stage.horse, signal.SIGKILL)
        wait_until(has_failed(api, export), 10, f"{step}: it is seen")
        assert api.status(export)["error_code"] == Failure.WORKER_KILLED.value
        wait_until(has_no_files(export), 10, f"{step}: the file goes")
        assert api.client.delete(export["links"]["delete"]).status_code == 204


def test_a_work_horse_killed_after_completion_takes_nothing_back(stage, api):
    export = stage.at("completed")
    os.kill(stage.horse, signal.SIGKILL)
    wait_until(stage.is_idle, 20, "the kill is seen")
    assert api.ended(api.submit("pdf", **REPORT, title="Next"))["status"] == "completed"
    status = api.status(export)
    assert (status["status"], status["error_code"]) == ("completed", None)
    assert len(api.download(status)) == status["file_size_bytes"]


@some_or_all_steps
def test_deleted_at_each_step_nothing_is_left(stage, api, redis_client, steps):
    """Once stopped by the command, once (where the file already stands) by its own compare-and-set."""
    for step in steps:
        export = stage.at(step)
        assert api.client.delete(export["links"]["delete"]).status_code == 204
        stage.go()
        wait_until(stage.is_idle, START_SECONDS, f"{step}: the run ends")
        wait_until(has_no_files(export), 10, f"{step}: the file goes")
        assert not redis_client.exists(key_of(UUID(export["job_id"])))


def test_a_job_stopped_by_the_operator_says_so(stage, api):
    export = stage.at("rendering")
    send_stop_job_command(store().client, export["job_id"], serializer="json")
    wait_until(has_failed(api, export), 20, "the stop is seen")
    assert api.status(export)["error_code"] == Failure.STOPPED.value
    wait_until(has_no_files(export), 10, "the file goes")


@pytest.mark.parametrize("deaf", [False, True])
def test_a_timeout_ends_the_export_also_where_a_broad_except_swallows_it(
    stage, api, settings, deaf
):
    """RQ raises once in the job; a library that catches everything would let it end as completed."""
    settings.EXPORT_JOB_TIMEOUT = 2
    export = stage.at("rendering", deaf=deaf)
    status = api.ended(export)
    assert (status["status"], status["error_code"]) == ("failed", Failure.TIMEOUT.value)
    wait_until(has_no_files(export), 10, "the file goes")


@some_or_all_steps
def test_a_flushed_redis_leaves_no_key_and_no_file(stage, api, redis_client, steps):
    for step in steps:
        export = stage.at(step)
        redis_client.flushdb()
        assert api.client.get(export["links"]["status"]).status_code == 404
        stage.go()
        wait_until(stage.is_idle, START_SECONDS, f"{step}: the run ends")
        assert not files_of(export)
        assert redis_client.keys("export_job:*") == []


def test_a_disk_that_is_full_fails_the_export_in_words(api, start_process, export_root):
    """The kernel itself refuses to write beyond 64 KiB, for the worker and its work-horses."""
    noise = np.random.default_rng(1).integers(0, 255, (1200, 1200, 3), dtype=np.uint8)
    path = Path(django_settings.MEDIA_ROOT) / "test/noise.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(noise).save(path, "JPEG", quality=95)
    image = make.image("test/noise.jpg", width=1200, height=1200)
    detection = make.detection(image=image, x=0, y=0, width=1200, height=1200)
    worker = start_process("rqworker", "exports")
    assert api.ended(api.submit("zip", detection_ids=[str(detection.pk)]))["status"] == "completed"
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (2**16, 2**16))
    export = api.submit("zip", detection_ids=[str(detection.pk)], crop_size=1024)
    status = api.ended(export)
    assert status["error_code"] == Failure.DISK_FULL.value
    assert status["error_message"] == Failure.DISK_FULL.sentence
    wait_until(has_no_files(export), 10, "the half file goes")


@pytest.mark.parametrize(
    "rounds", [10, pytest.param(1000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_killed_at_any_moment_every_export_ends(api, start_process, rounds):
    """A fixed seed chooses when; what the kill comes too late for is completed and whole."""
    worker = start_process("rqworker", "exports")
    detection = make.detection(image=make.image(with_file=True))
    assert api.ended(api.archive(detection))["status"] == "completed"
    moments, ended = random.Random(20251122), set()
    for number in range(rounds):
        export = api.archive(detection)
        wait_until(lambda: horses_of(worker), 30, "the work-horse is there")
        for _ in range(moments.randrange(60)):
            if api.status(export)["status"] != "processing":
                break
        for horse in horses_of(worker):
            os.kill(horse, signal.SIGKILL)
        status = api.ended(export)
        ended.add(status["error_code"] or status["status"])
        if status["status"] == "completed":
            assert len(files_of(export)) == 1
        else:
            wait_until(has_no_files(export), 10, f"round {number}: its files")
        assert api.client.delete(export["links"]["delete"]).status_code == 204
        wait_until(lambda: not horses_of(worker), 10, "the worker is free")
    assert ended <= {"completed", Failure.WORKER_KILLED.value}
    assert worker.poll() is None
    assert len(retention.purge()) == 0
