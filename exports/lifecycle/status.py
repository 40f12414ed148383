"""Status store of exports in Redis: every write of it. `status_reading` reads it, `admission` keeps its own keys there.

Only `add` makes a key. Every later write is a compare-and-SETEX under WATCH: the key is still there,
says processing and bears the attempt that the writer names, else the write is dropped and None comes
back. So a deleted export cannot return, `completed` is never overwritten, and of two writers one wins.
Each write lets the key live EXPORT_TTL seconds from then; reading never does.
"""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import redis
from django.conf import settings
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from exports import counters
from exports.lifecycle import keys
from exports.lifecycle.estimates import KEPT, Duration
from exports.lifecycle.keys import key_of, tombstone_of
from exports.lifecycle.records import ExportRecord, ExportStatus, Failure, Phase
from exports.lifecycle.status_reading import StatusReader, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.client import Pipeline

logger = logging.getLogger(__name__)

CLAIM_STALE_AFTER: Final = timedelta(seconds=90)
"""A run that has not written for so long may be taken over by another entry of the same job."""

_OWNER_SLACK: Final = 60  # seconds that an owner's list outlives its last export


@lru_cache
def _client(url: str, tries: int) -> redis.Redis:
    """One pool a process and URL: a client made a call would open a connection a call."""
    backoff = ExponentialBackoff(cap=8, base=0.25) if tries > 1 else NoBackoff()
    return redis.Redis.from_url(
        url,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(backoff, tries),
    )


def store(*, patient: bool = False) -> StatusStore:
    """The store for a web request, which gives up soon; or for a job, which can wait a minute and a half."""
    return StatusStore(_client(settings.REDIS_URL, 16 if patient else 1))


