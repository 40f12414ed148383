"""Who may start an export, and who is given one that stands already: on a real server, also at one moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from exports.api.errors import KEY_INVALID
from exports.api.tests.test_api import OCTOBER, post, problem_of
from exports.lifecycle import admission, errors, keys, operations, storage
from exports.lifecycle.admission import ONCE_SECONDS, Once, digest, fingerprint
from exports.lifecycle.records import Failure
from exports.lifecycle.status import store
from exports.requests.specs import ArchiveSpec
from exports.tests.life import OWNER, claim, live, running
from reid.tests import make

NOVEMBER = {"start_date": "2025-10-01", "end_date": "2025-10-30"}


def spec() -> ArchiveSpec:
    return ArchiveSpec((uuid4(),), True, True, 300)


def ids_in(redis_client) -> set[str]:
    return {key.decode().rpartition(":")[2] for key in redis_client.keys("export_job:*")}


# --- equal requests -----------------------------------------------------------------------------
def test_equal_requests_are_one_while_it_runs(redis_client):
    asked = spec()
    first = operations.submit(asked, OWNER)
    assert operations.submit(asked, OWNER).job_id == first.job_id
    claim(first.job_id)
    assert operations.submit(asked, OWNER).job_id == first.job_id
    assert redis_client.llen("rq:queue:exports") == 1


def test_equal_requests_of_two_users_are_two(redis_client):
    asked = spec()
    assert operations.submit(asked, OWNER).job_id != operations.submit(asked, OWNER + 1).job_id


def test_what_has_ended_or_is_deleted_stands_for_nothing(redis_client):
    asked = spec()
    first = operations.submit(asked, OWNER).job_id
    store().fail(first, None, Failure.TIMEOUT)
    second = operations.submit(asked, OWNER).job_id
    operations.withdraw(second, OWNER)
    third = operations.submit(asked, OWNER).job_id
    redis_client.delete(keys.key_of(third))
    assert len({first, second, third, operations.submit(asked, OWNER).job_id}) == 4


def test_the_order_of_a_body_s_fields_makes_no_difference():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1}) != digest({"a": 1, "b": [3]})
    asked = spec()
    assert fingerprint(asked, "") == fingerprint(asked, "")
    assert len({fingerprint(one, to) for one in (asked, spec()) for to in ("", "a@b.org")}) == 4


@pytest.mark.parametrize(
    "rounds", [5, pytest.param(1000, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_of_equal_requests_at_one_moment_one_is_made(redis_client, settings, rounds):
    settings.EXPORT_MAX_PER_MINUTE = 10**6
    with ThreadPoolExecutor(8) as pool:
        for _ in range(rounds):
            start, asked = threading.Barrier(8), spec()

            def ask(_: int, start: Any = start, asked: ArchiveSpec = asked) -> Any:
                start.wait()
                return operations.submit(asked, OWNER).job_id

            (job_id,) = set(pool.map(ask, range(8)))
            assert ids_in(redis_client) == {str(job_id)}
            assert redis_client.llen("rq:queue:exports") == 1
            operations.withdraw(job_id, OWNER)


# --- how many -----------------------------------------------------------------------------------
def test_a_user_has_four_running_and_no_fifth(submit, redis_client):
    first, *_ = [submit() for _ in range(4)]
    with pytest.raises(errors.TooManyRunning) as refused:
        submit()
    assert 2 <= refused.value.wait <= 60
    assert redis_client.llen("rq:queue:exports") == 4
    assert submit(owner_id=OWNER + 1)
    store().fail(first.job_id, None, Failure.TIMEOUT)
    assert submit()


def test_at_one_moment_no_more_get_in_than_may(redis_client, settings):
    start = threading.Barrier(12)

    def ask(_: int) -> bool:
        start.wait()
        try:
            operations.submit(spec(), OWNER)
        except errors.TooManyRunning:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(ask, range(12))) == settings.EXPORT_MAX_RUNNING
    assert redis_client.llen("rq:queue:exports") == settings.EXPORT_MAX_RUNNING


def test_an_expired_export_frees_its_place(submit, redis_client, settings):
    settings.EXPORT_MAX_RUNNING = 1
    redis_client.delete(keys.key_of(submit().job_id))
    assert submit()


def test_an_unreadable_status_keeps_nobody_out(submit, redis_client, settings):
    settings.EXPORT_MAX_RUNNING = 1
    redis_client.set(keys.key_of(submit().job_id), "broken")
    assert submit()


def test_a_minute_has_room_for_so_many(submit, redis_client, settings, monkeypatch):
    settings.EXPORT_MAX_PER_MINUTE = 2
    clock = SimpleNamespace(time=lambda: 1_700_000_045.5)  # 2023-11-14T22:14:05Z
    monkeypatch.setattr(admission, "time", clock)
    for _ in range(2):
        operations.withdraw(submit().job_id, OWNER)  # a deletion does not give it back
    with pytest.raises(errors.TooManyStarted) as refused:
        submit()
    assert refused.value.wait == 55
    assert submit(owner_id=OWNER + 1)
    clock.time = lambda: 1_700_000_100.0
    assert submit()


def test_the_disk_keeps_its_reserve(submit, redis_client, settings, monkeypatch, caplog):
    monkeypatch.setattr(storage, "free_bytes", lambda: settings.EXPORT_DISK_RESERVE)
    with pytest.raises(errors.DiskFull):
        submit()
    assert redis_client.keys("export_job*") == redis_client.keys("rq:*") == []
    assert "bytes are free" in caplog.text


def test_the_free_space_is_the_disk_s(export_root):
    assert storage.free_bytes() > 0


# --- over HTTP ----------------------------------------------------------------------------------
api = pytest.mark.usefixtures("redis_client", "db")


@api
def test_a_key_replays_the_first_answer(client, redis_client):
    first = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "k 1"})
    with running(first.json()["job_id"]):
        pass  # it has ended: without the key a new one would be made
    again = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "k 1"})
    assert (again.status_code, again.content) == (202, first.content)
    assert again["Location"] == first["Location"]
    assert len(ids_in(redis_client)) == 1
    other = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "k 2"})
    assert other["Location"] != first["Location"]
    (name,) = redis_client.keys(keys.once_of(live(first.json()["job_id"]).owner_id, "k 1"))
    assert 0 < redis_client.ttl(name) <= ONCE_SECONDS


@api
def test_a_replay_comes_before_every_check(client, settings):
    """The same bytes again get the same answer, though their detection is gone and all places are taken."""
    settings.EXPORT_MAX_RUNNING = 1
    detection = make.detection()
    body = {"detection_ids": [str(detection.pk)]}
    first = post(client, "zip", body, headers={"Idempotency-Key": "a"})
    detection.delete()
    assert post(client, "zip", body, headers={"Idempotency-Key": "a"}).content == first.content
    assert post(client, "zip", body).status_code == 400


@api
def test_a_key_with_another_body_is_a_conflict(client, redis_client):
    made = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "a"}).json()["job_id"]
    for kind in ("pdf", "zip"):
        answer = post(client, kind, NOVEMBER, headers={"Idempotency-Key": "a"})
        assert answer.status_code == 409
        assert problem_of(answer)["detail"] == errors.KEY_REUSED
    assert ids_in(redis_client) == {made}


@api
def test_a_key_whose_export_is_gone_starts_nothing(client, redis_client):
    """A retry that comes after the deletion does not bring the export back."""
    made = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "a"}).json()
    assert client.delete(made["links"]["delete"]).status_code == 204
    answer = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "a"})
    assert (answer.status_code, problem_of(answer)["detail"]) == (409, errors.KEY_SPENT)
    assert ids_in(redis_client) == set()


@api
def test_a_refused_request_does_not_use_up_its_key(client):
    bad = post(client, "pdf", {}, headers={"Idempotency-Key": "a"})
    assert bad.status_code == 400
    assert post(client, "pdf", OCTOBER, headers={"Idempotency-Key": "a"}).status_code == 202


@api
@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\xe9"])
def test_a_key_must_be_a_short_line_of_ascii(client, key):
    answer = post(client, "pdf", OCTOBER, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert problem_of(answer)["errors"] == [
        {"code": "invalid", "field": "Idempotency-Key", "message": KEY_INVALID}
    ]


@api
def test_a_key_is_its_owner_s_and_remembers_what_it_was_folded_into(redis_client):
    asked, once = spec(), Once("a", "body")
    first = operations.submit(asked, OWNER)
    assert operations.submit(asked, OWNER, once=once).job_id == first.job_id
    store().fail(first.job_id, None, Failure.TIMEOUT)
    assert operations.submit(asked, OWNER, once=once).job_id == first.job_id
    assert operations.submit(asked, OWNER + 1, once=once).job_id != first.job_id
    with pytest.raises(errors.KeyReused):
        operations.submit(asked, OWNER, once=Once("a", "another body"))


def test_equal_keys_at_one_moment_make_one_export(redis_client):
    start, once = threading.Barrier(8), Once("a", "body")

    def ask(_: int) -> Any:
        start.wait()
        return operations.submit(spec(), OWNER, once=once).job_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert redis_client.llen("rq:queue:exports") == 1


@api
def test_too_many_say_when_to_come_back(client, settings):
    settings.EXPORT_MAX_RUNNING = 1
    assert post(client, "pdf", OCTOBER).status_code == 202
    answer = post(client, "pdf", NOVEMBER)
    assert (answer.status_code, problem_of(answer)["detail"]) == (429, errors.TOO_MANY_RUNNING)
    assert int(answer["Retry-After"]) >= 1
    settings.EXPORT_MAX_PER_MINUTE = 1
    answer = post(client, "pdf", NOVEMBER)
    assert (answer.status_code, problem_of(answer)["detail"]) == (429, errors.TOO_MANY_STARTED)
    assert 1 <= int(answer["Retry-After"]) <= 60


@api
def test_a_full_disk_refuses(client, settings):
    settings.EXPORT_DISK_RESERVE = 2**60
    answer = post(client, "pdf", OCTOBER)
    assert (answer.status_code, problem_of(answer)["detail"]) == (507, errors.DISK_FULL)
