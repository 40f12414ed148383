"""Quick Redis: a client for one question whose asker does not wait: one try, a second at most."""

from __future__ import annotations

from typing import Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

SECONDS: Final = 1


def quick_client() -> redis.Redis:
    """To be closed by whoever asked for it."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=SECONDS,
        socket_connect_timeout=SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