class StatusStore(StatusReader):
    """Writes of export records too. Every method may raise redis.RedisError."""

    # --- creation and deletion ------------------------------------------------------------------
    def add(self, pipe: Pipeline, record: ExportRecord) -> ExportRecord:
        """Put the creation on `pipe`, a MULTI that also queues the job; return what it stores."""
        created = record.created_at.timestamp()
        pipe.zadd(keys.list_of(record.owner_id), {str(record.job_id): created})
        pipe.zadd(keys.PROCESSING, {str(record.job_id): created})
        return self._put(pipe, record)

    def remove(self, job_id: UUID, owner_id: int) -> bool:
        """Delete the key and leave a tombstone, in one MULTI; False where the key was gone already."""
        with self.client.pipeline() as pipe:
            pipe.delete(key_of(job_id))
            pipe.setex(
                tombstone_of(job_id),
                settings.EXPORT_JOB_TIMEOUT + settings.EXPORT_TTL,
                json.dumps({"owner_id": owner_id, "deleted_at": self.now().isoformat()}),
            )
            for name in (
                keys.list_of(owner_id),
                keys.running_of(owner_id),
                keys.PROCESSING,
                keys.LIVE,
            ):
                pipe.zrem(name, str(job_id))
            deleted = bool(pipe.execute()[0])
        if deleted:
            logger.info("export deleted", extra={"job_id": job_id})
        return deleted

    # --- transitions ----------------------------------------------------------------------------
    def claim(self, job_id: UUID) -> ExportRecord | None:
        """Give this run the export, with a new attempt; None where it is gone, ended or in work."""
        attempt = uuid.uuid4().hex

        def take(record: ExportRecord) -> ExportRecord | None:
            is_ours = record.attempt == attempt  # written already, but the answer was lost
            is_free = not record.attempt or self.now() - record.updated_at >= CLAIM_STALE_AFTER
            if not (is_ours or is_free):
                return None
            return replace(record, attempt=attempt, started_at=self.now(), processed_count=0)

        claimed = self._swap(job_id, take)
        if claimed:
            logger.info("export claimed", extra={"job_id": job_id})
        return claimed

    def advance(
        self, job_id: UUID, attempt: str, phase: Phase, processed: int | None = None
    ) -> ExportRecord | None:
        """Record where the attempt is; None says that it should stop."""

        def move(record: ExportRecord) -> ExportRecord | None:
            if record.attempt != attempt:
                return None
            count = record.processed_count if processed is None else processed
            return replace(record, phase=phase, processed_count=count)

        return self._swap(job_id, move)

    def complete(
        self, job_id: UUID, attempt: str, *, size: int, sha256: str, missing: int
    ) -> ExportRecord | None:
        """The attempt's file stands: processing -> completed. None where the attempt has lost."""
        completed = self._swap(
            job_id,
            lambda record: (
                replace(
                    record,
                    status=ExportStatus.COMPLETED,
                    phase=Phase.FINISHED,
                    completed_at=self.now(),
                    processed_count=record.total_count,
                    missing_count=missing,
                    file_size_bytes=size,
                    sha256=sha256,
                )
                if record.attempt == attempt
                else None
            ),
        )
        if completed:
            logger.info("export completed: %d bytes", size, extra={"job_id": job_id})
            return completed
        # Where the server's answer was lost, the write may stand all the same: look before giving up.
        stored = self.get(job_id)
        is_ours = stored and stored.status is ExportStatus.COMPLETED and stored.attempt == attempt
        return stored if is_ours else None

    def fail(
        self,
        job_id: UUID,
        attempt: str | None,
        failure: Failure,
        sentence: str = "",
        *,
        missing: int = 0,
    ) -> ExportRecord | None:
        """processing -> failed, of the attempt that the caller saw (None: not begun). Idempotent."""
        failed = self._swap(
            job_id,
            lambda record: (
                replace(
                    record,
                    status=ExportStatus.FAILED,
                    completed_at=self.now(),
                    error=sentence or failure.sentence,
                    error_code=failure,
                    missing_count=missing,
                )
                if record.attempt == attempt
                else None
            ),
        )
        if failed:
            logger.warning("export failed: %s", failure.value, extra={"job_id": job_id})
        return failed

    def rearm(self, job_id: UUID) -> ExportRecord | None:
        """Let an export that still waits its turn live on."""
        return self._swap(job_id, lambda record: None if record.attempt else record)

    def _swap(
        self, job_id: UUID, change: Callable[[ExportRecord], ExportRecord | None]
    ) -> ExportRecord | None:
        """Compare and SETEX: what `change` makes of a processing record, unless it says None."""
        key = key_of(job_id)
        with self.client.pipeline() as pipe:
            while True:
                try:
                    pipe.watch(key)  # type: ignore[no-untyped-call]  # untyped in redis-py
                    raw: Any = pipe.get(key)
                    record = None if raw is None else parse(key, raw)
                    changed = change(record) if record and record.is_processing else None
                    if changed is None:
                        return None
                    pipe.multi()
                    written = self._put(pipe, changed)
                    pipe.execute()
                except redis.WatchError:
                    continue  # somebody wrote in between: look again
                return written

    def _put(self, pipe: Pipeline, record: ExportRecord) -> ExportRecord:
        ttl: int = settings.EXPORT_TTL
        written = record.written(self.now(), ttl)
        key = key_of(record.job_id)
        member, expires = str(record.job_id), written.expires_at.timestamp()
        running = keys.running_of(record.owner_id)
        pipe.setex(key, ttl, written.to_json())
        pipe.pexpireat(
            key, written.expires_at
        )  # a MULTI that waited for Redis is late for what it says
        pipe.zadd(keys.LIVE, {member: expires})
        pipe.zremrangebyscore(keys.LIVE, 0, written.updated_at.timestamp())
        pipe.expire(keys.list_of(record.owner_id), ttl + _OWNER_SLACK)
        if record.is_processing:
            pipe.zadd(running, {member: expires})
            pipe.expire(running, ttl + _OWNER_SLACK)
        else:
            pipe.zrem(running, member)
            pipe.zrem(keys.PROCESSING, member)
            counters.ended(pipe, record.kind, record.error_code or record.status)
        if record.status is ExportStatus.COMPLETED:
            duration = Duration.of(record)
            counters.took(pipe, record.kind, duration.seconds)
            pipe.lpush(keys.durations_of(record.kind), duration.to_json())
            pipe.ltrim(keys.durations_of(record.kind), 0, KEPT - 1)
        return written
