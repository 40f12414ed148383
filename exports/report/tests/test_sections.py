"""Which parts a report has, and what its cover and its notes say."""

from __future__ import annotations

import base64
from datetime import date
from uuid import UUID

import pytest

from exports.report.counting.days import Watch
from exports.report.counting.summary import Filters
from exports.report.counting.tally import DeerProfile
from exports.report.sections import NO_PART, NOTHING_SEEN, compose
from exports.requests.specs import ReportPeriod, ReportType
from exports.tests import build

ROWS = [
    *build.seen(build.at(10, 5), "buck", deer=build.GUS),
    *build.many(11, 40, "doe", deer=build.IVY),
]
PICTURE = b"a picture"


def page(*rows, portraits=None, of=(), **asked):
    periods = of or (build.period(*(rows or ROWS)),)
    return compose(build.summary(*periods), build.spec(**asked), portraits or {})


def titles(of) -> list[str]:
    return [section.title for section in of.sections]


def test_a_seasonal_report_has_every_part() -> None:
    made = page()
    assert titles(made) == [
        "Sightings by month",
        "Counts by class",
        "Activity by hour of day",
        "By camera",
    ]
    assert [bool(section.chart) for section in made.sections] == [True, False, True, True]
    assert [bool(section.table) for section in made.sections] == [True, True, False, True]
    assert made.figures
    assert made.insights
    assert made.notes
    assert [deer.name for deer in made.deer] == ["Ivy", "Gus"]
    assert made.notice == ""


def test_without_charts_tables_or_insights_each_is_gone() -> None:
    assert not any(section.chart for section in page(include_charts=False).sections)
    bare = page(include_tables=False)
    assert not any(section.table for section in bare.sections)
    assert bare.deer == ()
    assert page(include_insights=False).insights == ()


def test_a_custom_report_has_just_the_parts_asked_for() -> None:
    only = {"include_charts": False, "include_tables": False, "include_insights": False}
    custom = {"report_type": ReportType.CUSTOM}
    charts = page(**custom, **only | {"include_charts": True})
    assert all(section.chart and not section.table for section in charts.sections)
    assert (charts.figures, charts.insights, charts.deer, charts.notes) == ((), (), (), ())
    sentences = page(**custom, **only | {"include_insights": True})
    assert sentences.insights
    assert (sentences.sections, sentences.figures, sentences.notes) == ((), (), ())
    nothing = page(**custom, **only)
    assert nothing.notice == NO_PART


def test_an_empty_report_says_so_and_draws_no_empty_axes() -> None:
    made = page(of=(build.period(),))
    assert made.notice == NOTHING_SEEN
    assert not any(section.chart for section in made.sections)
    assert made.sections[0].table is not None
    assert made.sections[0].table.rows[0][:2] == ("October 2025", "0")


def test_key_figures_are_the_summarys() -> None:
    values = {figure.label: (figure.value, figure.note) for figure in page().figures}
    assert values["deer identified"] == ("2", "1 buck and 1 doe")
    assert values["sightings"] == ("41", "in 41 encounters")
    assert values["per 100 camera-days"][0] == "33.6"  # 41 in 122 days
    assert values["camera-days"] == ("122", "from deployments")
    assert values["bucks per doe"] == ("0.03", "1 to 40 sightings")
    assert values["fawns per doe"] == ("0.00", "0 to 40 sightings")


def test_a_deer_has_its_picture_its_times_and_its_tags() -> None:
    profiles = {
        build.GUS: DeerProfile("Gus", "buck", is_deceased=True, seen_before=False),
        build.IVY: DeerProfile("Ivy", "doe", is_deceased=False, seen_before=True),
    }
    period = build.period(*ROWS, profiles=profiles)
    gus = next(deer for deer in period.deer if deer.name == "Gus")
    rows = {row.name: row for row in page(of=(period,), portraits={gus.portrait: PICTURE}).deer}
    assert rows["Gus"].portrait == f"data:image/jpeg;base64,{base64.b64encode(PICTURE).decode()}"
    assert rows["Gus"].tags == ("new", "deceased")
    assert (rows["Gus"].first, rows["Gus"].first_camera) == ("5 Oct 2025, 12:00", "North gate")
    assert (rows["Ivy"].portrait, rows["Ivy"].tags) == ("", ())


def test_the_cover_says_period_zone_and_filters() -> None:
    filters = Filters(("doe",), ("North gate", "South plot"), ("Ivy",))
    made = compose(build.summary(build.period(), filters=filters), build.spec(), {})
    assert made.facts == (
        ("Period", "1 Oct - 30 Nov 2025"),
        ("Times in", "America/Chicago"),
        ("Classes", "Doe"),
        ("Cameras", "North gate and South plot"),
        ("Deer", "Ivy"),
    )
    assert dict(page().facts)["Classes"] == "All deer"


def test_without_effort_no_camera_chart_is_drawn_and_the_notes_say_why() -> None:
    none = {build.NORTH: Watch("North gate", frozenset(), estimated=False)}
    made = page(of=(build.period(*build.many(10, 2), watches=none),))
    assert made.sections[-1].title == "By camera"
    assert made.sections[-1].chart == ""
    assert "No camera-days are known, so rates are not defined." in made.notes


@pytest.mark.parametrize("include_charts", [True, False])
def test_a_comparison_sets_its_periods_side_by_side(include_charts) -> None:
    october = ReportPeriod("October", date(2025, 10, 1), date(2025, 10, 31))
    periods = (
        build.period(*build.many(10, 3, deer=build.IVY), period=october),
        build.period(*build.many(11, 3, deer=build.GUS, is_reviewed=False)),
    )
    asked = {"report_type": ReportType.COMPARISON, "include_charts": include_charts}
    made = page(of=periods, **asked)
    assert titles(made) == ["The periods side by side", "Deer seen"]
    assert bool(made.sections[0].chart) is include_charts
    assert made.facts[:2] == (("October", "1 - 31 Oct 2025"), ("Autumn", "1 Oct - 30 Nov 2025"))
    assert (made.figures, made.deer) == ((), ())
    assert made.notes[0].startswith("October: 0% of the detections (0 of 3)")
    assert made.notes[1].startswith("Autumn: 100% of the detections (3 of 3)")


def test_a_picture_of_somebody_else_is_not_shown() -> None:
    assert all(not row.portrait for row in page(portraits={UUID(int=99): PICTURE}).deer)


@pytest.mark.parametrize(
    ("estimated", "note"),
    [
        ((False, False), "from deployments"),
        ((True, False), "partly estimated"),
        ((True, True), "estimated"),
        ((), "none are known"),
    ],
)
def test_the_summary_says_whence_the_camera_days_are_known(estimated, note) -> None:
    cameras = (build.NORTH, build.SOUTH)
    watches = {
        camera: build.watch("Somewhere", estimated=is_estimate)
        for camera, is_estimate in zip(cameras, estimated, strict=False)
    }
    for camera in cameras:
        watches.setdefault(camera, Watch("Nowhere", frozenset(), estimated=False))
    made = page(of=(build.period(*ROWS, watches=watches),))
    assert {figure.label: figure.note for figure in made.figures}["camera-days"] == note
