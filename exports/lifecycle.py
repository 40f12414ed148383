"""Submit, look at, list and withdraw an export: the only module that knows the queue and the status.

One uuid4 is RQ job id, Redis key and file stem. Status and queue entry are made in one MULTI, so there is
no status without a job, nor the reverse. What RQ says of a job is compared with its status by `judge`: a
processing export whose job is lost becomes failed, when somebody looks or at the next round of `reconcile`.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import django_rq
from django.conf import settings
from rq import Callback
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import JobStatus

from exports import status, storage
from exports.records import ExportRecord, Failure
from exports.specs import ArchiveSpec, ExportKind, ReportSpec

if TYPE_CHECKING:
    from uuid import UUID

    from rq import Queue
    from rq.job import Job

logger = logging.getLogger(__name__)

QUEUE: Final = "exports"
_FUNCTIONS: Final = {
    ExportKind.PDF: "exports.jobs.build_report",
    ExportKind.ZIP: "exports.jobs.build_archive",
}
_RESULT_TTL: Final = 300  # seconds; the status lives in its own key, the job's payload may be long
_FAILURE_TTL: Final = 86_400

LOOK_AFTER: Final = timedelta(seconds=30)
"""A processing record younger than this is believed without asking RQ."""
LOST_AFTER: Final = timedelta(seconds=90)
"""Workers beat every 5 s for their job; after so long without a beat the worker is gone."""
UNQUEUED_AFTER: Final = timedelta(seconds=60)
"""Between queue and work a job is in neither; longer than this it is nowhere."""


class ExportNotFound(LookupError):
    """Never was, somebody else's, of the other kind, deleted or expired: the caller cannot tell."""


@dataclass(frozen=True, slots=True)
class LiveExport:
    """A record, and how many jobs stand before it in the queue (None: it does not wait)."""

    record: ExportRecord
    queue_position: int | None


def submit(spec: ReportSpec | ArchiveSpec, owner_id: int, *, mail_to: str = "") -> ExportRecord:
    """Queue the export and record it, in one MULTI. Raises redis.RedisError: then neither was done.

    (Where the answer alone was lost, the export exists, is in the owner's list and ends like any other.)
    """
    kind = ExportKind.PDF if isinstance(spec, ReportSpec) else ExportKind.ZIP
    total = len(spec.detection_ids) if isinstance(spec, ArchiveSpec) else 0
    new = ExportRecord.new(uuid.uuid4(), kind, owner_id, spec.title, total, now=datetime.now(UTC))
    record = replace(new, mail_to=mail_to)
    store = status.store()
    with store.client.pipeline() as pipe:
        _queue(store).enqueue(  # first: it opens the MULTI, and refuses a pipe that holds commands
            _FUNCTIONS[kind],
            args=(str(record.job_id), spec.to_json()),
            job_id=str(record.job_id),
            job_timeout=settings.EXPORT_JOB_TIMEOUT,
            result_ttl=_RESULT_TTL,
            failure_ttl=_FAILURE_TTL,
            description=f"{kind.value} export",
            on_failure=Callback("exports.jobs.on_failure"),
            on_stopped=Callback("exports.jobs.on_stopped"),
            pipeline=pipe,
        )
        created = store.add(pipe, record)
        pipe.execute()
    logger.info("export submitted: %s", kind.value, extra={"job_id": record.job_id})
    return created


def current(job_id: UUID, owner_id: int, kind: ExportKind | None = None) -> LiveExport:
    """The owner's export as it is now; one whose job is lost has just failed.

    Raises ExportNotFound, and status.UnreadableStatus (to its owner alone).
    """
    store = status.store()
    record = _owned(store, job_id, owner_id)
    if kind and record.kind is not kind:
        raise ExportNotFound
    if record.is_processing and datetime.now(UTC) - record.updated_at > LOOK_AFTER:
        _settle(store, record)
        record = _owned(store, job_id, owner_id)
    waits = record.is_processing and record.attempt is None
    position = _queue(store).get_job_position(str(job_id)) if waits else None
    return LiveExport(record, position)


def of_owner(owner_id: int) -> list[LiveExport]:
    """The owner's live exports, newest first."""
    store = status.store()
    records = store.of_owner(owner_id)
    waiting: list[str] = []
    if any(record.is_processing and record.attempt is None for record in records):
        waiting = _queue(store).get_job_ids()
    places = {job_id: place for place, job_id in enumerate(waiting)}
    return [LiveExport(record, places.get(str(record.job_id))) for record in records]


def withdraw(job_id: UUID, owner_id: int) -> None:
    """Delete the export: key, job and files, whatever it was doing. Raises ExportNotFound.

    A run that does not hear of it in time finds its key gone, and removes its own file.
    """
    store = status.store()
    if not (store.is_owner(job_id, owner_id) and store.remove(job_id, owner_id)):
        raise ExportNotFound
    _stop(store, job_id)
    storage.discard(job_id)


def reconcile() -> list[ExportRecord]:
    """Fail what is lost, keep alive what still waits its turn; return what was failed."""
    store = status.store()
    failed = []
    for record in store.unfinished():
        if lost := _settle(store, record):
            failed.append(lost)
        elif record.attempt is None and record.expires_at - datetime.now(UTC) < _half_life():
            store.rearm(record.job_id)
    return failed


def judge(
    record: ExportRecord,
    state: JobStatus | None,
    heartbeat: datetime | None,
    position: int | None,
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
        is_lost = position is None and now - record.updated_at > UNQUEUED_AFTER
        return Failure.QUEUE_LOST if is_lost else None
    return Failure.WORKER_LOST  # ended in some way that did not reach the record


def _owned(store: status.StatusStore, job_id: UUID, owner_id: int) -> ExportRecord:
    try:
        record = store.get(job_id)
    except status.UnreadableStatus:
        if store.is_owner(job_id, owner_id):
            raise
        record = None
    if record is None or record.owner_id != owner_id:
        raise ExportNotFound
    return record


def _settle(store: status.StatusStore, record: ExportRecord) -> ExportRecord | None:
    """Fail the export where its job is lost; None where nothing was done."""
    job = _job(store, record.job_id)
    position = _queue(store).get_job_position(str(record.job_id))
    failure = judge(
        record,
        job.get_status(refresh=False) if job else None,
        job.last_heartbeat if job else None,
        position,
        datetime.now(UTC),
    )
    failed = store.fail(record.job_id, record.attempt, failure) if failure else None
    if failed:
        storage.discard(record.job_id)
    return failed


def _stop(store: status.StatusStore, job_id: UUID) -> None:
    """Stop the job where it runs, forget it where it waits."""
    job = _job(store, job_id)
    if job is None:
        return
    try:
        if job.get_status() is JobStatus.STARTED:
            send_stop_job_command(store.client, job.id, serializer=job.serializer)
        else:
            job.delete()
    except (InvalidJobOperation, NoSuchJobError):
        logger.info("the job ended before it could be stopped", extra={"job_id": job_id})


def _job(store: status.StatusStore, job_id: UUID) -> Job | None:
    return _queue(store).fetch_job(str(job_id))


def _queue(store: status.StatusStore) -> Queue:
    return django_rq.get_queue(QUEUE, connection=store.client)


def _half_life() -> timedelta:
    return timedelta(seconds=settings.EXPORT_TTL / 2)
