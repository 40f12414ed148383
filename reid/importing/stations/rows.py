"""Rows of a station table: a stay of a camera at a place, or an outage within one. Plain records, no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, time
    from decimal import Decimal

    from reid.importing.rows import Note, Refusal

Place = tuple["Decimal", "Decimal"]
"""Latitude and longitude, WGS84."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A camera at one place from its first day to its last, both inclusive; no last day: it runs still."""

    line: int
    camera: str
    started_on: date
    started_at: time | None = None
    ended_on: date | None = None
    ended_at: time | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a camera that stood did not work, both inclusive."""

    line: int
    camera: str
    started_on: date
    ended_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stations:
    """What a table says, by the name of its format; each line is in a row or a refusal."""

    title: str
    stays: tuple[Stay, ...] = ()
    gaps: tuple[Gap, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()
