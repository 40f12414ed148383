"""Counters of exports in Redis, for monitoring: how many ended and how, how long they took, what was refused by which rule.

Processes come and go, so what they count is kept in one hash that all of them add to. A Redis that was emptied begins at
zero again, which a counter of Prometheus may.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import redis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from redis.client import Pipeline

    from exports.requests.specs import ExportKind

logger = logging.getLogger(__name__)

KEY: Final = "export_counters"
"""The hash: its fields are `ended:KIND:OUTCOME`, `within:KIND:SECONDS`, `seconds:KIND` and `refused:RULE`."""
BOUNDS: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)
"""Seconds: an export is counted at the first of them that it took no longer than."""
BEYOND: Final = "beyond"


@dataclass(slots=True)
class Durations:
    """Completed exports of a kind: how many took no longer than each bound but longer than the one before, and in all."""

    within: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(slots=True)
class Counted:
    """All counters as they stand. `ended` by kind and outcome, `durations` by kind, `refused` by rule."""

    ended: dict[tuple[str, str], int] = field(default_factory=dict)
    durations: defaultdict[str, Durations] = field(default_factory=lambda: defaultdict(Durations))
    refused: dict[str, int] = field(default_factory=dict)


def ended(pipe: Pipeline, kind: ExportKind, outcome: str) -> None:
    """One more export of this kind ended so; written with its status or not at all."""
    pipe.hincrby(KEY, f"ended:{kind.value}:{outcome}", 1)


def took(pipe: Pipeline, kind: ExportKind, seconds: float) -> None:
    """A completed one took so long."""
    bound = next((str(limit) for limit in BOUNDS if seconds <= limit), BEYOND)
    pipe.hincrby(KEY, f"within:{kind.value}:{bound}", 1)
    pipe.hincrbyfloat(KEY, f"seconds:{kind.value}", seconds)


def refused(client: redis.Redis, rules: Iterable[str]) -> None:
    """A request was refused by these rules. One that cannot be counted is refused all the same."""
    try:
        with client.pipeline() as pipe:
            for rule in rules:
                pipe.hincrby(KEY, f"refused:{rule}", 1)
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("a refusal was not counted: %s", error)


def read(client: redis.Redis) -> Counted:
    """Raises redis.RedisError."""
    stored = cast("Mapping[bytes, bytes]", client.hgetall(KEY))
    found = Counted()
    for name, value in stored.items():
        match name.decode().split(":"):
            case ["ended", kind, outcome]:
                found.ended[kind, outcome] = int(value)
            case ["within", kind, bound]:
                found.durations[kind].within[bound] = int(value)
            case ["seconds", kind]:
                found.durations[kind].seconds = float(value)
            case ["refused", rule]:
                found.refused[rule] = int(value)
    return found
