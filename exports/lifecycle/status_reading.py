"""Status store of exports, reads: one record, an owner's, everybody's. Reading never prolongs a life."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from exports.lifecycle import keys
from exports.lifecycle.errors import UnreadableStatus
from exports.lifecycle.estimates import Duration
from exports.lifecycle.keys import key_of, tombstone_of
from exports.lifecycle.records import ExportRecord
from exports.requests.specs import ExportKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    import redis

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OwnerRecords:
    """An owner's live exports: the records that can be read, and the ids of those that cannot."""

    readable: list[ExportRecord]
    unreadable: list[UUID]


class StatusReader:
    """Reads of export records. Every method may raise redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def now(self) -> datetime:
        """The time by the clock of Redis, the one that all writers of a record share."""
        seconds, microseconds = self.client.time()  # type: ignore[misc]  # an awaitable of async clients
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds)

    def get(self, job_id: UUID) -> ExportRecord | None:
        """The record, or None where it was deleted or has expired. Raises UnreadableStatus."""
        raw: Any = self.client.get(key_of(job_id))
        return None if raw is None else parse(key_of(job_id), raw)

    def is_owner(self, job_id: UUID, owner_id: int) -> bool:
        """Whose export it is, without reading the record (which may be unreadable)."""
        return self.client.zscore(keys.list_of(owner_id), str(job_id)) is not None

    def of_owner(self, owner_id: int) -> OwnerRecords:
        """The owner's live exports, newest first. An unreadable one is logged, and an id alone."""
        members: Any = self.client.zrevrange(keys.list_of(owner_id), 0, -1)
        job_ids = [UUID(member.decode()) for member in members]
        records = self._many(job_ids)
        # Only creation makes a key, and its id is new: what is gone from the list's view stays gone.
        gone = [str(job_id) for job_id, record in records if record is None]
        if gone:
            self.client.zrem(keys.list_of(owner_id), *gone)
        answered = dict(records)
        return OwnerRecords(
            [record for record in answered.values() if record is not None],
            [job_id for job_id in job_ids if job_id not in answered],
        )

    def unfinished(self) -> list[ExportRecord]:
        """Every export that is processing, oldest first."""
        members: Any = self.client.zrange(keys.PROCESSING, 0, -1)
        records = self._many([UUID(member.decode()) for member in members])
        gone = [str(job_id) for job_id, record in records if record is None]
        if gone:
            self.client.zrem(keys.PROCESSING, *gone)
        return [record for _, record in records if record is not None and record.is_processing]

    def everybodys(self) -> list[ExportRecord]:
        """Every live export of every owner, newest first."""
        members: Any = self.client.zrange(keys.LIVE, 0, -1)
        records = self._many([UUID(member.decode()) for member in members])
        alive = [record for _, record in records if record is not None]
        return sorted(alive, key=lambda record: record.created_at, reverse=True)

    def durations(self) -> dict[ExportKind, list[Duration]]:
        """How long the last completed exports of each kind took, the newest first."""
        with self.client.pipeline(transaction=False) as pipe:
            for kind in ExportKind:
                pipe.lrange(keys.durations_of(kind), 0, -1)
            answers = pipe.execute()
        return {
            kind: [Duration.from_json(item) for item in items]
            for kind, items in zip(ExportKind, answers, strict=True)
        }

    def many(self, job_ids: Iterable[UUID]) -> dict[UUID, ExportRecord | None]:
        """The records of these ids, None where there is none; an unreadable one is left out."""
        return dict(self._many(list(job_ids)))

    def was_deleted(self, job_id: UUID) -> bool:
        return bool(self.client.exists(tombstone_of(job_id)))

    def _many(self, job_ids: list[UUID]) -> list[tuple[UUID, ExportRecord | None]]:
        values: Any = self.client.mget([key_of(job_id) for job_id in job_ids]) if job_ids else []
        records = []
        for job_id, raw in zip(job_ids, values, strict=True):
            try:
                records.append((job_id, None if raw is None else parse(key_of(job_id), raw)))
            except UnreadableStatus:
                continue  # logged where it was parsed
        return records


def parse(key: str, raw: bytes) -> ExportRecord:
    try:
        return ExportRecord.from_json(raw)
    except ValueError as error:
        logger.error("unreadable export status in %s: %s", key, error)
        raise UnreadableStatus(key) from error
