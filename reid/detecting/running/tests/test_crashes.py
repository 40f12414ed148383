"""Real worker processes that are killed, or work on one run together: nothing lost, nothing twice."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django_rq
import pytest
from rq import SimpleWorker

from conftest import kill_after, wait_until
from reid import jobs
from reid.detecting.running import detect
from reid.detecting.running.tests.photographed import detected, in_use, photograph, ranger
from reid.identifying import run_workers
from reid.models import Detection, Image, Import, ReidRun
from reid.tests import make

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

ANIMAL = (30, 30, 60, 30)
PHOTOGRAPHS = 600
"""More than two chunks."""


@pytest.fixture
def card(
    process_env: dict[str, str], media_root: Path, settings: Any, tmp_path: Path
) -> dict[str, str]:
    """Photographs with an animal on every second one; where a process finds them and the detector."""
    settings.MODEL_ROOT = tmp_path / "models"
    in_use()
    for number in range(PHOTOGRAPHS):
        squares = {"animal": ANIMAL} if number % 2 else {}
        photograph(number, number * 2.0, path="", **squares)
    return {"MEDIA_ROOT": str(media_root), "MODEL_ROOT": str(settings.MODEL_ROOT)}


def assert_whole() -> None:
    """Every photograph is done, and has its box once, in a sighting."""
    assert set(Image.objects.values_list("looked", flat=True)) == {"yes"}
    assert Detection.objects.count() == PHOTOGRAPHS // 2
    assert Detection.objects.values("image").distinct().count() == PHOTOGRAPHS // 2
    assert not Detection.objects.filter(sighting=None).exists()
    run = ReidRun.objects.get()
    assert (run.state, run.counts["photographs"]) == ("completed", PHOTOGRAPHS)
    assert (run.counts["boxes"], run.counts["blank"]) == (PHOTOGRAPHS // 2, PHOTOGRAPHS // 2)
    assert Import.objects.get().counts["detections"] == PHOTOGRAPHS // 2


@pytest.mark.service
def test_a_worker_killed_at_random_points_loses_nothing(
    card: dict[str, str], start_process: Callable[..., subprocess.Popen[bytes]]
) -> None:
    run, draw, killed = detect.create_run(ranger()), random.Random(7), 0
    for _ in range(2):
        before = ReidRun.objects.get().cursor
        worker = start_process("detect_animals", "--resume", str(run.pk), "--no-progress", **card)

        def moved(before: str = before, worker: subprocess.Popen[bytes] = worker) -> bool:
            return worker.poll() is not None or ReidRun.objects.get().cursor != before

        wait_until(moved, 120, "a chunk is done")
        killed += kill_after(worker, draw.uniform(0.0, 0.5))
        looked = Image.objects.filter(looked="yes")
        assert Detection.objects.count() == looked.filter(detections__isnull=False).count()
        assert not Detection.objects.filter(sighting=None).exists()
    assert killed > 0
    while detect.advance(run.pk):
        pass
    assert_whole()


@pytest.mark.service
def test_two_processes_on_one_run_do_each_photograph_once(
    card: dict[str, str], start_process: Callable[..., subprocess.Popen[bytes]]
) -> None:
    run = detect.create_run(ranger())
    arguments = ("detect_animals", "--resume", str(run.pk), "--no-progress")
    workers = [start_process(*arguments, **card) for _ in range(2)]
    assert [worker.wait(240) for worker in workers] == [0, 0]
    assert_whole()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("redis_client", "media_root")
def test_a_silent_run_is_queued_again_and_done_in_short_jobs(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.MODEL_ROOT = tmp_path
    in_use()
    for number in range(3):
        photograph(number, number * 10.0, animal=ANIMAL)
    monkeypatch.setattr(detect, "CHUNK", 1)
    monkeypatch.setattr(run_workers, "SECONDS_A_JOB", 0.0)
    run = detect.start(ranger())
    queue = django_rq.get_queue(run_workers.GPU)
    queue.empty()  # Redis lost it
    ReidRun.objects.update(heartbeat_at=make.NOON - timedelta(days=1))
    assert jobs.resume_silent() == [str(run.pk)]
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)
    run.refresh_from_db()
    assert (run.state, run.counts["boxes"], queue.count) == ("completed", 3, 0)
    assert "photographs" not in detected().counts
