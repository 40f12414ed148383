"""Beats of workers: what each one last said of itself, in Redis: whether it reaches the database, and what its clock shows.

RQ knows whether a worker lives, and no more: one that lived without its database failed every job while everything seemed
to be well. A beat is gone when its worker is.
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from reid.db import outage, shared_clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from redis import Redis

KEPT_SECONDS: Final = 90
"""As long as RQ keeps a worker that says nothing."""


@dataclass(frozen=True, slots=True)
class Beat:
    """`behind` is how many seconds the clock of its host is behind that of Redis; negative: ahead of it."""

    host: str
    reaches_database: bool
    behind: float

    @classmethod
    def of_this_process(cls, client: Redis) -> Self:
        """Raises redis.RedisError."""
        behind = shared_clock.ahead(client).total_seconds()
        return cls(socket.gethostname(), outage.is_answered(), round(behind, 1))


def write(client: Redis, worker: str) -> None:
    """Note how this process is, as the worker of this name. Raises redis.RedisError."""
    beat = Beat.of_this_process(client)
    client.set(_key_of(worker), json.dumps(asdict(beat)), ex=KEPT_SECONDS)


def read(client: Redis, workers: Iterable[str]) -> dict[str, Beat]:
    """The last beat of each worker that has one. Raises redis.RedisError."""
    names = list(workers)
    values: Any = client.mget([_key_of(name) for name in names]) if names else []
    return {
        name: Beat(**json.loads(value))
        for name, value in zip(names, values, strict=True)
        if value is not None
    }


def _key_of(worker: str) -> str:
    return f"thumper:beat:{worker}"
