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
PHOTOGRAPHS = 900
"""More than two chunks, also of a worker that nobody measures."""
WORKER = "thumper.runtime.workers.GpuWorker"
SECONDS = 0.5
"""A killed worker has gone on for so long at most: less than the chunk after the one that was seen done."""


@pytest.fixture
def card(
    request: pytest.FixtureRequest,
    process_env: dict[str, str],
    media_root: Path,
    settings: Any,
    tmp_path: Path,
) -> dict[str, str]:
    """PHOTOGRAPHS, or as many as the parameter says, with an animal on every second one; where a process finds them and the detector."""
    settings.MODEL_ROOT = tmp_path / "models"
    in_use()
    for number in range(getattr(request, "param", PHOTOGRAPHS)):
        squares = {"animal": ANIMAL} if number % 2 else {}
        photograph(number, number * 2.0, path="", **squares)
    return {"MEDIA_ROOT": str(media_root), "MODEL_ROOT": str(settings.MODEL_ROOT)}


def assert_whole() -> None:
    """Every photograph is done, and has its box once, in a sighting."""
    count = Image.objects.count()
    assert set(Image.objects.values_list("looked", flat=True)) == {"yes"}
    assert Detection.objects.count() == count // 2
    assert Detection.objects.values("image").distinct().count() == count // 2
    assert not Detection.objects.filter(sighting=None).exists()
    run = ReidRun.objects.get()
    assert (run.state, run.counts["photographs"]) == ("completed", count)
    assert (run.counts["boxes"], run.counts["blank"]) == (count // 2, count // 2)
    assert Import.objects.get().counts["detections"] == count // 2


@pytest.mark.service
@pytest.mark.usefixtures("redis_client")
@pytest.mark.parametrize(
    ("card", "kills"),
    [(PHOTOGRAPHS, 2), pytest.param(12_000, 40, marks=pytest.mark.slow)],
    indirect=["card"],
)
def test_killed_at_any_moment_a_worker_loses_nothing_and_draws_nothing_twice(
    card: dict[str, str], start_process: Callable[..., subprocess.Popen[bytes]], kills: int
) -> None:
    """A fixed seed chooses how long after a chunk; the run is queued anew as the round of each minute does it."""
    run, draw, killed = detect.start(ranger()), random.Random(kills), 0
    for _ in range(kills):
        before = ReidRun.objects.get().cursor
        worker = start_process("rqworker", "gpu", "--worker-class", WORKER, **card)

        def moved(before: str = before) -> bool:
            now = ReidRun.objects.get()
            return now.state in ReidRun.TERMINAL or now.cursor != before

        wait_until(moved, 120, "a chunk is done")
        kill_after(worker, draw.uniform(0.0, SECONDS))
        looked = Image.objects.filter(looked="yes")
        assert Detection.objects.count() == looked.filter(detections__isnull=False).count()
        assert not Detection.objects.filter(sighting=None).exists()
        assert ReidRun.objects.get().counts["photographs"] == looked.count()
        unfinished = ReidRun.objects.exclude(state__in=ReidRun.TERMINAL)
        killed += unfinished.update(heartbeat_at=make.NOON)
        jobs.resume_silent()
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
