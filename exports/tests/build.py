"""Plain makers of report numbers for tests that need no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from exports.report.counting.days import Watch
from exports.report.counting.sightings import Observation
from exports.report.counting.summary import Filters, PeriodSummary, SeasonSummary
from exports.report.counting.tally import DeerProfile, summarise_period
from exports.requests.specs import DetectionSelection, GroupBy, ReportPeriod, ReportSpec, ReportType
from reid.cameras.days import days_of

AUTUMN = ReportPeriod("Autumn", date(2025, 10, 1), date(2025, 11, 30))
NORTH, SOUTH = UUID(int=1), UUID(int=2)
GUS, IVY = UUID(int=11), UUID(int=12)
PROFILES = {
    GUS: DeerProfile("Gus", "buck", is_deceased=False, seen_before=True),
    IVY: DeerProfile("Ivy", "doe", is_deceased=False, seen_before=False),
}


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


def seen(began_at: datetime, *classes: str, sighting: int = 0, **given: Any) -> list[Observation]:
    """One sighting with a detection for each of `classes`; by default a sighting for each moment."""
    key = uuid5(UUID(int=sighting), began_at.isoformat())
    fields: dict[str, Any] = {
        "sighting": key,
        "encounter": key,
        "began_at": began_at,
        "camera": NORTH,
        "confidence": 0.9,
        "deer": None,
        "is_reviewed": True,
        "is_machine_identity": False,
    }
    return [
        Observation(detection=uuid5(key, str(number)), classification=name, **fields | given)
        for number, name in enumerate(classes)
    ]


def many(month: int, count: int, name: str = "doe", **given: Any) -> list[Observation]:
    """`count` sightings, ten minutes apart, from the first of `month` on."""
    moments = [at(month, 1) + timedelta(minutes=10 * number) for number in range(count)]
    return [row for moment in moments for row in seen(moment, name, **given)]


def watch(name: str, *, estimated: bool = False, period: ReportPeriod = AUTUMN) -> Watch:
    """A camera that ran on every day of `period`."""
    return Watch(name, frozenset(days_of(period.start, period.end)), estimated)


def period(*observations: Observation, **given: Any) -> PeriodSummary:
    """AUTUMN by month with two cameras that ran on every day of it, where nothing else is given."""
    days = given.get("period", AUTUMN)
    fields: dict[str, Any] = {
        "period": AUTUMN,
        "group_by": GroupBy.MONTH,
        "watches": {
            NORTH: watch("North gate", period=days),
            SOUTH: watch("South plot", period=days),
        },
        "profiles": PROFILES,
        "invalid_left_out": 0,
        "untimed_images": 0,
    }
    return summarise_period(observations=observations, **fields | given)


def summary(*periods: PeriodSummary, **given: Any) -> SeasonSummary:
    fields: dict[str, Any] = {
        "group_by": GroupBy.MONTH,
        "time_zone": "America/Chicago",
        "filters": Filters((), (), ()),
    }
    return SeasonSummary(periods=periods, **fields | given)


def spec(**given: Any) -> ReportSpec:
    fields: dict[str, Any] = {
        "report_type": ReportType.SEASONAL_ACTIVITY,
        "periods": (AUTUMN,),
        "group_by": GroupBy.MONTH,
        "selection": DetectionSelection(),
        "include_charts": True,
        "include_tables": True,
        "include_insights": True,
        "title": "Autumn",
        "notify": False,
    }
    return ReportSpec(**fields | given)
