"""Plain words for what the tests of exports do again and again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from exports.jobs import tracked
from exports.lifecycle.records import ExportRecord
from exports.lifecycle.status import store
from exports.requests.specs import ExportKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exports.jobs import Attempt

OWNER = 7
NOW = datetime(2025, 11, 15, 12, tzinfo=UTC)
JOB = UUID("11111111-2222-4333-8444-555555555555")


def record(**changes: Any) -> ExportRecord:
    """An archive of 200 detections, submitted at NOW."""
    new = ExportRecord.new(JOB, ExportKind.ZIP, OWNER, "Bucks & does", total=200, now=NOW)
    return replace(new, **changes)


def live(job_id: UUID | str) -> ExportRecord:
    """The record of an export that must be there."""
    found = store().get(UUID(str(job_id)))
    assert found is not None
    return found


def claim(job_id: UUID) -> str:
    """Claim an export that must be free; return the attempt's token."""
    claimed = store().claim(job_id)
    assert claimed is not None
    assert claimed.attempt is not None
    return claimed.attempt


@contextmanager
def running(job_id: UUID | str) -> Iterator[Attempt]:
    """`tracked`, of an export that must be free."""
    with tracked(UUID(str(job_id))) as attempt:
        assert attempt is not None
        yield attempt
