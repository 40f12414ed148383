"""Sections of a report in their order: the summary's numbers as ready-made parts of pages. No Django.

The template draws a `ReportPage`; which parts are there is decided here and nowhere else.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from exports.report import caveats, charts, insights, tables, wording
from exports.requests.specs import ReportType
from reid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from exports.report.counting.summary import PeriodSummary, SeasonSummary
    from exports.report.tables import Table
    from exports.requests.specs import ReportSpec

NOTHING_SEEN: Final = (
    "Nothing was sighted in this time with these filters. Check the dates, the filters, "
    "and whether the photographs of this time have been imported."
)
NO_PART: Final = (
    "No part was asked for. Ask again with include_charts, include_tables or include_insights."
)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A key figure of the summary."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a text, a chart, a table, or some of them. `chart` is a data: address, or empty."""

    title: str
    chart: str = ""
    alternative: str = ""
    table: Table | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class DeerRow:
    """A line of the deer seen; `portrait` is a data: address, or empty."""

    name: str
    sex: str
    tags: tuple[str, ...]
    sightings: str
    first: str
    first_camera: str
    last: str
    last_camera: str
    portrait: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The whole report. Empty parts are not drawn. `lead` is what it says in plain words, before any number."""

    title: str
    facts: tuple[tuple[str, str], ...]
    notice: str
    figures: tuple[KeyFigure, ...]
    insights: tuple[str, ...]
    sections: tuple[Section, ...]
    deer: tuple[DeerRow, ...]
    notes: tuple[str, ...]
    lead: tuple[str, ...] = ()


def compose(
    summary: SeasonSummary, spec: ReportSpec, portraits: Mapping[UUID, bytes]
) -> ReportPage:
    """The parts that `spec` asks for, filled from `summary`.

    A custom report has nothing but the parts asked for; the others always open with the summary and
    close with the notes on the data.
    """
    is_single = len(summary.periods) == 1
    has_numbers = spec.include_tables or spec.report_type is not ReportType.CUSTOM
    period = summary.periods[0]
    return ReportPage(
        title=spec.title,
        facts=_facts(summary),
        notice=_notice(summary, spec),
        figures=_figures(period) if is_single and has_numbers else (),
        insights=insights.insights(summary) if spec.include_insights else (),
        sections=_sections(summary, spec),
        deer=_deer(period, portraits) if is_single and spec.include_tables else (),
        notes=caveats.notes(summary) if has_numbers else (),
    )


def _notice(summary: SeasonSummary, spec: ReportSpec) -> str:
    if summary.is_empty:
        return NOTHING_SEEN
    has_parts = spec.include_charts or spec.include_tables or spec.include_insights
    return "" if has_parts or spec.report_type is not ReportType.CUSTOM else NO_PART


def _sections(summary: SeasonSummary, spec: ReportSpec) -> tuple[Section, ...]:
    # Axes around nothing say less than the notice does.
    has_charts = spec.include_charts and not summary.is_empty
    sections = (
        _compared(summary, has_charts) if len(summary.periods) > 1 else _season(summary, has_charts)
    )
    if not spec.include_tables:
        sections = [replace(section, table=None) for section in sections]
    return tuple(section for section in sections if section.chart or section.table)


def _season(summary: SeasonSummary, has_charts: bool) -> list[Section]:
    (period,) = summary.periods
    unit = summary.group_by.value
    timeline = hours = cameras = ""
    if has_charts:
        timeline = address("image/svg+xml", charts.timeline(summary, period).encode())
        hours = address("image/svg+xml", charts.hours(period).encode())
        if any(camera.rate is not None for camera in period.cameras):
            cameras = address("image/svg+xml", charts.cameras(period).encode())
    return [
        Section(
            f"Sightings by {unit}",
            timeline,
            f"Stacked bars: sightings by class for each {unit} of the period.",
            tables.by_bucket(summary, period),
        ),
        Section("Counts by class", table=tables.by_class(summary, period)),
        Section(
            "Activity by hour of day",
            hours,
            "Bars: sightings for each of the 24 local hours in which they began.",
        ),
        Section(
            "By camera",
            cameras,
            "Bars: sightings per 100 camera-days for each camera, the highest first.",
            tables.by_camera(period),
        ),
    ]


def _compared(summary: SeasonSummary, has_charts: bool) -> list[Section]:
    chart = ""
    if has_charts and any(period.rate is not None for period in summary.periods):
        chart = address("image/svg+xml", charts.comparison(summary).encode())
    return [
        Section(
            "The periods side by side",
            chart,
            "Grouped bars: sightings per 100 camera-days by class, one bar for each period.",
            tables.side_by_side(summary),
        ),
        Section("Deer seen", table=tables.deer_by_period(summary)),
    ]


def address(media_type: str, data: bytes) -> str:
    """A data: address, by which a picture travels inside the page."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def _facts(summary: SeasonSummary) -> tuple[tuple[str, str], ...]:
    """The cover line: which days, in which time zone, restricted to what."""
    filters = summary.filters
    classes = [wording.class_name(name) for name in filters.classifications]
    is_single = len(summary.periods) == 1
    return (
        *(
            (
                "Period" if is_single else one.period.label,
                wording.days(one.period.start, one.period.end),
            )
            for one in summary.periods
        ),
        ("Times in", summary.time_zone),
        ("Classes", wording.listed(classes) or "All deer"),
        ("Cameras", wording.listed(filters.cameras) or "All"),
        ("Deer", wording.listed(filters.deer) or "All"),
    )


