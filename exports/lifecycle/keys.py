"""Keys of everything that exports keep in Redis. Pure.

| key | holds | lives |
|---|---|---|
| `export_job:{job_id}` | the record, JSON | EXPORT_TTL from its last write |
| `export_job_deleted:{job_id}` | the tombstone of a deleted export | as long as a run of it could |
| `export_jobs:owner:{owner}` | an owner's exports by creation | as long as the last of them |
| `export_jobs:running:{owner}` | those of them that process, by expiry | the same |
| `export_jobs:processing`, `export_jobs:live` | everybody's: by creation, and by expiry | pruned as they are written |
| `export_durations:{kind}` | how long the last ones took | bounded in number |
| `export_once:{owner}:{digest}` | the first answer to an Idempotency-Key | a day |
| `export_rate:{owner}:{minute}` | how many were started in that minute | two minutes |
| `shared_from:{address}:{minute}` | how many shared links were opened from there | two minutes |
| `shared_link:{digest}:{minute}` | how often that link was opened | two minutes |
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

    from exports.requests.specs import ExportKind

PROCESSING: Final = "export_jobs:processing"
LIVE: Final = "export_jobs:live"


def key_of(job_id: UUID) -> str:
    return f"export_job:{job_id}"


def tombstone_of(job_id: UUID) -> str:
    return f"export_job_deleted:{job_id}"


def list_of(owner_id: int) -> str:
    return f"export_jobs:owner:{owner_id}"


def running_of(owner_id: int) -> str:
    return f"export_jobs:running:{owner_id}"


def durations_of(kind: ExportKind) -> str:
    return f"export_durations:{kind.value}"


def once_of(owner_id: int, key: str) -> str:
    """A client chooses the key, so that it is a digest here: no length and no character matters."""
    return f"export_once:{owner_id}:{hashlib.sha256(key.encode()).hexdigest()}"


def rate_of(owner_id: int, minute: int) -> str:
    return f"export_rate:{owner_id}:{minute}"


def opened_from(address: str, minute: int) -> str:
    return f"shared_from:{address}:{minute}"


def opened_link(digest: str, minute: int) -> str:
    return f"shared_link:{digest}:{minute}"
