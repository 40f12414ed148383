"""Operations on exports: submitted, looked at, listed, withdrawn.

It alone puts an export into the queue and takes it out; `status` alone writes its Redis key, and `reconciler`
compares the two where a job died without a word. One uuid4 is RQ job id, Redis key and file stem. Status and queue
entry are made in one MULTI, so there is no status without a job, nor the reverse.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import django_rq
from django.conf import settings
from redis import WatchError
from rq import Callback
from rq.command import send_stop_job_command
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import JobStatus

from exports.lifecycle import estimates, reconciler, status, storage
from exports.lifecycle.admission import Admission, fingerprint
from exports.lifecycle.errors import DiskFull, ExportNotFound, UnreadableStatus
from exports.lifecycle.reconciler import QUEUE as QUEUE
from exports.lifecycle.reconciler import job_of, queue_of, settle
from exports.lifecycle.records import ExportRecord
from exports.requests.specs import ArchiveSpec, ExportKind, ReportSpec
from reid.db import shared_clock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from redis.client import Pipeline

    from exports.lifecycle.admission import Once
    from exports.lifecycle.estimates import Duration

logger = logging.getLogger(__name__)

_FUNCTIONS: Final = {
    ExportKind.PDF: "exports.jobs.build_report",
    ExportKind.ZIP: "exports.jobs.build_archive",
}
_UPKEEP: Final = "maintenance"
"""The queue of what is done beside the exports themselves."""
_RESULT_TTL: Final = 300  # seconds; the status lives in its own key, the job's payload may be long
_FAILURE_TTL: Final = 86_400


@dataclass(frozen=True, slots=True)
class LiveExport:
    """A record, how many jobs stand before it in the queue (None: it does not wait), and when it will be done."""

    record: ExportRecord
    queue_position: int | None
    estimated_completion: datetime | None


@dataclass(frozen=True, slots=True)
class OwnerExports:
    """An owner's live exports, and the ids of those whose status cannot be read: these can be deleted."""

    live: list[LiveExport]
    unreadable: list[UUID]


def submit(
    spec: ReportSpec | ArchiveSpec, owner_id: int, mail_address: str = "", once: Once | None = None
) -> ExportRecord:
    """Queue the export and record it, in one MULTI; or return the one that stands for it already.

    That is the first answer to the same Idempotency-Key, or the owner's own export of the same that still
    runs. `mail_address` is the owner's, used where the request wants a mail. Raises KeyReused, KeySpent,
    TooManyRunning, TooManyStarted, DiskFull, and redis.RedisError: then nothing was done. (Where only Redis's
    answer was lost, the export is found by looking again.)
    """
    mail_to = mail_address if spec.notify else ""
    store, same = status.store(), fingerprint(spec, mail_to)
    admission = Admission(store.client)
    while True:
        with store.client.pipeline() as pipe:
            try:
                standing = admission.look(pipe, owner_id, same, once)
                if standing:
                    return standing
                _require_space(spec)
                record = replace(_new(store, spec, owner_id), mail_to=mail_to, fingerprint=same)
                _enqueue(store, record, spec, pipe)  # first: it opens the MULTI
                created = store.add(pipe, record)
                admission.note(pipe, created, once)
                pipe.execute()
            except WatchError:
                continue  # another request of the owner came in between
        break
    logger.info("export submitted: %s", record.kind.value, extra={"job_id": record.job_id})
    return created


def withdraw_for_owner(job_id: UUID) -> None:
    """Delete anybody's export: for who runs the server. Raises ExportNotFound."""
    owners = {record.job_id: record.owner_id for record in status.store().everybodys()}
    if job_id not in owners:
        raise ExportNotFound
    withdraw(job_id, owners[job_id])


def replay(owner_id: int, once: Once | None) -> ExportRecord | None:
    """The first answer to the key, before the request is checked; or None. Raises KeyReused and KeySpent."""
    return Admission(status.store().client).replay(owner_id, once) if once else None


def current(job_id: UUID, owner_id: int, kind: ExportKind | None = None) -> LiveExport:
    """The owner's export as it is now; one whose job is lost has just failed.

    Raises ExportNotFound, and UnreadableStatus (to its owner alone).
    """
    store = status.store()
    record = _owned(store, job_id, owner_id)
    if kind and record.kind is not kind:
        raise ExportNotFound
    if record.is_processing and shared_clock.now() - record.updated_at > reconciler.LOOK_AFTER:
        if lost := settle(store, record):
            _queue_mail(store, lost)
        record = _owned(store, job_id, owner_id)
    waits = record.is_processing and record.attempt is None
    position = queue_of(store).get_job_position(str(job_id)) if waits else None
    return _live(record, position, store.durations() if record.is_processing else {})


