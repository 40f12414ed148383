"""Shared clock: that of Redis, by which processes on hosts whose own clocks disagree judge whether another one lives.

A heartbeat is written by one host and judged by another. By their own clocks a worker two hours behind was taken for
dead while it worked.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import redis
from django.conf import settings

from reid.db.quick_redis import quick_client

if TYPE_CHECKING:
    from redis import Redis

logger = logging.getLogger(__name__)

SAME: Final = timedelta(seconds=2)
"""Clocks that differ by less are the same: half of it may be the way to Redis."""
ASKED_EVERY: Final = 30.0
"""Seconds between two looks at the clock of Redis."""
_NONE: Final = timedelta(0)


class _Difference:
    """How far the shared clock is ahead of this process's own; the last that was seen while Redis is away."""

    def __init__(self) -> None:
        self.value, self._url, self._ask_at, self._is_away = _NONE, "", 0.0, False

    def read(self) -> timedelta:
        moment = time.monotonic()
        if moment >= self._ask_at or self._url != settings.REDIS_URL:
            self._url, self._ask_at = settings.REDIS_URL, moment + ASKED_EVERY
            try:
                with quick_client() as client:
                    self.value, self._is_away = ahead(client), False
            except redis.RedisError as error:
                # A command where nothing else runs has no embedded server beside it, and nobody to agree with.
                if not (self._is_away or settings.REDIS_EMBEDDED):
                    logger.warning("the clock of Redis cannot be read: %s", error)
                self._is_away = True
        return self.value


_difference: Final = _Difference()


def now() -> datetime:
    """The time by the shared clock."""
    return datetime.now(UTC) + _difference.read()


def ahead(client: Redis) -> timedelta:
    """How far the clock of Redis is ahead of this host's own; nothing where they are the same. Raises RedisError."""
    seconds, microseconds = client.time()  # type: ignore[misc]  # an awaitable of async clients
    shared = datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)
    found = shared - datetime.now(UTC)
    return found if abs(found) >= SAME else _NONE
