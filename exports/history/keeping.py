"""Acts on exports that are remembered: asked for, built again, cancelled, deleted, put back.

Redis comes first, since it alone decides whether an export may begin; the row follows. A row that is missing after a
crash between the two is made by the next try with the same Idempotency-Key.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException

from exports.lifecycle import operations
from exports.lifecycle.errors import ExportNotFound
from exports.models import ExportRequest
from exports.requests.specs import ReportSpec

if TYPE_CHECKING:
    from uuid import UUID

    from exports.lifecycle.admission import Once
    from exports.lifecycle.records import ExportRecord
    from exports.requests.specs import ArchiveSpec

logger = logging.getLogger(__name__)

REQUESTS_KEPT: Final = 50
"""Requests of one owner that are remembered; the oldest is forgotten first."""
HAS_ENDED: Final = "This export has ended already: there is nothing to cancel."


class HasEnded(APIException):
    """409: only what waits or runs can be cancelled."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = HAS_ENDED


def submit(
    spec: ReportSpec | ArchiveSpec, owner_id: int, mail_address: str = "", once: Once | None = None
) -> ExportRecord:
    """Start the export, or return the one that stands for it, and remember it. Raises what `operations.submit` raises."""
    record = operations.submit(spec, owner_id, mail_address, once)
    recipients = spec.recipients if isinstance(spec, ReportSpec) else ()
    ExportRequest.objects.get_or_create(
        job_id=record.job_id,
        defaults={
            "owner_id": owner_id,
            "kind": record.kind.value,
            "title": record.title,
            "spec": spec.to_json(),
            "created_at": record.created_at,
            "recipients": list(recipients),
        },
    )
    _forget_oldest(owner_id)
    return record


def replay(owner_id: int, once: Once | None) -> ExportRecord | None:
    """The first answer to the key where it is remembered; or None. Raises KeyReused and KeySpent."""
    record = operations.replay(owner_id, once)
    is_known = record and ExportRequest.objects.filter(job_id=record.job_id).exists()
    return record if is_known else None


def resubmit(
    job_id: UUID, owner_id: int, mail_address: str = "", once: Once | None = None
) -> ExportRecord:
    """Build the export again, from what was asked for then; nobody but its owner is mailed a second time.

    One that still runs is returned as it is. Raises ExportNotFound and what `operations.submit` raises.
    """
    row = of_owner(job_id, owner_id)
    if row.is_processing and (running := _running(job_id, owner_id)):
        return running
    return submit(spec_of(row), owner_id, mail_address, once)


def spec_of(row: ExportRequest) -> ReportSpec | ArchiveSpec:
    """What was asked for, without whom to mail. Raises ExportNotFound where it cannot be read (any more)."""
    try:
        spec = row.read_spec()
    except (ValueError, TypeError) as error:
        logger.exception("unreadable request", extra={"job_id": row.job_id})
        raise ExportNotFound from error
    return replace(spec, recipients=()) if isinstance(spec, ReportSpec) else spec


def of_owner(job_id: UUID, owner_id: int) -> ExportRequest:
    """The owner's request. Raises ExportNotFound."""
    row = ExportRequest.objects.of(owner_id).filter(job_id=job_id).first()
    if row is None:
        raise ExportNotFound
    return row


def cancel(job_id: UUID, owner_id: int) -> ExportRequest:
    """Stop what waits or runs; its request stays, to be built again. Raises ExportNotFound and HasEnded."""
    row = of_owner(job_id, owner_id)
    if _running(job_id, owner_id) is None:
        raise HasEnded
    operations.withdraw(job_id, owner_id)
    _end_without_file(row)
    return row


def forget(job_id: UUID, owner_id: int) -> None:
    """Delete the export, whatever it was doing: its file at once, its request when it is purged. Raises ExportNotFound."""
    row = ExportRequest.objects.of(owner_id).filter(job_id=job_id).first()
    try:
        operations.withdraw(job_id, owner_id)
    except ExportNotFound:
        if row is None:
            raise
    if row:
        row.removed_at = timezone.now()
        _write(row, "removed_at")
        _end_without_file(row)


def restore(job_id: UUID, owner_id: int) -> ExportRequest:
    """Put a deleted request back, to be built again: its file is gone. Raises ExportNotFound."""
    row = ExportRequest.objects.filter(
        job_id=job_id, owner_id=owner_id, removed_at__isnull=False
    ).first()
    if row is None:
        raise ExportNotFound
    row.removed_at = None
    _write(row, "removed_at")
    return row


def withdraw_for_owner(job_id: UUID) -> None:
    """Cancel anybody's export and remove its file: for who runs the server. Raises ExportNotFound."""
    operations.withdraw_for_owner(job_id)
    if row := ExportRequest.objects.filter(job_id=job_id).first():
        _end_without_file(row)


def purge() -> int:
    """Forget requests that are older than EXPORT_REBUILD_TTL; return how many."""
    before = timezone.now() - timedelta(seconds=settings.EXPORT_REBUILD_TTL)
    old = ExportRequest.objects.filter(created_at__lt=before).exclude(
        state=ExportRequest.State.PROCESSING
    )
    return old.delete()[0]


def _running(job_id: UUID, owner_id: int) -> ExportRecord | None:
    try:
        record = operations.current(job_id, owner_id).record
    except ExportNotFound:
        return None
    return record if record.is_processing else None


def _end_without_file(row: ExportRequest) -> None:
    now = timezone.now()
    if row.is_processing:
        row.state, row.ended_at = ExportRequest.State.CANCELLED, now
    if row.file_until:
        row.file_until = min(row.file_until, now)
    _write(row, "state", "ended_at", "file_until")


def _write(row: ExportRequest, *fields: str) -> None:
    """Store fields of a request, unless it was forgotten at this moment."""
    stored = {name: getattr(row, name) for name in fields}
    ExportRequest.objects.filter(pk=row.pk).update(**stored)


def _forget_oldest(owner_id: int) -> None:
    """Keep the owner's last REQUESTS_KEPT requests and no more."""
    rows = ExportRequest.objects.filter(owner_id=owner_id).order_by("-created_at", "pk")
    surplus = list(rows.values_list("pk", flat=True)[REQUESTS_KEPT:])
    ExportRequest.objects.filter(pk__in=surplus).exclude(
        state=ExportRequest.State.PROCESSING
    ).delete()
