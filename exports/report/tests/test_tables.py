"""The cells of the report's tables."""

from __future__ import annotations

from datetime import date

from exports.report import tables
from exports.report.counting.days import Watch
from exports.requests.specs import ReportPeriod
from exports.tests import build


def test_a_row_a_month_and_a_total() -> None:
    period = build.period(
        *build.many(10, 2, "buck", confidence=0.5),
        *build.seen(build.at(11, 5), "doe", "doe", deer=build.IVY),
    )
    table = tables.by_bucket(build.summary(period), period)
    assert table.head == (
        *("Month", "Buck", "Doe", "Fawn", "Unknown deer"),
        *("All", "Deer", "Camera-days", "Rate", "Confidence"),
    )
    assert table.rows == (
        ("October 2025", "2", "0", "0", "0", "2", "0", "62", "3.2", "0.50"),
        ("November 2025", "0", "1", "0", "0", "1", "1", "60", "1.7", "0.90"),
    )
    assert table.total == ("Whole period", "2", "1", "0", "0", "3", "1", "122", "2.5", "0.70")


def test_counts_by_class_with_share_and_detections() -> None:
    period = build.period(*build.many(10, 3, "buck"), *build.seen(build.at(11, 5), "doe", "doe"))
    table = tables.by_class(build.summary(period), period)
    assert table.rows == (
        ("Buck", "3", "75%", "2.5", "3", "0.90"),
        ("Doe", "1", "25%", "0.8", "2", "0.90"),
        ("Fawn", "0", "0%", "0.0", "0", "-"),
        ("Unknown deer", "0", "0%", "0.0", "0", "-"),
    )
    assert table.total == ("All", "4", "100%", "3.3", "5", "0.90")


def test_cameras_with_rates_and_without() -> None:
    watches = {build.NORTH: build.watch("North gate", estimated=True)}
    rows = [*build.many(10, 61), *build.seen(build.at(11, 5), "doe", camera=None)]
    table = tables.by_camera(build.period(*rows, watches=watches))
    assert table.rows == (
        ("North gate", "61", "0", "61", "~61", "100.0"),
        ("No camera named", "1", "0", "1", "0", "-"),
    )


def test_a_comparison_shows_the_change_of_rates_where_it_is_defined() -> None:
    october = ReportPeriod("October", date(2025, 10, 1), date(2025, 10, 31))
    november = ReportPeriod("November", date(2025, 11, 1), date(2025, 11, 30))
    december = ReportPeriod("December", date(2025, 12, 1), date(2025, 12, 31))
    periods = (
        build.period(*build.many(10, 31, "doe"), period=october),
        build.period(
            *build.many(11, 36, "doe"), *build.seen(build.at(11, 9), "buck"), period=november
        ),
        build.period(
            period=december, watches={build.NORTH: Watch("North", frozenset(), estimated=False)}
        ),
    )
    table = tables.side_by_side(build.summary(*periods))
    assert table.head == ("Count", "October", "November", "December")
    cells = {row[0]: row[1:] for row in table.rows}
    assert cells["Camera-days"] == ("62", "60", "0")
    assert cells["Sightings"] == ("31", "37", "0")
    assert cells["Bucks per doe"] == ("0.00", "0.03", "-")
    assert cells["Doe per 100 camera-days"] == ("50.0", "60.0 (+20%)", "-")
    assert cells["Buck per 100 camera-days"] == ("0.0", "1.7", "-")


def test_deer_of_a_comparison_with_their_sightings_in_each_period() -> None:
    first = build.period(*build.seen(build.at(10, 1), "buck", deer=build.GUS))
    second = build.period(
        *build.many(11, 3, "doe", deer=build.IVY), *build.many(10, 1, deer=build.GUS)
    )
    table = tables.deer_by_period(build.summary(first, second))
    assert table.rows == (("Ivy (doe)", "0", "3"), ("Gus (buck)", "1", "1"))


def test_a_short_table_stays_together_and_a_long_one_is_dense() -> None:
    def table(rows: int, columns: int) -> tables.Table:
        return tables.Table("", ("x",) * columns, (("x",) * columns,) * rows)

    assert table(tables.SHORT, 6).look == "short few"
    assert table(tables.SHORT + 1, 7).look == ""
    assert table(tables.LONG + 1, 7).look == "dense"
