"""Faults in the middle of the work: nothing half written, nothing twice, nothing lost in silence."""

from __future__ import annotations

import errno
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import Error, connection
from django.db.models import Count

from conftest import kill_after, wait_until
from reid.db.disk import DiskRefuses
from reid.embedding import spaces
from reid.identifying import assignments, identify
from reid.models import Decision, Detection, Embedding, ReidRun, Scorer, Sighting, SimilarityScore
from reid.tests import make, tiny_models
from reid.tests.herds import herd

if TYPE_CHECKING:
    import subprocess

DEER = 3


def finish(run: ReidRun) -> None:
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()


def half_written() -> list[int]:
    """Numbers of scores that a detection may not have: a reference is not compared with its own deer."""
    counts = Detection.objects.filter(is_reference=False).annotate(number=Count("scores"))
    return [number for number in counts.values_list("number", flat=True) if number not in (0, DEER)]


def scored_but_undecided() -> int:
    scored = SimilarityScore.objects.values("detection__sighting")
    decided = Decision.objects.values("sighting")
    return Sighting.objects.filter(pk__in=scored).exclude(pk__in=decided).count()


@pytest.mark.service
@pytest.mark.parametrize(
    ("kills", "sightings"), [(3, 2000), pytest.param(20, 12_000, marks=pytest.mark.slow)]
)
def test_a_worker_killed_at_random_points_loses_nothing(start_process, kills, sightings) -> None:
    scorer = herd(sightings, DEER)
    draw = random.Random(kills)
    killed = 0
    for _ in range(kills):
        before = ReidRun.objects.values_list("cursor", flat=True).first() or ""
        worker = start_process("identify_detections", "--space", scorer.name)

        def moved(before: str = before, worker: subprocess.Popen[bytes] = worker) -> bool:
            run = ReidRun.objects.first()
            return worker.poll() is not None or (run is not None and run.cursor > before)

        wait_until(moved, 60, "the run goes on")
        killed += kill_after(worker, draw.uniform(0.0, 0.5))
        assert half_written() == []
        assert scored_but_undecided() == 0
        # What the periodic round waits three minutes for.
        ReidRun.objects.update(heartbeat_at=make.NOON)
    assert killed > 0
    run = ReidRun.objects.get()
    finish(run)
    total = sightings + DEER
    assert (run.state, run.counts["sightings"]) == ("completed", total)
    assert Decision.objects.count() == total
    assert SimilarityScore.objects.count() == total * DEER - DEER


@pytest.mark.service
def test_two_workers_on_the_same_detections(start_process) -> None:
    scorer = herd(1500, DEER)
    workers = [start_process("identify_detections", "--space", scorer.name) for _ in range(2)]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    assert half_written() == []
    assert SimilarityScore.objects.count() == 1503 * DEER - DEER
    for run in ReidRun.objects.all():
        assert run.state == "completed"
        assert run.decisions.count() == run.counts["sightings"] == 1503


@pytest.fixture
def photographed(tmp_path, settings, monkeypatch, media_root):
    """A small real model, and four photographs that it has not seen yet."""
    monkeypatch.setattr(spaces, "_loaded", {})
    settings.MODEL_ROOT = tmp_path
    weights = tiny_models.torchscript(tiny_models.Colours())
    space = spaces.activate(spaces.register(tiny_models.folder(tmp_path, "tiny", weights)))
    for number in range(4):
        is_known = number == 0
        make.detection(
            image=make.image(with_file=True),
            deer=make.deer() if is_known else None,
            is_reference=is_known,
        )
    return Scorer.objects.of(space)


@pytest.mark.django_db
def test_a_full_disk_leaves_the_run_to_go_on_and_no_half_a_crop(photographed, monkeypatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    run = identify.create_run(photographed)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(
            DiskRefuses, match=r"takes nothing more \(No space left on device\): make"
        ):
            finish(run)
    run.refresh_from_db()
    assert (run.state, run.error, run.cursor) == ("running", "", "")
    assert not [path for path in settings.MEDIA_ROOT.rglob("crops/**/*") if path.is_file()]
    assert not Embedding.objects.exists()
    finish(run)
    assert (run.counts["embedded"], run.counts["sightings"]) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_in_a_chunk_takes_the_whole_chunk_back(monkeypatch) -> None:
    """Its connection is cut between the scores and the decisions."""
    scorer = herd(5, DEER)
    real = assignments.record

    def cut(*given):
        real(*given)
        connection.connection.close()
        Decision.objects.exists()

    run = identify.create_run(scorer)
    with monkeypatch.context() as patch:
        patch.setattr(assignments, "record", cut)
        with pytest.raises(Error):
            finish(run)
    connection.close()
    run.refresh_from_db()
    assert run.state in ("failed", "running")  # told, or resumed by the periodic round
    assert (run.cursor, run.counts.get("sightings")) == ("", None)
    assert not SimilarityScore.objects.exists()
    assert not Decision.objects.exists()
    again = identify.create_run(scorer)
    finish(again)
    assert again.counts["sightings"] == 8
    assert SimilarityScore.objects.count() == 8 * DEER - DEER
