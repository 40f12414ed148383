"""The drawings: well-formed, the same each time, and with every part of what they show."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from exports.report import charts
from exports.report.counting.days import Watch
from exports.requests.specs import GroupBy, ReportPeriod
from exports.tests import build

if TYPE_CHECKING:
    from exports.report.counting.summary import PeriodSummary, SeasonSummary

SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def bars(svg: str, colour: str) -> list[float]:
    """Heights in points of the rectangles filled with `colour`, without the one of the legend."""
    heights = []
    for node in ElementTree.fromstring(svg).iter(f"{SVG}path"):
        if f"fill: {colour}" not in node.get("style", "") or not node.get("clip-path"):
            continue
        numbers = [float(item) for item in node.get("d", "").split() if item not in "MLzC"]
        heights.append(max(numbers[1::2]) - min(numbers[1::2]))
    return heights


def season() -> tuple[SeasonSummary, PeriodSummary]:
    period = build.period(*build.many(10, 10, "buck"), *build.many(11, 20, "buck"))
    return build.summary(period), period


def test_the_same_numbers_give_the_same_drawing() -> None:
    summary, period = season()
    assert charts.timeline(summary, period) == charts.timeline(summary, period)
    assert charts.hours(period) == charts.hours(period)
    assert charts.comparison(build.summary(period, period)) == charts.comparison(
        build.summary(period, period)
    )


def test_a_drawing_has_words_as_text_and_no_more_than_is_drawn() -> None:
    summary, period = season()
    drawing = charts.timeline(summary, period)
    assert "Sightings" in texts(drawing)
    assert "sans-serif" in drawing
    assert not any(part in drawing for part in ("<?xml", "<metadata", "<!--", "\n"))
    assert len(drawing) < 15_000


def test_drawing_leaves_no_setting_behind() -> None:
    before = dict(mpl.rcParams)
    charts.hours(season()[1])
    assert dict(mpl.rcParams) == before


def test_bars_are_as_high_as_their_numbers() -> None:
    first, second = bars(charts.timeline(*season()), charts.ACCENT)
    assert second == pytest.approx(2 * first, rel=1e-3)


def test_hours_have_a_bar_each() -> None:
    period = build.period(*build.seen(build.at(10, 1, 6), "doe"))
    heights = bars(charts.hours(period), charts.ACCENT)
    assert len(heights) == 24
    assert [hour for hour, height in enumerate(heights) if height > 1] == [6]


def test_the_timeline_names_months_and_classes() -> None:
    shown = texts(charts.timeline(*season()))
    assert {"Oct 2025", "Nov 2025", "Buck", "Doe", "Fawn", "Unknown deer"} <= set(shown)


def test_a_year_of_days_has_few_labels_and_no_bars() -> None:
    year = ReportPeriod("", date(2025, 1, 1), date(2025, 12, 31))
    period = build.period(
        *build.many(10, 30),
        period=year,
        group_by=GroupBy.DAY,
        watches={build.NORTH: build.watch("North", period=year)},
    )
    svg = charts.timeline(build.summary(period, group_by=GroupBy.DAY), period)
    labels = [text for text in texts(svg) if text[:2].isdigit() and len(text) == 6]
    assert labels[0] == "01 Jan"
    assert len(labels) <= charts.MOST_TICKS
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}path"))) < 60


def test_cameras_are_drawn_by_rate_and_only_where_there_is_one() -> None:
    watches = {
        build.NORTH: build.watch("North gate"),
        build.SOUTH: Watch("Unwatched", frozenset(), estimated=False),
    }
    rows = [*build.many(10, 61), *build.many(11, 5, camera=build.SOUTH)]
    shown = texts(charts.cameras(build.period(*rows, watches=watches)))
    assert "North gate" in shown
    assert "100.0" in shown
    assert "Unwatched" not in shown


def test_a_name_is_text_and_never_a_formula() -> None:
    watches = {build.NORTH: build.watch(r"$\frac{1}{0$ & <b>" + "x" * 60)}
    (name,) = [
        text
        for text in texts(charts.cameras(build.period(*build.many(10, 1), watches=watches)))
        if "frac" in text
    ]
    assert name.startswith(r"$\frac{1}{0$ & <b>")
    assert name.endswith("...")


def test_a_comparison_names_its_periods() -> None:
    october = ReportPeriod("October", date(2025, 10, 1), date(2025, 10, 31))
    november = ReportPeriod("November", date(2025, 11, 1), date(2025, 11, 30))
    periods = (
        build.period(*build.many(10, 3), period=october),
        build.period(*build.many(11, 6), period=november),
    )
    shown = texts(charts.comparison(build.summary(*periods)))
    assert {"October", "November", "Buck", "Doe"} <= set(shown)


def test_hatching_lies_above_its_colour_and_is_no_tile_of_it() -> None:
    """Between tiles of colour the page would shine through."""
    period = build.period(*build.many(10, 3, "doe"))
    summary = build.summary(period, period)
    for svg in (charts.timeline(summary, period), charts.comparison(summary)):
        tiles = [
            rectangle.get("fill")
            for pattern in ElementTree.fromstring(svg).iter(f"{SVG}pattern")
            for rectangle in pattern.iter(f"{SVG}rect")
        ]
        assert tiles
        assert set(tiles) == {"none"}


def test_a_period_is_in_the_legend_whatever_its_label_begins_with() -> None:
    periods = [
        build.period(
            *build.many(10, 3), period=ReportPeriod(label, date(2025, 10, 1), date(2025, 10, 31))
        )
        for label in ("_before", "$after$")
    ]
    shown = texts(charts.comparison(build.summary(*periods)))
    assert {"_before", "$after$"} <= set(shown)


def test_other_animals_get_looks_of_their_own() -> None:
    period = build.period(
        *build.many(10, 3, "pig"), *build.many(11, 2, "coyote"), *build.many(10, 1, "turkey")
    )
    svg = charts.timeline(build.summary(period), period)
    assert all(look.colour in svg for look in charts._OTHER_LOOKS)
