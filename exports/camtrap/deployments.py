"""Deployments of a Camtrap DP package, and to which of them each photograph belongs. Pure.

A photograph belongs to the deployment of its camera in whose days it was taken. Photographs between,
before or after a camera's deployments get a deployment derived from them, which says so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, tzinfo
    from uuid import UUID

DERIVED: Final = (
    "Derived: no deployment of this camera covers these photographs; "
    "it lasts from the first to the last of them."
)
STILL_RUNNING: Final = (
    "The camera was still running: the deployment is shown to end with its last photograph."
)
_LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Run:
    """A stored deployment: local days, both inclusive; `ended_on` None while the camera still runs."""

    id: UUID
    started_on: date
    ended_on: date | None

    def covers(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph's camera and its time, aware, in the zone in which days are counted."""

    image: UUID
    camera: UUID
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Placement:
    """One deployment of the package; `start` and `end` aware, `comments` empty where all is recorded."""

    id: str
    camera: UUID
    start: datetime
    end: datetime
    comments: str


def place(
    shots: Iterable[Shot], runs: Mapping[UUID, Sequence[Run]], zone: tzinfo
) -> tuple[list[Placement], dict[UUID, str]]:
    """The deployments that the shots need, by camera and start, and of each image its deployment's id.

    `runs` are a camera's stored deployments in any order; where two overlap, the one that started later
    wins, for somebody had set the camera up anew.
    """
    groups: defaultdict[tuple[UUID, Run | int], list[Shot]] = defaultdict(list)
    for shot in shots:
        groups[shot.camera, _home(shot, runs.get(shot.camera, ()))].append(shot)
    placements: list[Placement] = []
    homes: dict[UUID, str] = {}
    for (camera, home), members in groups.items():
        placement = _placement(camera, home, [shot.captured_at for shot in members], zone)
        placements.append(placement)
        homes |= {shot.image: placement.id for shot in members}
    return sorted(placements, key=lambda item: (str(item.camera), item.start, item.id)), homes


def _home(shot: Shot, runs: Sequence[Run]) -> Run | int:
    """The run that covers the shot; else how many began before it, which names the gap it lies in."""
    day = shot.captured_at.date()
    covering = [run for run in runs if run.covers(day)]
    if covering:
        return max(covering, key=lambda run: run.started_on)
    return sum(run.started_on <= day for run in runs)


def _placement(camera: UUID, home: Run | int, times: list[datetime], zone: tzinfo) -> Placement:
    first, last = min(times), max(times)
    if isinstance(home, int):
        return Placement(f"{camera}-derived-{first:%Y-%m-%d}", camera, first, last, DERIVED)
    start = datetime.combine(home.started_on, time.min, zone)
    if home.ended_on is None:
        return Placement(str(home.id), camera, start, last, STILL_RUNNING)
    end = datetime.combine(home.ended_on, _LAST_SECOND, zone)
    return Placement(str(home.id), camera, start, end, "")
