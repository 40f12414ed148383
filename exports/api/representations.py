"""JSON bodies of exports: plain values from a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from exports.lifecycle.errors import UnreadableStatus
from exports.lifecycle.records import ExportStatus
from exports.requests.specs import ExportKind

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from exports.lifecycle.operations import LiveExport
    from exports.lifecycle.records import ExportRecord

MESSAGES: Final = {
    ExportKind.PDF: "The report is queued. Ask {url} for its status.",
    ExportKind.ZIP: "The archive is queued. Ask {url} for its status.",
}
NO_ADDRESS: Final = " Your account has no mail address, so no mail will be sent."
_POLL_SECONDS: Final = ((10, 1), (30, 2), (120, 5))
_POLL_SECONDS_AT_MOST: Final = 10


def status_url(record: ExportRecord) -> str:
    return reverse(f"export-{record.kind.value}-status", args=[record.job_id])


def poll_after(record: ExportRecord, now: datetime) -> int:
    """Seconds to wait before asking again: the older the export, the longer."""
    age = (now - record.created_at).total_seconds()
    return next((wait for limit, wait in _POLL_SECONDS if age < limit), _POLL_SECONDS_AT_MOST)


def accepted(record: ExportRecord) -> dict[str, Any]:
    """The body of the 202; it says so where a mail is wanted and there is no address."""
    message = MESSAGES[record.kind].format(url=status_url(record))
    if record.wants_mail and not record.mail_to:
        message += NO_ADDRESS
    body: dict[str, Any] = {
        "job_id": str(record.job_id),
        "status": record.status.value,
        "message": message,
        "estimated_completion": _time(record.first_estimate),
        "links": _links(record),
    }
    if record.kind is ExportKind.ZIP:
        body["total_detections"] = record.total_count
    return body


def live(export: LiveExport) -> dict[str, Any]:
    """The body of a status, and a row of the list."""
    record = export.record
    is_ready = record.status is ExportStatus.COMPLETED
    body = {
        "job_id": str(record.job_id),
        "kind": record.kind.value,
        "title": record.title,
        "status": record.status.value,
        "phase": record.phase.value,
        "filename": record.filename if is_ready else None,
        "download_url": _download_url(record) if is_ready else None,
        "file_size_bytes": record.file_size_bytes,
        "sha256": record.sha256,
        "error_code": record.error_code.value if record.error_code else None,
        "error_message": record.error,
        "created_at": _time(record.created_at),
        "completed_at": _time(record.completed_at),
        "expires_at": _time(record.expires_at),
        "progress_percent": record.progress_percent,
        "queue_position": export.queue_position,
        "estimated_completion": _time(export.estimated_completion),
        "links": _links(record),
    }
    if record.kind is ExportKind.ZIP:
        body |= {
            "total_detections": record.total_count,
            "processed_count": record.processed_count,
            "missing_count": record.missing_count,
        }
    return body


def unreadable(job_id: UUID) -> dict[str, Any]:
    """The row of an export whose status cannot be read: whoever started it can delete it."""
    return {
        "job_id": str(job_id),
        "error_code": UnreadableStatus.default_code,
        "error_message": UnreadableStatus.default_detail,
        "links": {"delete": reverse("export-delete", args=[job_id])},
    }


def _links(record: ExportRecord) -> dict[str, str]:
    return {
        "status": status_url(record),
        "delete": reverse("export-delete", args=[record.job_id]),
        "download": _download_url(record),
        "rebuild": reverse("export-rebuild", args=[record.job_id]),
    }


def _download_url(record: ExportRecord) -> str:
    return reverse("export-download", args=[record.filename])


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
