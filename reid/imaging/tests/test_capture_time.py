"""Capture times: what a clock shows, in which zone, and what that was in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reid.imaging.capture_time import NO_TIME, parse_clock, to_utc

CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    "text",
    ["2025-10-01 14:30:05", "2025-10-01T14:30:05", "2025:10:01 14:30:05", "20251001_143005", "20251001143005",
     "2025-10-01_14-30-05", "2025-10-01T14:30:05.999", " 2025-10-01 14:30:05 ", "2025/10/01 14:30:05",
     "2025/10/01/143005", "2025/10/01 2:30:05 PM"],
)  # fmt: skip
def test_a_time_is_read_in_many_spellings(text: str) -> None:
    assert parse_clock(text).isoformat() == "2025-10-01T14:30:05"


def test_seconds_may_be_missing_and_offsets_are_kept() -> None:
    assert parse_clock("2025-10-01 14:30").isoformat() == "2025-10-01T14:30:00"
    assert parse_clock("2025-10-01T14:30:05Z").isoformat() == "2025-10-01T14:30:05+00:00"
    assert parse_clock("2025-10-01 14:30:05-0500").isoformat() == "2025-10-01T14:30:05-05:00"


@pytest.mark.parametrize(
    "text", ["", "2025-10-01", "10/1/2025 14:30", "2025-02-30 10:00:00", "14:30", "1759329005"]
)
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_clock(text)
    assert str(error.value) == NO_TIME.format(text=text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-07-01 12:00:00", "2025-07-01 17:00"),  # summer: -5 h
        ("2025-12-01 12:00:00", "2025-12-01 18:00"),  # winter: -6 h
        ("2025-11-02 01:30:00", "2025-11-02 06:30"),  # shown twice: the first, still summer
        ("2025-03-09 02:30:00", "2025-03-09 08:30"),  # skipped: as if nobody had switched, winter
        ("2025-07-01 12:00:00+02:00", "2025-07-01 10:00"),  # its own offset wins
    ],
)
def test_a_clock_is_read_in_its_zone(text: str, utc: str) -> None:
    assert to_utc(parse_clock(text), CHICAGO) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_wrong_clock_is_corrected() -> None:
    moment = to_utc(parse_clock("2025-07-01 12:00:00"), CHICAGO, -3600)
    assert moment == datetime(2025, 7, 1, 16, 0, tzinfo=UTC)


def test_a_clock_before_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="capture time"):
        to_utc(parse_clock("0001-01-01 00:00:00"), ZoneInfo("Asia/Tokyo"))
