"""Jobs that the release before left in Redis: each runs the function that its own has become, and no other does."""

from __future__ import annotations

import re
import zlib
from typing import Any

import django_rq
import pytest
from django.conf import settings
from rq import SimpleWorker
from rq.job import JobStatus
from rq.utils import import_attribute

from reid.identifying.run_workers import ROUTES
from thumper.runtime.registered_jobs import RegisteredJob, UnregisteredFunction

SPACE = "11111111-2222-4333-8444-555555555555"
OTHER = "66666666-7777-4888-9999-000000000000"

# What lies in Redis under `data`, decompressed, as that release wrote it.
PAYLOADS: list[tuple[str, bytes, str, tuple[Any, ...]]] = [
    ("gpu", b'["reid.rescoring.rescore", null, [], {}]', "reid.jobs.rescore", ()),
    (
        "maintenance",
        b'["analysis.background.threshold_report", null, ["11111111-2222-4333-8444-555555555555"], {}]',
        "analysis.jobs.threshold_report",
        (SPACE,),
    ),
    (
        "maintenance",
        b'["analysis.background.count_changes", null, ["11111111-2222-4333-8444-555555555555", 9000], {}]',
        "analysis.jobs.count_changes",
        (SPACE, 9000),
    ),
    (
        "maintenance",
        b'["analysis.background.count_changes", null, ["11111111-2222-4333-8444-555555555555", null], {}]',
        "analysis.jobs.count_changes",
        (SPACE, None),
    ),
    (
        "maintenance",
        b'["analysis.background.check_proposal", null, ["11111111-2222-4333-8444-555555555555",'
        b' "66666666-7777-4888-9999-000000000000"], {}]',
        "analysis.jobs.check_proposal",
        (SPACE, OTHER),
    ),
    (
        "train",
        b'["analysis.training_job.train", null, ["66666666-7777-4888-9999-000000000000"], {}]',
        "analysis.jobs.train",
        (OTHER,),
    ),
    (
        "maintenance",
        b'["analysis.training_job.resume_silent", null, [], {}]',
        "reid.jobs.resume_silent",
        (),
    ),
    ("maintenance", b'["analysis.watching.watch", null, [], {}]', "analysis.jobs.watch", ()),
    (
        "maintenance",
        b'["analysis.adapted_threshold.propose_waiting", null, [], {}]',
        "analysis.jobs.propose_waiting",
        (),
    ),
]
WITHOUT_ARGUMENTS = [item for item in PAYLOADS if not item[3]]


def left_in_redis(client: Any, queue: str, data: bytes) -> str:
    """A queued job, field by field as RQ stored it; its id."""
    job_id = "0c6ed5a5-8d1f-4a0e-9a0b-6a2f0f5d7c11"
    fields: dict[str, str | bytes] = {
        "data": zlib.compress(data),
        "description": "as it was",
        "origin": queue,
        "status": "queued",
        "created_at": "2026-11-22T12:33:15.605588Z",
        "enqueued_at": "2026-11-22T12:33:15.609658Z",
        "timeout": "600",
        "result_ttl": "86400",
        "failure_ttl": "86400",
        "success_callback_name": "",
        "failure_callback_name": "",
        "stopped_callback_name": "",
        "started_at": "",
        "ended_at": "",
        "last_heartbeat": "",
        "worker_name": "",
        "group_id": "",
    }
    client.hset(f"rq:job:{job_id}", mapping=fields)
    client.sadd("rq:queues", f"rq:queue:{queue}")
    client.rpush(f"rq:queue:{queue}", job_id)
    return job_id


def worked(queue: str, job_id: str) -> RegisteredJob:
    """The job after a worker of the queue was there."""
    of = django_rq.get_queue(queue)
    # A GpuWorker would close the connection in whose transaction this test is.
    worker = SimpleWorker(
        [of], connection=of.connection, serializer=of.serializer, job_class=RegisteredJob
    )
    worker.work(burst=True, logging_level="WARNING")
    job: RegisteredJob = RegisteredJob.fetch(job_id, connection=of.connection, serializer="json")
    return job


@pytest.mark.parametrize(("queue", "data", "name", "arguments"), PAYLOADS)
def test_what_was_queued_under_an_old_name_runs_the_new_function(
    redis_client, monkeypatch, queue, data, name, arguments
):
    ran: list[tuple[Any, ...]] = []
    monkeypatch.setattr(name, lambda *given: ran.append(given))
    job = worked(queue, left_in_redis(redis_client, queue, data))
    assert job.get_status() is JobStatus.FINISHED
    assert ran == [arguments]


@pytest.mark.django_db
@pytest.mark.parametrize(("queue", "data", "name", "arguments"), WITHOUT_ARGUMENTS)
def test_the_rounds_of_the_release_before_do_their_work(redis_client, queue, data, name, arguments):
    """In an empty store there is nothing for any of them."""
    job = worked(queue, left_in_redis(redis_client, queue, data))
    assert job.get_status() is JobStatus.FINISHED
    assert not job.return_value()


@pytest.mark.parametrize(
    "name",
    [
        "analysis.background.mark_of",
        "analysis.training_job.enqueue",
        "analysis.thresholds.queued_answers.read_report",
        "reid.rescoring.stale",
    ],
)
def test_an_old_name_that_was_no_job_is_refused(redis_client, caplog, name):
    data = f'["{name}", null, [], {{}}]'.encode()
    job = worked("maintenance", left_in_redis(redis_client, "maintenance", data))
    assert job.get_status() is JobStatus.FAILED
    assert f"UnregisteredFunction: {name}" in caplog.text


@pytest.mark.parametrize("kind", ["success", "failure", "stopped"])
def test_a_callback_of_an_old_name_is_the_new_function(redis_client, kind):
    job_id = left_in_redis(redis_client, "maintenance", PAYLOADS[0][1])
    redis_client.hset(f"rq:job:{job_id}", f"{kind}_callback_name", "analysis.watching.watch")
    job = RegisteredJob.fetch(job_id, connection=redis_client, serializer="json")
    assert getattr(job, f"{kind}_callback") is import_attribute("analysis.jobs.watch")
    redis_client.hset(f"rq:job:{job_id}", f"{kind}_callback_name", "analysis.watching.record")
    job = RegisteredJob.fetch(job_id, connection=redis_client, serializer="json")
    with pytest.raises(UnregisteredFunction, match=r"analysis\.watching\.record"):
        _ = getattr(job, f"{kind}_callback")


def test_every_old_name_of_the_table_is_among_the_payloads():
    names = {re.match(rb'\["([\w.]+)"', data)[1].decode() for _, data, _, _ in PAYLOADS}  # type: ignore[index]
    assert names == settings.RQ_RENAMED_FUNCTIONS.keys()
    assert {name for _, _, name, _ in PAYLOADS} == set(settings.RQ_RENAMED_FUNCTIONS.values())


def test_every_job_lives_in_the_jobs_of_its_app():
    for name in settings.RQ_REGISTERED_FUNCTIONS:
        assert re.fullmatch(r"(exports|analysis|reid|thumper\.accounts)\.jobs\.\w+", name)
        assert import_attribute(name).__module__ == name.rpartition(".")[0]


def test_every_kind_of_run_that_is_queued_names_a_registered_job():
    assert {route.job for route in ROUTES.values()} <= settings.RQ_REGISTERED_FUNCTIONS
    assert {route.queue for route in ROUTES.values()} <= set(settings.RQ_QUEUES)