def _figures(period: PeriodSummary) -> tuple[KeyFigure, ...]:
    tally = period.tally
    does = tally.of("doe").sightings
    sexes = wording.listed(
        [
            counted(period.deer_of_sex(sex), sex)
            for sex in ("buck", "doe", "fawn")
            if period.deer_of_sex(sex)
        ]
    )
    return (
        KeyFigure(wording.count(tally.deer), "deer identified", sexes),
        KeyFigure(
            wording.count(tally.sightings),
            "sightings",
            f"in {counted(tally.encounters, 'encounter')}",
        ),
        KeyFigure(
            wording.decimal(period.rate, 1),
            "per 100 camera-days",
            "sightings, corrected for effort",
        ),
        KeyFigure(
            wording.count(period.effort.camera_days),
            "camera-days",
            _origin_of_effort(period),
        ),
        KeyFigure(
            wording.decimal(tally.bucks_per_doe),
            "bucks per doe",
            f"{wording.count(tally.of('buck').sightings)} to {wording.count(does)} sightings",
        ),
        KeyFigure(
            wording.decimal(tally.fawns_per_doe),
            "fawns per doe",
            f"{wording.count(tally.of('fawn').sightings)} to {wording.count(does)} sightings",
        ),
        KeyFigure(wording.count(tally.encounters), "encounters", "each one is one visit"),
        KeyFigure(wording.count(tally.detections), "detections", "animals on photographs"),
    )


def _origin_of_effort(period: PeriodSummary) -> str:
    """Whence the camera-days are known."""
    quality = period.quality
    if not quality.cameras:
        return "none are known"
    if not quality.estimated_cameras:
        return "from deployments"
    is_whole = quality.estimated_cameras == quality.cameras
    return "estimated" if is_whole else "partly estimated"


def _deer(period: PeriodSummary, portraits: Mapping[UUID, bytes]) -> tuple[DeerRow, ...]:
    def portrait(detection: UUID) -> str:
        picture = portraits.get(detection)
        return address("image/jpeg", picture) if picture else ""

    return tuple(
        DeerRow(
            name=deer.name,
            sex=deer.sex,
            tags=(*(("new",) if deer.is_new else ()), *(("deceased",) if deer.is_deceased else ())),
            sightings=wording.count(deer.sightings),
            first=wording.moment(deer.first.at),
            first_camera=deer.first.camera,
            last=wording.moment(deer.last.at),
            last_camera=deer.last.camera,
            portrait=portrait(deer.portrait),
        )
        for deer in period.deer
    )
