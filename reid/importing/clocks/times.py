"""Times of photographs: a column's, EXIF's or a pattern's, read by the camera's clock and zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from reid.imaging.capture_time import NO_TIME, is_stored, parse_clock, to_utc
from reid.importing.clocks.watch import ClockWatch
from reid.importing.rows import SourceProblem
from reid.models import Camera, Image
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reid.imaging.decoding import PhotographInfo
    from reid.importing.clocks.watch import Watched
    from reid.importing.rows import Row

UNKNOWN_ZONE: Final = (
    "The time zone {name!r}{of} is unknown: use an IANA name such as America/Chicago."
)


def zone_of(name: str, of: str = "") -> ZoneInfo:
    """The named zone. Raises ValueError(UNKNOWN_ZONE)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, climbing out, a folder
        raise ValueError(UNKNOWN_ZONE.format(name=name, of=of)) from error


class CameraClock(NamedTuple):
    """The name of a camera's own zone, empty: none, and the seconds to add to what its clock shows."""

    zone: str = ""
    seconds: float = 0.0


ClockOf = Mapping[str, CameraClock]
"""Clocks of cameras by the names that rows and photographs use."""

_NO_CLOCK: Final = CameraClock()


@dataclass(frozen=True, slots=True)
class Clocks:
    """Reading of cameras' clocks: the zone, and the seconds to add to what it shows."""

    default: ZoneInfo
    corrections: Mapping[str, float]
    """Seconds by the camera's name, as it was given."""
    watch: ClockWatch = field(default_factory=ClockWatch)
    used: set[str] = field(default_factory=set)
    """Names of corrections whose cameras were met."""

    def of(self, names: Collection[str]) -> ClockOf:
        """The clocks of the cameras that have or had these names; a correction may name its camera by any of them."""
        key_of = {name: name_key(name) for name in (*names, *self.corrections)}
        standing = Camera.by_keys(set(key_of.values()))
        found = {name: standing.get(key) for name, key in key_of.items()}
        own = {name: camera.name_key if camera else key_of[name] for name, camera in found.items()}
        seconds = {own[name]: value for name, value in self.corrections.items()}
        met = {own[name] for name in names}
        self.used.update(name for name in self.corrections if own[name] in met)
        return {
            name: CameraClock(camera.time_zone if camera else "", seconds.get(own[name], 0.0))
            for name, camera in found.items()
        }

    def judge(self, readings: Sequence[Watched]) -> None:
        """Mark the clock problems of a batch's readings, and notice them (`ClockWatch`)."""
        clock_of = self.of({reading.camera_name for reading in readings} - {""})
        self.watch.judge(readings, partial(self.zone, clock_of=clock_of))

    def moment(self, clock: datetime, camera: str, clock_of: ClockOf) -> datetime | None:
        """UTC; None where the clock was so far off that its time is none that is stored. Raises ValueError."""
        zone, seconds = self.zone(camera, clock_of), clock_of.get(camera, _NO_CLOCK).seconds
        try:
            corrected = clock + timedelta(seconds=seconds)
        except OverflowError as error:
            raise ValueError(NO_TIME.format(text=str(clock))) from error
        if not is_stored(corrected):
            return None
        return to_utc(clock, zone, seconds) if is_stored(clock) else to_utc(corrected, zone)

    def zone(self, camera: str, clock_of: ClockOf) -> ZoneInfo:
        """The camera's own, else the default. Raises ValueError."""
        own = clock_of.get(camera, _NO_CLOCK).zone
        return zone_of(own, f" of camera {camera}") if own else self.default


class TimeRead(NamedTuple):
    """What a clock showed, when that was in UTC, and the place that had it (an Image.TimeSource)."""

    clock: datetime | None
    at: datetime | None
    source: str


NOTHING_READ: Final = TimeRead(None, None, "")


def time_of(
    row: Row,
    info: PhotographInfo | None,
    clocks: Clocks,
    camera: str,
    clock_of: ClockOf,
) -> TimeRead:
    """From the column, else the photograph's EXIF, else the pattern; nothing where none of them has it.

    Raises ValueError.
    """
    if row.captured_at:
        clock, source = parse_clock(row.captured_at), str(Image.TimeSource.COLUMN)
    elif info and info.captured_at:
        clock, source = info.captured_at, info.time_source
        if info.offset:
            clock = datetime.fromisoformat(f"{clock.isoformat()}{info.offset}")
    elif row.pattern_time:
        clock, source = parse_clock(row.pattern_time), str(Image.TimeSource.PATTERN)
    else:
        return NOTHING_READ
    return TimeRead(clock, clocks.moment(clock, camera, clock_of), source)


def default_clocks(time_zone: str, corrections: Mapping[str, float]) -> Clocks:
    """Clocks in `time_zone`, or in the ranch's where it is empty. Raises SourceProblem."""
    try:
        return Clocks(zone_of(time_zone or settings.TIME_ZONE), corrections)
    except ValueError as error:
        raise SourceProblem(str(error)) from error


def zone_source(time_zone: str) -> str:
    """Where the default zone comes from, in words."""
    return "--time-zone" if time_zone else settings.TIME_ZONE_SOURCE
