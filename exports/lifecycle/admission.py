"""Admission of new exports: limits, Idempotency-Keys and equal requests, read under WATCH with the creation.

Every creation, end and deletion of an owner's export writes `export_jobs:running:{owner}`. Under WATCH on it
two requests of one owner at the same moment cannot both be the fourth of four, nor both be the first of two
equal ones: one of them gets a WatchError and looks again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.conf import settings

from exports.lifecycle import keys
from exports.lifecycle.errors import KeyReused, KeySpent, TooManyRunning, TooManyStarted
from exports.lifecycle.records import ExportRecord
from reid.db import shared_clock

if TYPE_CHECKING:
    import redis
    from redis.client import Pipeline

    from exports.requests.specs import ArchiveSpec, ReportSpec

logger = logging.getLogger(__name__)

ONCE_SECONDS: Final = 86_400
"""How long an Idempotency-Key is remembered."""
_MINUTE: Final = 60
_WAIT_AT_LEAST, _WAIT_AT_MOST = 2, 60  # seconds between two tries where too many run


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key, and a digest of the request that it came with."""

    key: str
    digest: str


def fingerprint(spec: ReportSpec | ArchiveSpec, mail_to: str) -> str:
    """Equal for exports of one owner of which one can stand for the other."""
    return digest([type(spec).__name__, spec.to_json(), mail_to])


def digest(data: Any) -> str:
    """SHA-256 of JSON data, whatever the order in which its objects were written."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Admission:
    """Reads and writes of what decides on a new export. Every method may raise redis.RedisError."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client

    def replay(
        self, owner_id: int, once: Once, reader: redis.Redis | None = None
    ) -> ExportRecord | None:
        """The export as it was first answered with, where the key came before.

        Raises KeyReused, and KeySpent: a late retry must not bring back what its owner has deleted, and an
        answer that leads nowhere would help nobody.
        """
        reader = reader or self.client
        raw: Any = reader.get(keys.once_of(owner_id, once.key))
        if raw is None:
            return None
        first = json.loads(raw)
        if first["digest"] != once.digest:
            raise KeyReused
        record = ExportRecord.from_json(first["record"])
        if not reader.exists(keys.key_of(record.job_id)):
            raise KeySpent
        return record

    def look(
        self, pipe: Pipeline, owner_id: int, same: str, once: Once | None
    ) -> ExportRecord | None:
        """Begin a creation on `pipe`: an export to answer with instead, or None, with WATCH set.

        That is the first answer to the same key, or one that still runs and has the fingerprint `same`.
        Raises KeyReused, KeySpent, TooManyRunning, TooManyStarted, and redis.WatchError where one must look again.
        """
        watched = [keys.running_of(owner_id)]
        watched += [keys.once_of(owner_id, once.key)] if once else []
        pipe.watch(*watched)  # type: ignore[no-untyped-call]  # untyped in redis-py
        if once and (first := self.replay(owner_id, once, pipe)):
            return first
        running = self._running(pipe, owner_id)
        for record in running:
            if record.fingerprint == same:
                logger.info("folded into the export that runs", extra={"job_id": record.job_id})
                if once:
                    pipe.multi()
                    self._remember(pipe, record, once)
                    pipe.execute()
                return record
        self._require_pace(pipe, owner_id)
        if len(running) >= settings.EXPORT_MAX_RUNNING:
            raise TooManyRunning(_wait_for(running))
        return None

    def note(self, pipe: Pipeline, record: ExportRecord, once: Once | None) -> None:
        """Put on `pipe`, a MULTI that creates `record`, what later requests must know of it."""
        if once:
            self._remember(pipe, record, once)
        rate = keys.rate_of(record.owner_id, _minute())
        pipe.incr(rate)
        pipe.expire(rate, 2 * _MINUTE)

    def _running(self, pipe: Pipeline, owner_id: int) -> list[ExportRecord]:
        now = shared_clock.now().timestamp()
        members: Any = pipe.zrangebyscore(keys.running_of(owner_id), now, math.inf)
        if not members:
            return []
        values: Any = pipe.mget([keys.key_of(UUID(member.decode())) for member in members])
        records = [_readable(value) for value in values if value is not None]
        return [record for record in records if record and record.is_processing]

    def _remember(self, pipe: Pipeline, record: ExportRecord, once: Once) -> None:
        answer = json.dumps({"digest": once.digest, "record": record.to_json()})
        pipe.setex(keys.once_of(record.owner_id, once.key), ONCE_SECONDS, answer)

    def _require_pace(self, pipe: Pipeline, owner_id: int) -> None:
        started: Any = pipe.get(keys.rate_of(owner_id, _minute()))
        if int(started or 0) >= settings.EXPORT_MAX_PER_MINUTE:
            raise TooManyStarted(_MINUTE - int(time.time()) % _MINUTE)


def _readable(raw: bytes) -> ExportRecord | None:
    try:
        return ExportRecord.from_json(raw)
    except ValueError:  # whoever asks for its status gets the error; here it only does not count
        return None


def _wait_for(running: list[ExportRecord]) -> int:
    """Seconds until the first of them is thought to end."""
    ends = [record.first_estimate for record in running if record.first_estimate]
    left = (min(ends) - shared_clock.now()).total_seconds() if ends else _WAIT_AT_LEAST
    return max(_WAIT_AT_LEAST, min(math.ceil(left), _WAIT_AT_MOST))


def _minute() -> int:
    return int(time.time()) // _MINUTE
