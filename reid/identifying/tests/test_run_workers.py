"""Workers of runs: who has a run, who takes it over, who may end it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import django_rq
import pytest
from django.db import OperationalError
from django.utils import timezone

from reid.db import outage, shared_clock
from reid.identifying import identify, run_lifecycle, run_workers
from reid.identifying.run_lifecycle import ChunkResult
from reid.identifying.run_workers import SILENCE, Cancelled, TakenOver
from reid.models import Deer, ReidRun
from reid.tests import make
from reid.tests.herds import herd

if TYPE_CHECKING:
    from reid.models import Scorer

pytestmark = pytest.mark.django_db
KIND = ReidRun.Kind
STATE = ReidRun.State


@pytest.fixture
def scorer() -> Scorer:
    return make.scorer()


def seen_by_another(run: ReidRun) -> ReidRun:
    return ReidRun.objects.get(pk=run.pk)


def fall_silent(run: ReidRun) -> None:
    long_ago = timezone.now() - SILENCE - timedelta(seconds=1)
    ReidRun.objects.filter(pk=run.pk).update(heartbeat_at=long_ago)
    run.refresh_from_db()


def test_of_two_workers_that_see_a_waiting_training_one_has_it(scorer) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)
    late = seen_by_another(run)
    run_workers.claim(run)
    with pytest.raises(TakenOver):
        run_workers.claim(late)
    with pytest.raises(TakenOver):  # it is alive
        run_workers.claim(seen_by_another(run))


def test_a_training_in_other_hands_is_left_as_it_is(scorer) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)
    run_workers.claim(run)
    assert not run_lifecycle.advance(run.pk, lambda *_: pytest.fail("two workers do one training"))
    run.refresh_from_db()
    assert (run.state, run.error) == (STATE.RUNNING, "")


def test_a_silent_training_is_queued_once_and_begun_by_one_worker(scorer, redis_client) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)
    run_workers.claim(run)
    assert run_workers.resume_silent() == []
    fall_silent(run)
    assert run_workers.resume_silent() == [str(run.pk)]
    assert run_workers.resume_silent() == []
    (job,) = django_rq.get_queue(run_workers.TRAIN).jobs
    assert (job.func_name, job.args) == ("analysis.jobs.train", [str(run.pk)])
    begun: list[ReidRun] = []

    def step(of: ReidRun, _: Scorer) -> bool:
        begun.append(of)
        assert not run_lifecycle.advance(run.pk, step)  # a second worker comes meanwhile
        return not run_lifecycle.finish(of, STATE.COMPLETED)

    assert not run_lifecycle.advance(run.pk, step)
    assert begun == [run]
    run.refresh_from_db()
    assert run.state == STATE.COMPLETED


def test_a_worker_that_was_taken_for_dead_stops_and_ends_nothing(scorer, monkeypatch) -> None:
    monkeypatch.setattr(run_workers, "BEAT", timedelta(0))
    run = run_lifecycle.create(KIND.TRAIN, scorer)

    def step(of: ReidRun, _: Scorer) -> bool:
        run_workers.beat(of, {"doing": "fold 1"})
        fall_silent(seen_by_another(of))
        assert run_workers.take_over(seen_by_another(of))
        assert not run_lifecycle.finish(of, STATE.COMPLETED)
        run_workers.beat(of, {"doing": "fold 2"})
        pytest.fail("it has lost the run")

    assert not run_lifecycle.advance(run.pk, step)
    run.refresh_from_db()
    assert (run.state, run.counts) == (STATE.PENDING, {"doing": "fold 1"})  # and waits for the next


def test_a_failure_of_a_worker_that_lost_its_training_is_not_the_trainings(scorer) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)

    def step(of: ReidRun, _: Scorer) -> bool:
        fall_silent(seen_by_another(of))
        assert run_workers.take_over(seen_by_another(of))
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        run_lifecycle.advance(run.pk, step)
    run.refresh_from_db()
    assert (run.state, run.error) == (STATE.PENDING, "")


def test_heartbeats_come_no_closer_together_than_they_must(scorer) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)
    run_workers.claim(run)
    first = run.heartbeat_at
    run_workers.beat(run, {"doing": "fold 1"})
    assert (seen_by_another(run).heartbeat_at, seen_by_another(run).counts) == (first, {})
    run_workers.beat(run, {"doing": "fold 2"}, at_once=True)
    assert seen_by_another(run).heartbeat_at == run.heartbeat_at != first
    assert seen_by_another(run).counts == {"doing": "fold 2"}


@pytest.mark.parametrize("kind", [KIND.IDENTIFY, KIND.BACKFILL, KIND.APPLY, KIND.TRAIN])
def test_a_run_of_any_kind_that_is_to_stop_does_so_before_its_next_step(scorer, kind) -> None:
    run = run_lifecycle.create(kind, scorer, {})
    ended = make.run(scorer, state="completed")
    assert run_workers.request_cancel(ReidRun.objects.all()) == 1
    assert not run_lifecycle.advance(run.pk, lambda *_: pytest.fail("it was cancelled"))
    run.refresh_from_db()
    ended.refresh_from_db()
    assert (run.state, run.error) == (STATE.CANCELLED, "")
    assert (ended.state, ended.cancel_requested) == (STATE.COMPLETED, False)


def test_a_long_step_hears_at_its_heartbeat_that_it_is_to_stop(scorer) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)
    run_workers.claim(run)
    run_workers.request_cancel(ReidRun.objects.all())
    with pytest.raises(Cancelled):
        run_workers.beat(run, {}, at_once=True)


def test_a_run_that_ended_since_it_was_seen_is_not_taken_over(scorer) -> None:
    run = run_lifecycle.create(KIND.TRAIN, scorer)
    fall_silent(run)
    seen = seen_by_another(run)
    run_lifecycle.finish(run, STATE.FAILED, "disk full")
    assert not run_workers.take_over(seen)
    run.refresh_from_db()
    assert run.state == STATE.FAILED


def test_runs_and_what_waits_for_them_are_timed_by_one_clock(monkeypatch) -> None:
    """An import waits for a run that began after it: on a host whose clock is ahead each one seemed to have."""
    scorer, now = herd(2), timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(hours=2))
    run = identify.create_run(scorer)
    while identify.advance(run.pk):
        pass
    run.refresh_from_db()
    for time in (run.started_at, run.finished_at):
        assert time is not None and time < shared_clock.now()


def write_deer() -> ChunkResult:
    make.deer("written")
    return ChunkResult(Counter(sightings=2), "abc")


def test_a_chunk_moves_the_cursor_with_what_it_writes(scorer) -> None:
    run = run_lifecycle.create(KIND.IDENTIFY, scorer, {"limit": 0})
    fall_silent(run)
    assert run_lifecycle.do_chunk(run, "k1", write_deer) is not None
    run.refresh_from_db()
    assert (run.cursor, run.gallery_fingerprint) == ("k1", "abc")
    assert run.counts == {"scope": {"limit": 0}, "sightings": 2}
    assert not run_workers.is_silent(run)


@pytest.mark.parametrize("changed", [{"cursor": "k1"}, {"state": "cancelled"}, {"state": "undone"}])
def test_a_chunk_that_another_did_or_of_an_ended_run_writes_nothing(scorer, changed) -> None:
    run = run_lifecycle.create(KIND.IDENTIFY, scorer, {})
    ReidRun.objects.update(**changed)
    assert run_lifecycle.do_chunk(run, "k1", lambda: pytest.fail("it is done already")) is None
    run.refresh_from_db()
    assert run.counts == {"scope": {}}


def test_a_chunk_that_fails_takes_everything_back(scorer) -> None:
    run = run_lifecycle.create(KIND.IDENTIFY, scorer, {})

    def fail_half_way() -> ChunkResult:
        write_deer()
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        run_lifecycle.do_chunk(run, "k1", fail_half_way)
    run.refresh_from_db()
    assert (run.cursor, Deer.objects.count()) == ("", 0)


@pytest.mark.parametrize(
    ("kind", "state", "begun", "expected"),
    [
        (KIND.BACKFILL, STATE.FAILED, True, STATE.RUNNING),
        (KIND.BACKFILL, STATE.CANCELLED, False, STATE.PENDING),
        (KIND.BACKFILL, STATE.RUNNING, True, STATE.RUNNING),
        (KIND.TRAIN, STATE.FAILED, True, STATE.PENDING),
        (KIND.TRAIN, STATE.RUNNING, True, STATE.PENDING),  # whoever has it loses it
    ],
)
def test_a_reopened_run_goes_on(scorer, kind, state, begun, expected) -> None:
    started_at = make.NOON if begun else None
    run = make.run(
        scorer, kind=kind, state=state, started_at=started_at, error="x", cancel_requested=True
    )
    reopened = run_lifecycle.reopen(run)
    assert (reopened.state, reopened.error, reopened.cancel_requested) == (expected, "", False)
    assert (reopened.started_at, reopened.finished_at) == (started_at, None)
    assert not run_workers.is_silent(reopened)


# --- a database that is away -------------------------------------------------------------------------
@pytest.fixture
def away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on PostgreSQL: an OperationalError says that it is away."""
    monkeypatch.setattr(outage, "is_away", lambda error: isinstance(error, OperationalError))
    monkeypatch.setattr(outage, "is_answered", lambda: True)
    monkeypatch.setattr(outage, "close_old_connections", lambda: None)  # the test's own is in use
    monkeypatch.setattr(outage, "PAUSE", 0)


