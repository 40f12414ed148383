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
from reid.identifying import identify, run_lifecycle
from reid.identifying.backfill import Part
from reid.models import Decision, ReidRun, Sighting, SimilarityScore
from reid.tests import make
from reid.tests.herds import herd

if TYPE_CHECKING:
    from uuid import UUID


def work() -> None:
    """A worker in this process takes what is queued, and what that queues, then stops."""
    queue = django_rq.get_queue(jobs.QUEUE)
    worker = SimpleWorker([queue], connection=queue.connection, serializer=queue.serializer)
    worker.work(burst=True)


@pytest.mark.django_db(transaction=True)
def test_a_run_goes_through_the_queue_in_short_jobs(redis_client, monkeypatch) -> None:
    monkeypatch.setattr(identify, "CHUNK", 4)
    monkeypatch.setattr(jobs, "SECONDS_A_JOB", 0.0)
    space = herd(10)
    done: list[UUID] = []

    def counted(run_id: UUID) -> bool:
        done.append(run_id)
        return identify.advance(run_id)

    monkeypatch.setattr(jobs, "advance", counted)
    run = jobs.start_identification(space)
    assert run.state == ReidRun.State.PENDING
    work()
    run.refresh_from_db()
    assert (run.state, run.counts["sightings"]) == ("completed", 13)
    assert len(done) == 5  # four chunks of at most four, and one that finds nothing left
    assert django_rq.get_queue(jobs.QUEUE).count == 0


@pytest.mark.django_db(transaction=True)
def test_one_run_a_space_is_under_way(redis_client) -> None:
    space = herd(1)
    first = jobs.start_identification(space)
    assert jobs.start_identification(space) == first
    assert django_rq.get_queue(jobs.QUEUE).count == 1
    assert jobs.start_identification(make.space(8, is_active=False)) != first


@pytest.mark.django_db(transaction=True)
def test_a_silent_run_is_queued_again(redis_client) -> None:
    space = herd(1)
    run = jobs.start_identification()
    assert jobs.silent_run(space) is None
    silent = timezone.now() - run_lifecycle.SILENCE - timedelta(seconds=1)
    ReidRun.objects.update(heartbeat_at=silent)
    assert jobs.silent_run(None) == run
    assert jobs.start_identification() == run
    assert django_rq.get_queue(jobs.QUEUE).count == 2
    work()
    run.refresh_from_db()
    assert (run.state, run.space) == ("completed", space)


@pytest.mark.django_db(transaction=True)
def test_the_periodic_round_queues_each_silent_run_once(redis_client) -> None:
    space = herd(1)
    silent = timezone.now() - run_lifecycle.SILENCE - timedelta(seconds=1)
    identification = jobs.start_identification(space)
    backfilling = jobs.start_backfill(space, Part())
    make.run(space, state="completed", heartbeat_at=silent)
    assert jobs.resume_silent() == []
    ReidRun.objects.update(heartbeat_at=silent)
    assert set(jobs.resume_silent()) == {str(identification.pk), str(backfilling.pk)}
    assert jobs.resume_silent() == []
    assert django_rq.get_queue(jobs.QUEUE).count == 4
    work()
    assert set(ReidRun.objects.values_list("state", flat=True)) == {"completed"}


@pytest.mark.django_db
def test_of_two_rounds_that_see_the_same_silent_run_one_takes_it() -> None:
    run = make.run(make.space(), heartbeat_at=make.NOON)
    assert jobs._take_over(run)
    assert not jobs._take_over(run)


@pytest.mark.service
def test_a_killed_worker_leaves_whole_sightings_and_the_next_goes_on(start_process) -> None:
    space = herd(3000)
    worker = start_process("identify_detections", "--space", space.name)
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

    ReidRun.objects.update(heartbeat_at=timezone.now() - 2 * run_lifecycle.SILENCE)
    assert start_process("identify_detections", "--space", space.name).wait() == 0
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
