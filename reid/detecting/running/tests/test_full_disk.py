"""Detection on a disk that takes nothing more: said in one sentence, nothing lost, and gone on with where it stopped."""

from __future__ import annotations

import errno
import os
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from conftest import said_by
from reid import jobs
from reid.detecting.running import boxes, detect
from reid.detecting.running.tests.photographed import finish, in_use, photograph, ranger
from reid.identifying import run_workers
from reid.models import Detection, Import
from reid.tests import make

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANIMAL = (30, 30, 60, 30)
PHOTOGRAPHS = 60
LIMIT = 2**17
"""Bytes of a file beyond which the kernel refuses to write: the run begins within them, and its boxes need more."""


@pytest.fixture(autouse=True)
def _photographs(media_root: Path, settings: Any, tmp_path: Path, db: None) -> None:
    settings.MODEL_ROOT = tmp_path / "models"
    in_use()
    for number in range(PHOTOGRAPHS):
        photograph(number, number * 10.0, animal=ANIMAL)


@contextmanager
def full_disk(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """What the process writes to the database finds no room: by the kernel, or by a server that says so of each box."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            )  # what is written begins at its beginning
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON reid_detection EXECUTE FUNCTION full_disk()"
        )
        yield
        cursor.execute("DROP FUNCTION full_disk CASCADE")


@pytest.mark.service
def test_a_full_disk_ends_the_command_in_one_sentence_and_it_goes_on_when_there_is_room(
    process_env: dict[str, str],
    start_process: Callable[..., subprocess.Popen[bytes]],
    media_root: Path,
    settings: Any,
) -> None:
    run = detect.create_run(ranger())
    places = {"MEDIA_ROOT": str(media_root), "MODEL_ROOT": str(settings.MODEL_ROOT)}
    # What measures coverage would find no room for its own file either, and say so.
    places |= {name: "" for name in os.environ if name.startswith("COVERAGE_PROCESS")}
    command = start_process("detect_animals", "--resume", str(run.pk), "--no-progress", **places)
    with full_disk(command):
        assert command.wait(120) == 1
    (said,) = said_by().strip().splitlines()
    assert said.startswith("CommandError: The disk takes nothing more (")
    assert said.endswith(
        f": make room on it. Go on later with: manage.py detect_animals --resume {run.pk}"
    )
    run.refresh_from_db()
    assert (run.state, run.cursor, run.error) == ("running", "", "")
    assert not Detection.objects.exists()
    finish(run)
    assert (run.state, run.counts["boxes"]) == ("completed", PHOTOGRAPHS)
    assert Import.objects.get().state == Import.State.COMPLETED


@pytest.mark.usefixtures("redis_client")
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        PermissionError(errno.EROFS, "Read-only file system", "/photos"),
    ],
)
def test_a_worker_leaves_the_run_and_takes_it_up_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(detect, "CHUNK", PHOTOGRAPHS // 2)
    run = detect.create_run(ranger())
    detect.advance(run.pk)
    run.refresh_from_db()
    cursor = run.cursor
    with monkeypatch.context() as patch:
        patch.setattr(boxes, "write", refuse)
        jobs.detect(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.cursor) == ("running", cursor)
    run.heartbeat_at = make.NOON - run_workers.SILENCE
    run.save()
    assert jobs.resume_silent() == [str(run.pk)]
    jobs.detect(str(run.pk))
    run.refresh_from_db()
    assert (run.state, run.counts["boxes"]) == ("completed", PHOTOGRAPHS)
