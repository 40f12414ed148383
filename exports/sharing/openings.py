"""Rate of the public pages: how often shared links may be opened in a minute, from one address and of one link.

Keys cannot be guessed; this keeps a stranger from keeping the server busy. Counted in Redis, so that all server processes
count together. While Redis is away nobody is counted, and links open.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import time
from typing import Final

import redis

from exports.lifecycle import keys
from exports.lifecycle.status import store

logger = logging.getLogger(__name__)

PER_ADDRESS: Final = 120
"""Enough for a club that opens its mail at once, in one house or behind a proxy that names nobody."""
PER_LINK: Final = 240
MINUTE: Final = 60
IPV6_NET: Final = 64
"""Bits of an IPv6 address that one household has; it may change the others as it likes."""


def wait_of(address: str, key: str) -> int:
    """Count one opening of a link by its key; the seconds to wait where there were too many, else 0."""
    now = int(time.time())
    digest = hashlib.sha256(key.encode()).hexdigest()
    minute = now // MINUTE
    counters = (
        (keys.opened_from(_net(address), minute), PER_ADDRESS),
        (keys.opened_link(digest, minute), PER_LINK),
    )
    try:
        with store().client.pipeline() as pipe:
            for name, _most in counters:
                pipe.incr(name)
                pipe.expire(name, 2 * MINUTE)
            counts = pipe.execute()[::2]
    except redis.RedisError:
        logger.warning("Redis is away: openings of shared links are not counted")
        return 0
    is_too_often = any(count > most for count, (_name, most) in zip(counts, counters, strict=True))
    return MINUTE - now % MINUTE if is_too_often else 0


def _net(address: str) -> str:
    """The address, or its net; empty for a server behind a socket, where all come from one."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((known, IPV6_NET), strict=False))
    return str(known)
