"""Deployments of a Camtrap DP package, and to which of them each photograph belongs. Pure.

A photograph belongs to the deployment of its camera in whose days it was taken; on the day of a visit to the one
whose time says so, else to the one that begins. Photographs between, before or after a camera's deployments get
a deployment derived from them, which says so. A place belongs to a deployment; the camera's own is for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Final, TypeAlias

from reid.importing.formats.packages import own_marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, tzinfo
    from decimal import Decimal
    from uuid import UUID

DERIVED: Final = own_marks.DERIVED
STILL_RUNNING: Final = own_marks.STILL_RUNNING
_LAST_SECOND: Final = time(23, 59, 59)


Place: TypeAlias = "tuple[Decimal, Decimal]"
"""Latitude and longitude, WGS84."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Local days, both inclusive, on which a camera did not work."""

    started_on: date
    ended_on: date


@dataclass(frozen=True, slots=True)
class Run:
    """A stored deployment: local days, both inclusive; `ended_on` None while the camera still runs.

    `started_at` and `ended_at` are times of those days, None where nobody knows them.
    """

    id: UUID
    started_on: date
    ended_on: date | None
    started_at: time | None = None
    ended_at: time | None = None
    place: Place | None = None
    outages: tuple[Outage, ...] = ()
    """Days of it on which the camera did not work."""

    def covers(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)

    def rank(self, moment: datetime) -> tuple[bool, bool, date, time]:
        """How well the moment, which is on one of its days, suits it: by the times that are known, then the later."""
        day, at = moment.date(), moment.time()
        starts = self.started_at if day == self.started_on else None
        ends = self.ended_at if day == self.ended_on else None
        fits = (starts is None or starts <= at) and (ends is None or at <= ends)
        is_known = starts is not None or ends is not None
        return fits, is_known, self.started_on, self.started_at or time.min


@dataclass(frozen=True, slots=True)
class Shot:
    """A photograph's camera and its time, aware, in the zone in which days are counted."""

    image: UUID
    camera: UUID
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class Placement:
    """One deployment of the package; `start` and `end` aware, `comments` empty where all is recorded.

    `place` is None where it is the camera's own.
    """

    id: str
    camera: UUID
    start: datetime
    end: datetime
    comments: str
    place: Place | None = None


def run_of(moment: datetime, runs: Iterable[Run]) -> Run | None:
    """The deployment in which a photograph was taken at a local `moment`; None where no stored one covers its day."""
    covering = [run for run in runs if run.covers(moment.date())]
    return max(covering, key=lambda run: run.rank(moment), default=None)


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
        times = [shot.captured_at for shot in members]
        placement = _placement(camera, home, times, runs.get(camera, ()), zone)
        placements.append(placement)
        homes |= {shot.image: placement.id for shot in members}
    return sorted(placements, key=lambda item: (str(item.camera), item.start, item.id)), homes


def _home(shot: Shot, runs: Sequence[Run]) -> Run | int:
    """The run that covers the shot; else how many began before it, which names the gap it lies in."""
    run = run_of(shot.captured_at, runs)
    return sum(one.started_on <= shot.captured_at.date() for one in runs) if run is None else run


def _placement(
    camera: UUID, home: Run | int, times: list[datetime], runs: Sequence[Run], zone: tzinfo
) -> Placement:
    first, last = min(times), max(times)
    if isinstance(home, int):
        return Placement(f"{camera}-derived-{first:%Y-%m-%d}", camera, first, last, DERIVED)
    start = min(datetime.combine(home.started_on, _beginning(home, runs), zone), first)
    if home.ended_on is None:
        comments = " ".join((STILL_RUNNING, *_outages(home)))
        return Placement(str(home.id), camera, start, last, comments, home.place)
    end = max(datetime.combine(home.ended_on, _ending(home, runs), zone), last)
    return Placement(str(home.id), camera, start, end, " ".join(_outages(home)), home.place)


def _outages(run: Run) -> Iterator[str]:
    """The days without effort, in words: the format has no term for them."""
    for outage in sorted(run.outages, key=lambda item: item.started_on):
        yield own_marks.OUTAGE.format(first=outage.started_on, last=outage.ended_on)


def _beginning(home: Run, runs: Sequence[Run]) -> time:
    """The time of its first day: its own, else when the one before it ended on that day, else midnight."""
    if home.started_at is not None:
        return home.started_at
    ends = [run.ended_at for run in runs if run is not home and run.ended_on == home.started_on]
    return max((end for end in ends if end is not None), default=time.min)


def _ending(home: Run, runs: Sequence[Run]) -> time:
    """The time of its last day: its own, else when the next one begins on that day, else its last second.

    So the day of a visit is in the package once.
    """
    if home.ended_at is not None:
        return home.ended_at
    nexts = [
        run.started_at or time.min
        for run in runs
        if run.started_on == home.ended_on and run.started_on > home.started_on
    ]
    return min(nexts, default=_LAST_SECOND)
