"""Record of one live export, as Redis holds it. Pure.

    processing -> completed | failed

Both ends are final. A record that is gone (deleted or expired) is gone for good.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from exports.requests.specs import ExportKind, read_fields

if TYPE_CHECKING:
    from collections.abc import Callable


class ExportStatus(StrEnum):
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Phase(StrEnum):
    """Where the work is. A failed export keeps the phase in which it failed."""

    QUEUED = "queued"
    COLLECTING = "collecting"
    RENDERING = "rendering"
    PACKING = "packing"
    PUBLISHING = "publishing"
    FINISHED = "finished"


class Failure(StrEnum):
    """Why an export failed: a code for machines, and beside it the sentence that the user reads."""

    INTERNAL_ERROR = "internal_error"
    TIMEOUT = "timeout"
    NO_DATA = "no_data"
    WORKER_KILLED = "worker_killed"
    WORKER_LOST = "worker_lost"
    QUEUE_LOST = "queue_lost"
    STOPPED = "stopped"
    DISK_FULL = "disk_full"
    STORAGE_AWAY = "storage_away"
    DATABASE_AWAY = "database_away"
    REDIS_AWAY = "redis_away"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES: Final = {
    Failure.INTERNAL_ERROR: (
        "The export failed because of an internal error. Start it again; "
        "if it fails again, give the job id to whoever runs this server."
    ),
    Failure.TIMEOUT: "The export took too long. Ask for a shorter period or for fewer detections.",
    Failure.NO_DATA: "There was nothing to export.",
    Failure.WORKER_KILLED: (
        "The worker was killed while it built this export. Start it again, "
        "with fewer detections if that happens twice."
    ),
    Failure.WORKER_LOST: "The worker that built this export is gone. Start the export again.",
    Failure.QUEUE_LOST: "The export was lost from the queue. Start it again.",
    Failure.STOPPED: "The export was stopped by whoever runs this server. Start it again.",
    Failure.DATABASE_AWAY: (
        "The database did not answer while this export was built. Start the export again."
    ),
    Failure.REDIS_AWAY: (
        "The job queue did not answer while this export was built. Start the export again."
    ),
    Failure.DISK_FULL: (
        "The disk of this server is full. Delete exports that you do not need, or ask for less."
    ),
    Failure.STORAGE_AWAY: (
        "The storage of photographs and exports could not be reached. Start the export again in a few minutes."
    ),
}

_TIMES: Final = (
    *("created_at", "updated_at", "expires_at", "started_at", "completed_at"),
    "first_estimate",
)

DOWNLOAD_URL: Final = "/api/static/exports/{filename}"
"""Where the API serves the file."""


def _time_or_none(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "job_id": UUID,
    "kind": ExportKind,
    "status": ExportStatus,
    "phase": Phase,
    **dict.fromkeys(("created_at", "updated_at", "expires_at"), datetime.fromisoformat),
    **dict.fromkeys(("started_at", "completed_at", "first_estimate"), _time_or_none),
    "error_code": lambda code: Failure(code) if code else None,
}
"""How the fields that JSON has no words for are read back."""


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One export. `attempt` is the token of the run that may write; all times are aware and UTC.

    `total_count`, `processed_count` and `missing_count` count detections of a ZIP and are 0 for a PDF.
    `completed_at` is when it ended, well or not. `mail_to` is whom to tell then; empty: nobody, though he may have wanted it.
    `fingerprint` is the same for equal requests; `first_estimate` is what the 202 said of its end.
    """

    job_id: UUID
    kind: ExportKind
    owner_id: int
    title: str
    status: ExportStatus
    phase: Phase
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    attempt: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    total_count: int = 0
    processed_count: int = 0
    missing_count: int = 0
    file_size_bytes: int | None = None
    sha256: str | None = None
    error: str | None = None
    error_code: Failure | None = None
    mail_to: str = ""
    wants_mail: bool = False
    fingerprint: str = ""
    first_estimate: datetime | None = None

    @classmethod
    def new(
        cls, job_id: UUID, kind: ExportKind, owner_id: int, title: str, total: int, now: datetime
    ) -> Self:
        return cls(
            job_id=job_id,
            kind=kind,
            owner_id=owner_id,
            title=title,
            status=ExportStatus.PROCESSING,
            phase=Phase.QUEUED,
            created_at=now,
            updated_at=now,
            expires_at=now,
            total_count=total,
        )

    @property
    def filename(self) -> str:
        """The public name of the file; the one on disk carries the attempt too."""
        return f"{self.job_id}.{self.kind.value}"

    @property
    def is_processing(self) -> bool:
        return self.status is ExportStatus.PROCESSING

    @property
    def progress_percent(self) -> float:
        """0 to 100, one decimal. A PDF has no countable steps: 0 until it is completed."""
        if self.status is ExportStatus.COMPLETED:
            return 100.0
        return round(100 * self.processed_count / self.total_count, 1) if self.total_count else 0.0

    def written(self, now: datetime, ttl: int) -> Self:
        """The record as it is stored at `now`, to live for `ttl` seconds from then."""
        return replace(self, updated_at=now, expires_at=now + timedelta(seconds=ttl))

    def to_json(self) -> str:
        data: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        data["job_id"] = str(self.job_id)
        is_there = (
            self.status is ExportStatus.COMPLETED
        )  # a file is published before its status says so
        data["filename"] = self.filename if is_there else None
        data["download_url"] = DOWNLOAD_URL.format(filename=self.filename) if is_there else None
        for name in _TIMES:
            data[name] = data[name].isoformat() if data[name] else None
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Raises ValueError for anything that `to_json` did not write.

        A record that an earlier version wrote lacks the fields that were added since: those have their
        defaults, so that an update loses no export. (A field added without a default ends that.)
        """
        try:
            data = json.loads(text)
            del data["filename"]  # both are derived; an earlier version wrote the first one alone
            data.pop("download_url", None)
            return cls(**read_fields(data, _READERS))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no export record: {error!r}") from error


MEDIA_TYPES: Final = {ExportKind.PDF: "application/pdf", ExportKind.ZIP: "application/zip"}


_NOT_IN_NAMES: Final = re.compile(r'[<>:"/\\|?*]+')  # what some file system or other refuses


def saved_name(record: ExportRecord) -> str:
    """The name under which a browser saves the file: its title, without what file systems refuse."""
    return file_name(record.title, record.kind) or record.filename


def file_name(title: str, kind: ExportKind) -> str:
    """A name for the file of an export with this title; empty where nothing of the title is left."""
    stem = _NOT_IN_NAMES.sub("-", title).strip(" .-")
    return f"{stem}.{kind.value}" if stem else ""
