"""Queue and status together: made in one step, compared, and taken apart again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
from rq.job import Job, JobStatus

from exports.lifecycle import operations, reconciler, status
from exports.lifecycle.errors import ExportNotFound, UnreadableStatus
from exports.lifecycle.keys import key_of
from exports.lifecycle.reconciler import LOOK_AFTER, LOST_AFTER, UNQUEUED_AFTER, judge
from exports.lifecycle.records import ExportStatus, Failure, Phase
from exports.lifecycle.status import StatusStore, store
from exports.requests.specs import ExportKind
from exports.tests.life import NOW, OWNER, claim, live, record
from reid.db import shared_clock

QUEUE_KEY = "rq:queue:exports"
OLD = NOW + max(LOST_AFTER, UNQUEUED_AFTER) + timedelta(seconds=1)


@pytest.fixture
def later(monkeypatch):
    """Let time pass for what compares with the clock."""

    def later(**by: float):
        passed = shared_clock.now
        monkeypatch.setattr(shared_clock, "now", lambda: passed() + timedelta(**by))

    return later


def set_job(redis_client, job_id, **fields: str) -> None:
    redis_client.hset(f"rq:job:{job_id}", mapping=fields)


def test_status_and_queue_entry_are_made_together(submit, redis_client):
    job_id = str(submit(count=3).job_id)
    assert redis_client.lrange(QUEUE_KEY, 0, -1) == [job_id.encode()]
    stored = json.loads(redis_client.get(f"export_job:{job_id}"))
    assert (stored["status"], stored["total_count"]) == ("processing", 3)


def test_the_payload_is_json_and_names_a_registered_function(submit, redis_client, settings):
    job = Job.fetch(str(submit().job_id), connection=redis_client, serializer="json")
    assert job.func_name == "exports.jobs.build_archive"
    assert job.func_name in settings.RQ_REGISTERED_FUNCTIONS
    assert job.timeout == settings.EXPORT_JOB_TIMEOUT


def test_where_redis_refuses_neither_is_made(submit, redis_client, monkeypatch):
    def broken(self, pipe, created):
        raise redis.ConnectionError

    monkeypatch.setattr(status.StatusStore, "add", broken)
    with pytest.raises(redis.ConnectionError):
        submit()
    assert redis_client.llen(QUEUE_KEY) == 0
    assert redis_client.keys("export_job:*") == []


def test_exports_wait_in_line(submit):
    first, second = submit(), submit()
    assert operations.current(first.job_id, OWNER).queue_position == 0
    assert operations.current(second.job_id, OWNER).queue_position == 1
    assert [export.queue_position for export in operations.of_owner(OWNER).live] == [1, 0]


def test_what_runs_has_no_place_in_the_line(submit):
    job_id = submit().job_id
    store().claim(job_id)
    assert operations.current(job_id, OWNER).queue_position is None
    assert operations.of_owner(OWNER).live[0].queue_position is None


def test_another_owner_or_another_kind_finds_nothing(submit, redis_client):
    job_id = submit().job_id
    with pytest.raises(ExportNotFound):
        operations.current(job_id, OWNER + 1)
    with pytest.raises(ExportNotFound):
        operations.current(job_id, OWNER, ExportKind.PDF)
    redis_client.set(key_of(job_id), "broken")
    with pytest.raises(ExportNotFound):
        operations.current(job_id, OWNER + 1)
    with pytest.raises(UnreadableStatus):
        operations.current(job_id, OWNER)


def test_withdrawing_what_waits_leaves_nothing_of_it(submit, redis_client):
    job_id = submit().job_id
    with pytest.raises(ExportNotFound):
        operations.withdraw(job_id, OWNER + 1)
    operations.withdraw(job_id, OWNER)
    assert redis_client.llen(QUEUE_KEY) == 0
    assert not redis_client.exists(key_of(job_id), f"rq:job:{job_id}")
    with pytest.raises(ExportNotFound):
        operations.withdraw(job_id, OWNER)


def test_withdrawing_works_without_a_job_and_without_a_readable_status(submit, redis_client):
    job_id = submit().job_id
    redis_client.delete(f"rq:job:{job_id}")
    redis_client.set(key_of(job_id), "broken")
    operations.withdraw(job_id, OWNER)
    assert not redis_client.exists(key_of(job_id))


def test_withdrawing_what_says_it_runs_but_has_no_worker(submit, redis_client):
    """Between being taken and being marked, a job may say started and name no worker."""
    job_id = submit().job_id
    set_job(redis_client, job_id, status="started")
    operations.withdraw(job_id, OWNER)
    assert not redis_client.exists(key_of(job_id))


@pytest.mark.parametrize(
    ("state", "heartbeat", "unqueued_since", "verdict"),
    [
        (None, None, None, Failure.QUEUE_LOST),
        (JobStatus.QUEUED, None, None, None),
        (JobStatus.QUEUED, None, OLD - UNQUEUED_AFTER, None),
        (JobStatus.QUEUED, None, OLD - UNQUEUED_AFTER - timedelta(seconds=1), Failure.QUEUE_LOST),
        (JobStatus.STARTED, OLD - LOST_AFTER, None, None),
        (JobStatus.STARTED, OLD - LOST_AFTER - timedelta(seconds=1), None, Failure.WORKER_LOST),
        (JobStatus.STARTED, None, None, Failure.WORKER_LOST),
        (JobStatus.FAILED, None, None, Failure.WORKER_LOST),
        (JobStatus.STOPPED, None, None, Failure.WORKER_LOST),
        (JobStatus.CANCELED, None, None, Failure.WORKER_LOST),
        (JobStatus.FINISHED, None, None, Failure.WORKER_LOST),
    ],
)
def test_the_verdict_on_a_record_that_has_been_still_for_long(
    state, heartbeat, unqueued_since, verdict
):
    assert judge(record(), state, heartbeat, unqueued_since, OLD) is verdict


def test_a_fresh_record_is_believed():
    assert judge(record(), None, None, None, NOW + LOOK_AFTER) is None


def test_what_waited_for_long_has_a_minute_between_queue_and_work(submit, redis_client):
    """However long it waited: only from when it is first seen in neither does the minute run."""
    job_id = submit().job_id
    waited = replace(live(job_id), updated_at=datetime.now(UTC) - timedelta(hours=1))
    redis_client.set(key_of(job_id), waited.to_json())
    redis_client.lmove(QUEUE_KEY, f"{QUEUE_KEY}:intermediate")
    for _ in range(2):
        assert operations.current(job_id, OWNER).record.is_processing
    long_ago = datetime.now(UTC) - UNQUEUED_AFTER - timedelta(seconds=1)
    redis_client.set(f"{QUEUE_KEY}:intermediate:first_seen:{job_id}", long_ago.timestamp())
    assert operations.current(job_id, OWNER).record.error_code is Failure.QUEUE_LOST


def test_looking_at_a_lost_export_fails_it(submit, redis_client, later):
    job_id = submit().job_id
    redis_client.delete(f"rq:job:{job_id}", QUEUE_KEY)
    assert operations.current(job_id, OWNER).record.is_processing
    later(seconds=31)
    seen = operations.current(job_id, OWNER).record
    assert (seen.status, seen.error_code) == (ExportStatus.FAILED, Failure.QUEUE_LOST)
    assert seen.error == Failure.QUEUE_LOST.sentence


def test_looking_at_a_waiting_export_neither_fails_nor_lengthens_it(submit, redis_client, later):
    job_id = submit().job_id
    redis_client.expire(key_of(job_id), 100)
    later(seconds=3000)
    assert operations.current(job_id, OWNER).record.is_processing
    assert redis_client.ttl(key_of(job_id)) <= 100


def test_a_round_fails_the_lost_and_keeps_the_waiting_alive(submit, redis_client, later):
    waiting, lost = submit().job_id, submit().job_id
    redis_client.delete(f"rq:job:{lost}")
    for job_id in (waiting, lost):
        redis_client.expire(key_of(job_id), 100)
    later(seconds=3000)
    assert [record.job_id for record in reconciler.reconcile()] == [lost]
    assert live(lost).error_code is Failure.QUEUE_LOST
    assert live(waiting).is_processing
    assert redis_client.ttl(key_of(waiting)) > 100


def test_a_round_leaves_the_fresh_alone(submit, redis_client):
    job_id = submit().job_id
    redis_client.expire(key_of(job_id), 100)
    assert reconciler.reconcile() == []
    assert redis_client.ttl(key_of(job_id)) <= 100


def test_a_round_leaves_what_beats_alone(submit, redis_client, later):
    job_id = submit().job_id
    store().claim(job_id)
    later(seconds=40)
    beat = (datetime.now(UTC) + timedelta(seconds=40)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    set_job(redis_client, job_id, status="started", last_heartbeat=beat)
    assert reconciler.reconcile() == []
    later(seconds=40 + LOST_AFTER.total_seconds() + 1)
    assert len(reconciler.reconcile()) == 1
    assert live(job_id).error_code is Failure.WORKER_LOST


def test_expires_at_is_the_moment_at_which_redis_drops_the_key(submit, redis_client, monkeypatch):
    """Also where the write reached Redis half a minute after it was made."""
    early = store().now() - timedelta(seconds=30)
    monkeypatch.setattr(StatusStore, "now", lambda self: early)
    job_id = submit().job_id
    attempt = claim(job_id)
    for write in (
        lambda: None,
        lambda: store().advance(job_id, attempt, Phase.PACKING, 1),
        lambda: store().fail(job_id, attempt, Failure.TIMEOUT),
    ):
        write()
        expires_at = live(job_id).expires_at
        assert expires_at == early + timedelta(seconds=3600)
        assert redis_client.pexpiretime(key_of(job_id)) == int(expires_at.timestamp() * 1000)
