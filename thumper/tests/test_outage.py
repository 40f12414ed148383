"""Outages of Redis: a job outlives one at any of its steps, and a web request does not wait for it."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import redis

from conftest import wait_until
from exports.lifecycle import operations, reconciler, retention, status
from exports.lifecycle.records import ExportStatus, Failure, Phase
from exports.lifecycle.tests.test_faults import STEPS, Stage, has_failed
from exports.lifecycle.tests.test_service import START_SECONDS, Api, files_of, horses_of
from exports.requests.specs import ArchiveSpec
from exports.tests.life import live, running
from reid.tests import make
from thumper.runtime.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from exports.lifecycle.records import ExportRecord


@pytest.mark.service
@pytest.mark.django_db
def test_a_run_waits_for_redis_and_a_request_does_not(settings, tmp_path):
    settings.EXPORT_ROOT = tmp_path
    with EmbeddedValkey(tmp_path / "home") as server:
        settings.REDIS_URL = server.url
        job_id = operations.submit(ArchiveSpec((), True, True, 300), 1).job_id
        with running(job_id) as attempt:
            server.stop()
            with pytest.raises(redis.ConnectionError):
                status.store().get(job_id)
            packing = threading.Thread(target=attempt.enter, args=(Phase.PACKING,))
            packing.start()
            packing.join(0.5)
            assert packing.is_alive()
            server.start()
            packing.join(30)
            assert live(job_id).phase is Phase.PACKING
        assert live(job_id).status is ExportStatus.COMPLETED


@pytest.mark.service
@pytest.mark.parametrize("step", ["claim", "advance", "complete", "fail"])
def test_every_write_of_a_run_waits_until_redis_is_back(settings, tmp_path, step):
    settings.EXPORT_ROOT = tmp_path
    with EmbeddedValkey(tmp_path / "home") as server:
        settings.REDIS_URL = server.url
        job_id = operations.submit(ArchiveSpec((uuid4(),), True, True, 300), 1).job_id
        patient = status.store(patient=True)
        token = "" if step == "claim" else str(_claimed(patient, job_id).attempt)
        writes: dict[str, Callable[[], object]] = {
            "claim": lambda: patient.claim(job_id),
            "advance": lambda: patient.advance(job_id, token, Phase.PACKING, 1),
            "complete": lambda: patient.complete(job_id, token, size=1, sha256="ab", missing=0),
            "fail": lambda: patient.fail(job_id, token, Failure.NO_DATA),
        }
        answers: list[object] = []
        server.stop()
        write = threading.Thread(target=lambda: answers.append(writes[step]()))
        write.start()
        write.join(0.5)
        assert write.is_alive()
        server.start()
        write.join(30)
        assert answers == [live(job_id)]


def _claimed(store: status.StatusStore, job_id: UUID) -> ExportRecord:
    record = store.claim(job_id)
    assert record is not None
    return record


# --- with real workers --------------------------------------------------------------------------
HELD = "thumper.tests.held_worker.HeldWorker"
some_or_all_steps = pytest.mark.parametrize(
    "steps",
    [("rendering", "published"), pytest.param(STEPS, marks=pytest.mark.slow)],
    ids=["some", "all"],
)


class Crashing(EmbeddedValkey):
    """A server that can be killed, and started again on what it had written."""

    def crash(self) -> None:
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)
        self.stop()


@pytest.fixture
def server(tmp_path: Path, settings: Any, export_root: Path) -> Iterator[Crashing]:
    """Not the suite's: nobody else is hurt when it dies."""
    with Crashing(tmp_path / "home") as server:
        settings.REDIS_URL = server.url
        yield server


class Supervised:
    """A worker whose horses stand where a test wants, started again when it ends, as a supervisor does."""

    def __init__(self, folder: Path, api: Api, start: Callable[..., Any]) -> None:
        self.stage, self._start = Stage(folder, api), start
        self.watch()

    def watch(self) -> None:
        worker = self.stage.worker
        if worker is None or worker.poll() is not None:
            arguments = ("rqworker", "exports", "--worker-class", HELD)
            self.stage.worker = self._start(*arguments, HOLD_DIR=str(self.stage.folder))


@pytest.fixture
def supervised(
    server: Crashing, tmp_path: Path, client: Any, settings: Any, start_process: Callable[..., Any]
) -> Supervised:
    settings.EXPORT_MAX_PER_MINUTE = 10**6
    folder = tmp_path / "hold"
    folder.mkdir()
    (folder / "at").write_text("nowhere")
    return Supervised(folder, Api(client), start_process)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@some_or_all_steps
def test_redis_crashes_at_a_step_and_comes_back_and_the_export_is_completed(
    supervised, server, steps
):
    stage, api = supervised.stage, supervised.stage.api
    for step in steps:
        export = stage.at(step)
        server.crash()
        stage.go()
        wait_until(stage.waits_for_redis, START_SECONDS, f"{step}: the run waits for Redis")
        assert api.client.get(export["links"]["status"]).status_code == 503
        assert api.client.delete(export["links"]["delete"]).status_code == 503
        server.start()
        record = api.ended(export)
        assert (step, record["status"]) == (step, "completed")
        assert len(api.download(record)) == record["file_size_bytes"]
        assert len(files_of(export)) == 1
        wait_until(lambda: _is_free(supervised), START_SECONDS, f"{step}: the worker is free")
    assert retention.purge() == []


def _is_free(supervised: Supervised) -> bool:
    supervised.watch()
    return not horses_of(supervised.stage.worker)


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_an_export_that_waits_outlives_a_crash_of_redis(server, client, start_process):
    api = Api(client)
    export = api.archive(make.detection(image=make.image(with_file=True)))
    server.crash()
    assert client.get("/api/exports/").status_code == 503
    server.start()
    assert api.status(export)["queue_position"] == 0
    start_process("rqworker", "exports")
    assert api.ended(export)["status"] == "completed"


@pytest.mark.slow
@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["claim", "packing", "published"])
def test_redis_stays_away_for_longer_than_a_run_waits_and_the_export_fails(
    supervised, server, monkeypatch, step
):
    """Nobody can say so while it is away: the reconciler does when it is back, and half a file never stands."""
    stage, api = supervised.stage, supervised.stage.api
    export = stage.at(step)
    horse = stage.horse
    server.crash()
    stage.go()
    wait_until(lambda: not Path(f"/proc/{horse}/exe").exists(), 180, "the run gives up")
    assert not [path for path in files_of(export) if path.suffix == ".part"]
    server.start()
    with monkeypatch.context() as impatient:
        for name in ("LOOK_AFTER", "LOST_AFTER"):
            impatient.setattr(reconciler, name, timedelta(0))
        wait_until(has_failed(api, export), 30, "it is found lost")
    assert files_of(export) == []
    stage.open()
    wait_until(lambda: _is_free(supervised), START_SECONDS, "there is a worker, and it is free")
    again = api.archive(make.detection(image=make.image(with_file=True)))
    assert api.ended(again)["status"] == "completed"
    assert retention.purge() == []