def of_owner(owner_id: int) -> OwnerExports:
    """The owner's live exports, newest first."""
    store = status.store()
    records = store.of_owner(owner_id)
    return OwnerExports(_with_places(store, records.readable), records.unreadable)


def of_everybody() -> list[LiveExport]:
    """Every live export, newest first: for who runs the server."""
    store = status.store()
    return _with_places(store, store.everybodys())


def withdraw(job_id: UUID, owner_id: int) -> None:
    """Delete the export: key, job and files, whatever it was doing. Raises ExportNotFound.

    A run that does not hear of it in time finds its key gone, and removes its own file.
    """
    store = status.store()
    if not (store.is_owner(job_id, owner_id) and store.remove(job_id, owner_id)):
        raise ExportNotFound
    _stop(store, job_id)
    storage.discard(job_id)


def _new(store: status.StatusStore, spec: ReportSpec | ArchiveSpec, owner_id: int) -> ExportRecord:
    """The record of a new export, with what its 202 will say of its end."""
    kind = ExportKind.PDF if isinstance(spec, ReportSpec) else ExportKind.ZIP
    total = len(spec.detection_ids) if isinstance(spec, ArchiveSpec) else 0
    record = ExportRecord.new(uuid.uuid4(), kind, owner_id, spec.title, total, store.now())
    live = _live(record, queue_of(store).count, store.durations())
    return replace(record, first_estimate=live.estimated_completion, wants_mail=spec.notify)


def _enqueue(
    store: status.StatusStore, record: ExportRecord, spec: ReportSpec | ArchiveSpec, pipe: Pipeline
) -> None:
    queue_of(store).enqueue(
        _FUNCTIONS[record.kind],
        args=(str(record.job_id), spec.to_json()),
        job_id=str(record.job_id),
        job_timeout=settings.EXPORT_JOB_TIMEOUT,
        result_ttl=_RESULT_TTL,
        failure_ttl=_FAILURE_TTL,
        description=f"{record.kind.value} export",
        on_failure=Callback("exports.jobs.on_failure"),
        on_stopped=Callback("exports.jobs.on_stopped"),
        pipeline=pipe,
    )


def _queue_mail(store: status.StatusStore, lost: ExportRecord) -> None:
    """Have the mail about a loss sent: by a worker, since a request does not wait for a mail server."""
    if lost.mail_to:
        queue = django_rq.get_queue(_UPKEEP, connection=store.client)
        queue.enqueue("exports.jobs.tell", args=(str(lost.job_id),), result_ttl=_RESULT_TTL)


def _require_space(spec: ReportSpec | ArchiveSpec) -> None:
    needed = estimates.bytes_for(spec) + settings.EXPORT_DISK_RESERVE
    free = storage.free_bytes()
    if free < needed:
        logger.error("an export was refused: %d bytes are free, %d may be needed", free, needed)
        raise DiskFull


def _with_places(store: status.StatusStore, records: list[ExportRecord]) -> list[LiveExport]:
    waiting: list[str] = []
    if any(record.is_processing and record.attempt is None for record in records):
        waiting = queue_of(store).get_job_ids()
    places = {job_id: place for place, job_id in enumerate(waiting)}
    last = store.durations() if any(record.is_processing for record in records) else {}
    return [_live(record, places.get(str(record.job_id)), last) for record in records]


def _live(
    record: ExportRecord, position: int | None, last: Mapping[ExportKind, list[Duration]]
) -> LiveExport:
    expected = estimates.completion(record, position, last, shared_clock.now())
    return LiveExport(record, position, expected)


def _owned(store: status.StatusStore, job_id: UUID, owner_id: int) -> ExportRecord:
    try:
        record = store.get(job_id)
    except UnreadableStatus:
        if store.is_owner(job_id, owner_id):
            raise
        record = None
    if record is None or record.owner_id != owner_id:
        raise ExportNotFound
    return record


def _stop(store: status.StatusStore, job_id: UUID) -> None:
    """Stop the job where it runs, forget it where it waits."""
    job = job_of(store, job_id)
    if job is None:
        return
    try:
        if job.get_status() is JobStatus.STARTED:
            send_stop_job_command(store.client, job.id, serializer=job.serializer)
        else:
            job.delete()
    except (InvalidJobOperation, NoSuchJobError):
        logger.info("the job ended before it could be stopped", extra={"job_id": job_id})
