"""Identification on the real queue, and in a real process that is killed."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import django_rq
import pytest
from django.utils import timezone
from rq import SimpleWorker

from conftest import wait_until
from reid import jobs
from reid.identifying import backfill, identify, run_workers
from reid.identifying.backfill import Part
from reid.models import Decision, ReidRun, Sighting, SimilarityScore
from reid.tests import make
from reid.tests.herds import herd

if TYPE_CHECKING:
    from uuid import UUID


def work() -> None:
    """A worker in this process takes what is queued, and what that queues, then stops."""
    queue = django_rq.get_queue(run_workers.GPU)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)


@pytest.mark.django_db(transaction=True)
def test_a_run_goes_through_the_queue_in_short_jobs(redis_client, monkeypatch) -> None:
    monkeypatch.setattr(identify, "CHUNK", 4)
    monkeypatch.setattr(run_workers, "SECONDS_A_JOB", 0.0)
    scorer = herd(10)
    done: list[UUID] = []
    advance = identify.advance

    def counted(run_id: UUID) -> bool:
        done.append(run_id)
        return advance(run_id)

    monkeypatch.setattr(identify, "advance", counted)
    run = identify.start(scorer)
    assert run.state == ReidRun.State.PENDING
    work()
    run.refresh_from_db()
    assert (run.state, run.counts["sightings"]) == ("completed", 13)
    assert len(done) == 5  # four chunks of at most four, and one that finds nothing left
    assert django_rq.get_queue(run_workers.GPU).count == 0


@pytest.mark.django_db(transaction=True)
def test_one_run_a_space_is_under_way(redis_client) -> None:
    scorer = herd(1)
    first = identify.start(scorer)
    assert identify.start(scorer) == first
    assert django_rq.get_queue(run_workers.GPU).count == 1
    assert identify.start(make.scorer(8, is_active=False)) != first


@pytest.mark.django_db(transaction=True)
def test_a_silent_run_is_queued_again(redis_client) -> None:
    scorer = herd(1)
    run = identify.start()
    assert identify.silent_run(scorer) is None
    silent = timezone.now() - run_workers.SILENCE - timedelta(seconds=1)
    ReidRun.objects.update(heartbeat_at=silent)
    assert identify.silent_run(None) == run
    assert identify.start() == run
    assert django_rq.get_queue(run_workers.GPU).count == 2
    work()
    run.refresh_from_db()
    assert (run.state, run.scorer) == ("completed", scorer)


@pytest.mark.django_db(transaction=True)
def test_the_periodic_round_queues_each_silent_run_once(redis_client) -> None:
    scorer = herd(1)
    silent = timezone.now() - run_workers.SILENCE - timedelta(seconds=1)
    identification = identify.start(scorer)
    backfilling = backfill.start(scorer, Part())
    make.run(scorer, state="completed", heartbeat_at=silent)
    assert jobs.resume_silent() == []
    ReidRun.objects.update(heartbeat_at=silent)
    assert set(jobs.resume_silent()) == {str(identification.pk), str(backfilling.pk)}
    assert jobs.resume_silent() == []
    assert django_rq.get_queue(run_workers.GPU).count == 4
    work()
    assert set(ReidRun.objects.values_list("state", flat=True)) == {"completed"}


@pytest.mark.django_db
def test_of_two_rounds_that_see_the_same_silent_run_one_takes_it() -> None:
    run = make.run(make.scorer(), heartbeat_at=make.NOON)
    assert run_workers.take_over(run)
    assert not run_workers.take_over(run)


@pytest.mark.service
def test_a_killed_worker_leaves_whole_sightings_and_the_next_goes_on(start_process) -> None:
    scorer = herd(3000)
    worker = start_process("identify_detections", "--space", scorer.name)
    wait_until(lambda: ReidRun.objects.exclude(cursor="").exists(), 60, "the first chunk")
    worker.kill()
    worker.wait()
    run = ReidRun.objects.get()
    assert (run.state, run.finished_at) == ("running", None)

    def left_over() -> tuple[int, int, int]:
        """Sightings behind the cursor, their decisions, and those of their scores that are logged."""
        behind = Sighting.objects.filter(encounter__lte=run.cursor)
        return (
            behind.count(),
            Decision.objects.filter(sighting__in=behind).count(),
            SimilarityScore.objects.filter(detection__sighting__in=behind).count(),
        )

    sightings, decisions, scores = left_over()
    assert 0 < sightings < 3003
    assert sightings == decisions == Decision.objects.count() == run.counts["sightings"]
    assert scores == SimilarityScore.objects.count() == run.counts["scores"]

    ReidRun.objects.update(heartbeat_at=timezone.now() - 2 * run_workers.SILENCE)
    assert start_process("identify_detections", "--space", scorer.name).wait() == 0
    run.refresh_from_db()
    assert (run.state, ReidRun.objects.count()) == ("completed", 1)
    # each reference was not compared with its own deer
    assert left_over() == (3003, 3003, 3003 * 3 - 3)


def test_importing_the_job_does_not_load_torch() -> None:
    """Web processes import it to queue work."""
    code = (
        "import django; django.setup(); import reid.jobs, reid.identifying.identify, sys; "
        "sys.exit('torch' in sys.modules)"
    )
    finished = subprocess.run([sys.executable, "-c", code], check=False)
    assert finished.returncode == 0
