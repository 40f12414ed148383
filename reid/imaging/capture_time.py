"""Capture times: what a clock showed, read in the camera's zone, and the days that times can be of. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo
    from zoneinfo import ZoneInfo

NO_TIME: Final = "cannot read the capture time {text!r}: write it as 2025-10-01 14:30:00"

EARLIEST_STORED: Final = 1900
LATEST_STORED: Final = 2999
"""Years before the one are no times that zones are defined for, and soon after the other the calendar ends: a photograph of
such a time has none, and a marked clock."""

# Dates and times as people, cameras and file names write them: 2025-10-01T14:30, 2025:10:01 14:30:00,
# 20251001_143000, 2025/10/01 14:30:00. The year comes first; 10/1/2025 could be January or October and is refused.
_CLOCK: Final = re.compile(
    r"(\d{4})[-:_./]?(\d\d)[-:_./]?(\d\d)[T _/-]*(\d\d)[-:_.h]?(\d\d)(?:[-:_.m]?(\d\d)(?:\.\d+)?)?"
    r"\s*(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


# The same with a twelve-hour clock: 2025-10-01 2:30:00 PM.
_MERIDIEM: Final = re.compile(
    r"(\d{4}[-:_./]?\d\d[-:_./]?\d\d)[T _-]+(\d\d?)([-:_.h]\d\d(?:[-:_.m]\d\d)?)(?:\.\d+)?\s*([AP])\.?M\.?",
    re.IGNORECASE,
)


def parse_clock(text: str) -> datetime:
    """The time that `text` names: aware where it bears an offset, else naive; to the second.

    Raises ValueError(NO_TIME) for anything else, a date without a time of day included: midnight would
    be an invention.
    """
    match = _CLOCK.fullmatch(_in_24_hours(text.strip()))
    if match is None:
        raise ValueError(NO_TIME.format(text=text))
    year, month, day, hour, minute, second, offset = match.groups()
    if offset and offset.upper() == "Z":
        offset = "+00:00"
    try:
        return datetime.fromisoformat(
            f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset or ''}"
        )
    except ValueError as error:
        raise ValueError(NO_TIME.format(text=text)) from error


def _in_24_hours(text: str) -> str:
    match = _MERIDIEM.fullmatch(text)
    if match is None or not 1 <= int(match[2]) <= 12:
        return text
    day, hour, rest, half = match.groups()
    return f"{day} {int(hour) % 12 + 12 * (half.upper() == 'P'):02}{rest}"


def to_utc(clock: datetime, zone: ZoneInfo, correction: float = 0.0) -> datetime:
    """The moment at which the camera's clock showed `clock`, with `correction` seconds added, in UTC.

    An aware time keeps its own offset. A naive one is read in `zone`. Where the zone's clocks go back
    it names two moments, and the first is taken; where they go forward it names none, and it is read as
    if they had not yet: in both cases what a camera shows that nobody has switched. Raises ValueError(NO_TIME)
    for a time before the calendar begins.
    """
    aware = clock if clock.tzinfo is not None else clock.replace(tzinfo=zone, fold=0)
    try:
        return aware.astimezone(UTC) + timedelta(seconds=correction)
    except (
        OverflowError
    ) as error:  # a clock in the year 1, which some cameras show after a flat battery
        raise ValueError(NO_TIME.format(text=str(clock))) from error


def is_stored(at: datetime) -> bool:
    """Whether a time is one that is stored."""
    return EARLIEST_STORED <= at.year <= LATEST_STORED


def file_time(nanoseconds: int) -> datetime | None:
    """When a file was last written, by what its file system says; None for a time that is none that is stored."""
    try:
        written = datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    except (ValueError, OverflowError, OSError):  # the calendar does not have it
        return None
    return written if is_stored(written) else None


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The moment at which the day begins in the zone, to be compared with times that are stored."""
    return datetime.combine(_near(day), time(), zone)


def day_ends(day: date, zone: tzinfo) -> datetime:
    """The moment at which the next day begins in the zone, to be compared with times that are stored."""
    return datetime.combine(_near(day) + timedelta(days=1), time(), zone)


def _near(day: date) -> date:
    """The day, or one that is as far out for every stored time: at the ends of the calendar zones have no moment."""
    return min(max(day, date(EARLIEST_STORED - 1, 1, 1)), date(LATEST_STORED + 1, 12, 31))
