"""Reconciler of records and RQ jobs: an export whose job is lost is failed, by whoever looks.

Somebody who asks for it looks, and `reconcile` does at every round, which also keeps alive what waits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import django_rq
from django.conf import settings
from rq.job import JobStatus

from exports.lifecycle import status, storage
from exports.lifecycle.records import Failure
from reid.db import shared_clock

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from rq import Queue
    from rq.job import Job

    from exports.lifecycle.records import ExportRecord

QUEUE: Final = "exports"

LOOK_AFTER: Final = timedelta(seconds=30)
"""A processing record younger than this is believed without asking RQ."""
LOST_AFTER: Final = timedelta(seconds=90)
"""Workers beat every 5 s for their job; after so long without a beat the worker is gone."""
UNQUEUED_AFTER: Final = timedelta(seconds=60)
"""Between queue and work a job is in neither; longer than this, from when it was first seen so, it is nowhere."""


def reconcile() -> list[ExportRecord]:
    """Fail what is lost, keep alive what still waits its turn; return what was failed."""
    store = status.store()
    failed = []
    for record in store.unfinished():
        if lost := settle(store, record):
            failed.append(lost)
        elif record.attempt is None and record.expires_at - shared_clock.now() < _half_life():
            store.rearm(record.job_id)
    return failed


def judge(
    record: ExportRecord,
    state: JobStatus | None,
    heartbeat: datetime | None,
    unqueued_since: datetime | None,
    now: datetime,
) -> Failure | None:
    """What RQ's view of the job (None: RQ has no such job) means for a processing record. Pure.

    None means that nothing is wrong, or that it is too early to tell.
    """
    if now - record.updated_at <= LOOK_AFTER:
        return None
    if state is None:
        return Failure.QUEUE_LOST
    if state is JobStatus.STARTED:
        is_lost = heartbeat is None or now - heartbeat > LOST_AFTER
        return Failure.WORKER_LOST if is_lost else None
    if state is JobStatus.QUEUED:
        is_lost = unqueued_since is not None and now - unqueued_since > UNQUEUED_AFTER
        return Failure.QUEUE_LOST if is_lost else None
    return Failure.WORKER_LOST  # ended in some way that did not reach the record


def settle(store: status.StatusStore, record: ExportRecord) -> ExportRecord | None:
    """Fail the export where its job is lost; None where nothing was done."""
    # The place first: a job that is taken in between is seen as started then, not as being nowhere.
    place = queue_of(store).get_job_position(str(record.job_id))
    job = job_of(store, record.job_id)
    state = job.get_status(refresh=False) if job else None
    is_nowhere = place is None and state is JobStatus.QUEUED
    failure = judge(
        record,
        state,
        job.last_heartbeat if job else None,
        _unqueued_since(store, record.job_id) if is_nowhere else None,
        shared_clock.now(),
    )
    failed = store.fail(record.job_id, record.attempt, failure) if failure else None
    if failed:
        storage.discard(record.job_id)
    return failed


def _unqueued_since(store: status.StatusStore, job_id: UUID) -> datetime:
    """When the job was first seen in no queue, by whoever looks: RQ keeps the same moment for its own upkeep.

    Not since the record was last written: a job that waited for long has left the queue just now.
    """
    between = queue_of(store).intermediate_queue
    between.set_first_seen(str(job_id))  # does nothing where it was seen before
    return between.get_first_seen(str(job_id)) or shared_clock.now()


def job_of(store: status.StatusStore, job_id: UUID) -> Job | None:
    return queue_of(store).fetch_job(str(job_id))


def queue_of(store: status.StatusStore) -> Queue:
    return django_rq.get_queue(QUEUE, connection=store.client)


def _half_life() -> timedelta:
    return timedelta(seconds=settings.EXPORT_TTL / 2)
