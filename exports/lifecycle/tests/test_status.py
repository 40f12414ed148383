"""The status protocol, on a Redis in memory: who may write when, and how long a key lives.

Everything around it (workers, faults, requests at one moment) is tested on a real server."""

from __future__ import annotations

import uuid

import fakeredis
import pytest
from redis import WatchError
from redis.client import Pipeline

from exports.lifecycle import status
from exports.lifecycle.errors import UnreadableStatus
from exports.lifecycle.keys import key_of, tombstone_of
from exports.lifecycle.records import ExportStatus, Failure, Phase
from exports.lifecycle.status import CLAIM_STALE_AFTER, StatusStore, store
from exports.lifecycle.status_reading import OwnerRecords
from exports.tests.life import OWNER, claim, live


@pytest.fixture
def redis_client(monkeypatch):
    """In place of the suite's server: every store of the test talks to this one."""
    client = fakeredis.FakeRedis()
    monkeypatch.setattr(status, "_client", lambda url, tries: client)
    return client


@pytest.fixture
def job_id(submit):
    return submit().job_id


def ttl(redis_client, job_id) -> int:
    return int(redis_client.ttl(key_of(job_id)))


def rewind(redis_client, job_id) -> None:
    """As if the last write were long ago."""
    redis_client.expire(key_of(job_id), 100)


def test_claiming_gives_an_attempt_once(job_id):
    assert claim(job_id)
    assert store().claim(job_id) is None


def test_a_run_that_fell_silent_is_taken_over_and_can_write_no_more(job_id, monkeypatch):
    first = claim(job_id)
    later = live(job_id).updated_at + CLAIM_STALE_AFTER
    monkeypatch.setattr(StatusStore, "now", lambda self: later)
    second = claim(job_id)
    assert second != first
    assert store().advance(job_id, first, Phase.PACKING) is None
    assert store().complete(job_id, first, size=1, sha256="", missing=0) is None
    assert store().fail(job_id, first, Failure.TIMEOUT) is None
    assert live(job_id).attempt == second


def test_every_transition_lives_a_full_term_from_then(job_id, redis_client, settings):
    settings.EXPORT_TTL = 3600
    assert ttl(redis_client, job_id) == 3600
    rewind(redis_client, job_id)
    attempt = claim(job_id)
    assert ttl(redis_client, job_id) == 3600
    rewind(redis_client, job_id)
    store().advance(job_id, attempt, Phase.PACKING, 1)
    assert ttl(redis_client, job_id) == 3600
    rewind(redis_client, job_id)
    store().complete(job_id, attempt, size=1, sha256="", missing=0)
    assert ttl(redis_client, job_id) == 3600


def test_a_failure_lives_a_full_term_too(job_id, redis_client, settings):
    settings.EXPORT_TTL = 3600
    rewind(redis_client, job_id)
    store().fail(job_id, None, Failure.QUEUE_LOST)
    failed = live(job_id)
    assert ttl(redis_client, job_id) == 3600
    assert (failed.expires_at - failed.updated_at).total_seconds() == 3600


def test_records_go_by_the_clock_of_redis(redis_client):
    before, now, after = redis_client.time(), store().now(), redis_client.time()
    assert before <= (int(now.timestamp()), now.microsecond) <= after


def test_reading_never_lengthens_a_life(job_id, redis_client):
    rewind(redis_client, job_id)
    store().get(job_id)
    store().of_owner(OWNER)
    store().unfinished()
    assert ttl(redis_client, job_id) <= 100


def test_a_late_failure_leaves_a_completed_export_alone(job_id):
    attempt = claim(job_id)
    store().complete(job_id, attempt, size=1, sha256="ab", missing=1)
    done = live(job_id)
    assert store().fail(job_id, attempt, Failure.WORKER_KILLED) is None
    assert store().claim(job_id) is None
    assert live(job_id) == done
    assert done.status is ExportStatus.COMPLETED
    assert (done.processed_count, done.missing_count) == (2, 1)


def test_a_failure_is_recorded_once(job_id):
    store().fail(job_id, None, Failure.NO_DATA, "There are no crops.")
    first = live(job_id)
    assert first.error == "There are no crops."
    assert store().fail(job_id, None, Failure.TIMEOUT) is None
    assert live(job_id) == first


def test_a_failure_from_outside_spares_an_attempt_that_it_did_not_see(job_id):
    store().claim(job_id)
    assert store().fail(job_id, None, Failure.QUEUE_LOST) is None
    assert live(job_id).is_processing


def test_no_write_changes_when_it_was_asked_for_or_how_much(job_id):
    """A worker that wrote its own time, or forgot the total, would make progress and expiry lie."""
    first = live(job_id)
    attempt = claim(job_id)
    store().advance(job_id, attempt, Phase.PACKING, 1)
    for record in (live(job_id), store().complete(job_id, attempt, size=1, sha256="", missing=0)):
        assert record is not None
        assert (record.created_at, record.total_count) == (first.created_at, first.total_count)
        assert record.expires_at > first.expires_at
        assert 0 <= record.progress_percent <= 100