@pytest.mark.usefixtures("away_is_told")
def test_a_run_that_meets_an_outage_does_the_step_again(scorer: Scorer) -> None:
    run = make.run(scorer, state=STATE.RUNNING)
    tries: list[ReidRun] = []

    def step(of: ReidRun, _: Scorer) -> bool:
        tries.append(of)
        if len(tries) < 3:
            raise OperationalError("the connection is lost")
        return not run_lifecycle.finish(of, STATE.COMPLETED)

    run_workers.work(run.pk, KIND.IDENTIFY, lambda key: run_lifecycle.advance(key, step))
    run.refresh_from_db()
    assert (len(tries), run.state, run.error) == (3, STATE.COMPLETED, "")


@pytest.mark.usefixtures("away_is_told", "redis_client")
def test_a_run_that_meets_a_long_outage_is_queued_again_and_has_not_failed(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_workers, "SECONDS_PATIENT", 0)
    run = make.run(scorer, state=STATE.RUNNING)

    def step(of: ReidRun, _: Scorer) -> bool:
        raise OperationalError("the connection is lost")

    run_workers.work(run.pk, KIND.IDENTIFY, lambda key: run_lifecycle.advance(key, step))
    (job,) = django_rq.get_queue(run_workers.GPU).jobs
    assert (job.func_name, job.args) == ("reid.jobs.identify", [str(run.pk)])
    run.refresh_from_db()
    assert (run.state, run.error) == (STATE.RUNNING, "")
