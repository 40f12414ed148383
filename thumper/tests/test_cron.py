"""Periodic jobs, with a real scheduler and a real worker."""

from __future__ import annotations

from uuid import uuid4

import django_rq
import pytest
from django.conf import settings
from rq.job import Job

from conftest import wait_until
from reid.models import PerformanceSnapshot
from reid.tests import make

ROUNDS = {
    "exports.jobs.reconcile",
    "exports.jobs.purge",
    "exports.jobs.send_scheduled",
    "reid.jobs.purge_undone",
    "reid.jobs.sweep_uploads",
    "reid.jobs.look_for_repeats",
    "reid.jobs.resume_silent",
    "reid.jobs.tell_watchers",
    "analysis.jobs.watch",
    "analysis.jobs.propose_waiting",
    "thumper.accounts.jobs.clear_sessions",
    "thumper.accounts.jobs.delete_people",
}
"""What the queue of upkeep is given in a round."""


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_the_rounds_are_queued_and_done(redis_client, start_process, tmp_path):
    orphan = tmp_path / f"{uuid4()}.{'a' * 32}.zip"
    orphan.touch()
    start_process("rqcron", "thumper/cron.py")
    queue = django_rq.get_queue("maintenance")
    wait_until(lambda: queue.count == len(ROUNDS), 60, "the rounds are queued")
    jobs = [
        Job.fetch(job_id, connection=queue.connection, serializer="json")
        for job_id in queue.job_ids
    ]
    rescoring = django_rq.get_queue("gpu")
    wait_until(lambda: rescoring.count == 1, 60, "the gallery's round is queued")
    (job,) = rescoring.get_jobs()
    assert job.func_name in settings.RQ_REGISTERED_FUNCTIONS
    assert {job.func_name for job in jobs} == ROUNDS
    assert set(settings.RQ_REGISTERED_FUNCTIONS) >= ROUNDS
    start_process("rqworker", "maintenance", EXPORT_ROOT=str(tmp_path))
    wait_until(lambda: not orphan.exists(), 60, "the orphaned file is removed")
    wait_until(lambda: all(job.get_status() == "finished" for job in jobs), 60, "all are done")


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_identification_is_watched(redis_client, start_process):
    """A real scheduler, started twice, and a real worker make one snapshot of this period."""
    scorer = make.scorer()
    of, ada = make.detection(), make.deer("ada")
    make.embedding(of, scorer, 1, 0, 0, 0)
    make.score(of, ada, 7000, make.run(scorer, state="completed"))
    start_process("rqcron", "thumper/cron.py")
    queue = django_rq.get_queue("maintenance")
    wait_until(lambda: queue.count == len(ROUNDS), 60, "the rounds are queued")
    start_process("rqcron", "thumper/cron.py")
    wait_until(lambda: queue.count == 2 * len(ROUNDS), 60, "they are queued again")
    start_process("rqworker", "maintenance", "--burst")
    wait_until(lambda: queue.count == 0, 60, "all are done")
    wait_until(PerformanceSnapshot.objects.exists, 60, "the snapshot is taken")
    snapshot = PerformanceSnapshot.objects.get()
    assert (snapshot.scorer, snapshot.eligible) == (scorer, 1)