def test_a_deleted_export_cannot_come_back(job_id, redis_client):
    attempt = claim(job_id)
    assert store().remove(job_id, OWNER)
    assert store().advance(job_id, attempt, Phase.PACKING) is None
    assert store().complete(job_id, attempt, size=1, sha256="", missing=0) is None
    assert store().fail(job_id, attempt, Failure.TIMEOUT) is None
    assert store().claim(job_id) is None
    assert not redis_client.exists(key_of(job_id))
    assert redis_client.exists(tombstone_of(job_id))
    assert not store().remove(job_id, OWNER)


@pytest.fixture
def lost_answer(monkeypatch):
    """The next write happens, but its answer is lost: redis-py says so with a WatchError."""
    swallowed: list[object] = []
    execute = Pipeline.execute

    def execute_once(self, *args, **kwargs):
        result = execute(self, *args, **kwargs)
        if not swallowed:
            swallowed.append(result)
            raise WatchError
        return result

    monkeypatch.setattr(Pipeline, "execute", execute_once)
    return swallowed


def test_a_claim_whose_answer_is_lost_is_still_ours(job_id, lost_answer):
    attempt = claim(job_id)
    assert lost_answer
    assert live(job_id).attempt == attempt


def test_a_completion_whose_answer_is_lost_still_stands(job_id, request):
    attempt = claim(job_id)
    lost_answer = request.getfixturevalue("lost_answer")
    assert store().complete(job_id, attempt, size=1, sha256="ab", missing=0) == live(job_id)
    assert lost_answer
    assert live(job_id).status is ExportStatus.COMPLETED


def test_a_writer_that_is_overtaken_looks_again(job_id, redis_client):
    """Between the read and the write of one claim, another one is made: only that one stands."""
    rival: list[str] = []

    def overtaken(record):
        if not rival:
            rival.append(claim(job_id))
        return None if record.attempt else record

    assert store()._swap(job_id, overtaken) is None
    assert live(job_id).attempt == rival[0]


def test_a_waiting_export_is_kept_alive_and_a_running_one_is_not_touched(job_id, redis_client):
    rewind(redis_client, job_id)
    assert store().rearm(job_id)
    assert ttl(redis_client, job_id) > 100
    store().claim(job_id)
    assert store().rearm(job_id) is None


def test_the_list_is_newest_first_and_drops_what_is_gone(submit, redis_client):
    first, second, third = submit(), submit(), submit()
    submit(owner_id=OWNER + 1)
    redis_client.delete(key_of(second.job_id))
    assert [record.job_id for record in store().of_owner(OWNER).readable] == [
        third.job_id,
        first.job_id,
    ]
    assert not store().is_owner(second.job_id, OWNER)


def test_the_unfinished_are_those_that_still_process(submit, redis_client):
    ended, gone, live = submit(), submit(), submit()
    store().fail(ended.job_id, None, Failure.TIMEOUT)
    redis_client.delete(key_of(gone.job_id))
    assert [record.job_id for record in store().unfinished()] == [live.job_id]
    assert redis_client.zcard("export_jobs:processing") == 1


def test_an_unreadable_status_says_its_key(job_id, redis_client, caplog):
    redis_client.set(key_of(job_id), "not json")
    with pytest.raises(UnreadableStatus) as refused:
        store().get(job_id)
    assert refused.value.key == key_of(job_id)
    assert key_of(job_id) in caplog.text


def test_an_unreadable_status_is_an_id_alone_in_lists(submit, redis_client):
    broken, fine = submit(), submit()
    redis_client.set(key_of(broken.job_id), "[]")
    assert [record.job_id for record in store().of_owner(OWNER).readable] == [fine.job_id]
    assert store().of_owner(OWNER).unreadable == [broken.job_id]
    assert store().is_owner(broken.job_id, OWNER)
    assert store().many([broken.job_id, fine.job_id]).keys() == {fine.job_id}


def test_of_nothing_there_is_nothing(redis_client):
    nobody = uuid.uuid4()
    assert store().get(nobody) is None
    assert store().many([]) == {}
    assert store().of_owner(OWNER) == OwnerRecords([], [])
    assert not store().was_deleted(nobody)


def test_a_job_waits_for_redis_for_longer_than_a_restart_takes(settings):
    """45 s of absence ended an export as an internal error."""
    pool = store(patient=True).client.connection_pool
    retry = pool.connection_kwargs["retry"]
    waits = [retry._backoff.compute(failures) for failures in range(1, retry.get_retries() + 1)]
    assert sum(waits) > 90
