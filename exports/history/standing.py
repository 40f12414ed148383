"""Standing of remembered exports: how each one ended is copied from Redis, and what is live is shown beside its row."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import Error
from django.utils import timezone

from exports.lifecycle import operations, status
from exports.lifecycle.records import ExportStatus, Failure
from exports.models import ExportRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from exports.lifecycle.operations import LiveExport
    from exports.lifecycle.records import ExportRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StandingExport:
    """A remembered request, and its live export while there is one; `is_unreadable`: its status cannot be read."""

    row: ExportRequest
    live: LiveExport | None
    is_unreadable: bool = False

    @property
    def has_file(self) -> bool:
        """Whether it can be downloaded now."""
        return bool(self.live and self.live.record.status is ExportStatus.COMPLETED)

    @property
    def is_expired(self) -> bool:
        return self.row.state == ExportRequest.State.COMPLETED and not self.has_file


def of_owner(owner_id: int) -> list[StandingExport]:
    """What the owner asked for and has not deleted, the newest first. Raises redis.RedisError.

    A constant number of queries, without the long lists of ids that archives were asked for with.
    """
    exports = operations.of_owner(owner_id)
    live = {item.record.job_id: item for item in exports.live}
    unreadable = set(exports.unreadable)
    rows = list(ExportRequest.objects.of(owner_id).defer("spec"))
    settle(row for row in rows if row.job_id not in unreadable)
    return [StandingExport(row, live.get(row.job_id), row.job_id in unreadable) for row in rows]


def settle(rows: Iterable[ExportRequest]) -> None:
    """Copy the end of those that are processing by their row, from Redis; what is gone there was lost.

    Raises redis.RedisError. A status that cannot be read leaves its row as it is.
    """
    waiting = {row.job_id: row for row in rows if row.is_processing}
    if not waiting:
        return
    for job_id, record in status.store().many(waiting).items():
        changed = _lost() if record is None else _end_of(record)
        if changed:
            _write(job_id, changed)
            for name, value in changed.items():
                setattr(waiting[job_id], name, value)


def settle_all() -> None:
    """Of everybody; for a periodic round. Raises redis.RedisError."""
    settle(ExportRequest.objects.unfinished().defer("spec"))


def note_end(record: ExportRecord) -> None:
    """Write down how an export ended. A database that is away is logged: a later round finds the end in Redis."""
    try:
        _write(record.job_id, _end_of(record))
    except Error:
        logger.exception("the end of an export was not noted", extra={"job_id": record.job_id})


def _write(job_id: UUID, changed: dict[str, Any]) -> None:
    """Once only: of two that note an end, or a cancellation, the first wins."""
    ExportRequest.objects.unfinished().filter(job_id=job_id).update(**changed)


def _end_of(record: ExportRecord) -> dict[str, Any]:
    if record.is_processing:
        return {}
    is_completed = record.status is ExportStatus.COMPLETED
    return {
        "state": ExportRequest.State(record.status.value),
        "ended_at": record.completed_at,
        "file_until": record.expires_at if is_completed else None,
        "file_size_bytes": record.file_size_bytes,
        "missing_count": record.missing_count,
        "error_code": record.error_code.value if record.error_code else "",
        "error": record.error or "",
    }


def _lost() -> dict[str, Any]:
    failure = Failure.QUEUE_LOST
    return {
        "state": ExportRequest.State.FAILED,
        "ended_at": timezone.now(),
        "error_code": failure.value,
        "error": failure.sentence,
    }
