"""Each sentence appears when its numbers are there, says them rightly, and is silent otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from exports.report.counting.days import Watch
from exports.report.counting.tally import DeerProfile
from exports.report.insights import Activity, insights, is_clear
from exports.requests.specs import GroupBy, ReportPeriod
from exports.tests import build
from reid.cameras.days import days_of


def said(*observations, **given) -> tuple[str, ...]:
    return insights(build.summary(build.period(*observations, **given)))


def test_nothing_seen_nothing_said() -> None:
    assert said() == ()


def test_the_peak_is_the_bucket_with_most_sightings() -> None:
    sentences = said(*build.many(10, 4), *build.many(11, 9))
    assert "Most sightings fell in November 2025: 9 of 13." in sentences


def test_equal_peaks_are_all_named() -> None:
    sentences = said(*build.many(10, 4), *build.many(11, 4))
    assert "Most sightings fell in October 2025 and November 2025: 4 each of 8." in sentences


def test_a_peak_that_is_only_more_watching_is_put_right() -> None:
    """5 in 2 days of October are 250 for each 100, 6 in 30 days of November are 20."""
    days = {date(2025, 10, 1), date(2025, 10, 2), *days_of(date(2025, 11, 1), date(2025, 11, 30))}
    watches = {build.NORTH: Watch("North", days, estimated=False)}
    peak = said(*build.many(10, 5), *build.many(11, 6), watches=watches)[0]
    assert peak == (
        "Most sightings fell in November 2025: 6 of 11. For the time that cameras watched, the peak "
        "was October 2025 (250.0 per 100 camera-days)."
    )


def test_equal_peaks_of_the_rate_are_named_once_as_a_tie() -> None:
    """4 in 10 days of October are 40.0 for each 100, as 12 in 30 days of November are."""
    days = {
        *days_of(date(2025, 10, 1), date(2025, 10, 10)),
        *days_of(date(2025, 11, 1), date(2025, 11, 30)),
    }
    watches = {build.NORTH: Watch("North", days, estimated=False)}
    peak = said(*build.many(10, 4), *build.many(11, 12), watches=watches)[0]
    assert peak == (
        "Most sightings fell in November 2025: 12 of 16. For the time that cameras watched, there are equal "
        "peaks: October 2025 and November 2025 (40.0 per 100 camera-days each)."
    )


def test_a_comparison_goes_forwards_in_time_however_it_was_entered() -> None:
    """September 40 in 60 camera-days, October 10 in 62: from September to October it fell."""
    days = {
        month: ReportPeriod(name, date(2025, month, 1), date(2025, month, 30))
        for month, name in ((9, "September"), (10, "October"))
    }
    periods = {
        month: build.period(*build.many(month, count), period=days[month])
        for month, count in ((9, 40), (10, 10))
    }
    said_once = insights(build.summary(periods[10], periods[9]))
    assert said_once == insights(build.summary(periods[9], periods[10]))
    assert said_once == (
        "Fewer: 16.7 sightings per 100 camera-days in October, 66.7 in September (-75%).",
    )


def test_one_bucket_has_no_peak_and_no_trend() -> None:
    october = ReportPeriod("", date(2025, 10, 1), date(2025, 10, 31))
    sentences = said(*build.many(10, 9), period=october)
    assert not any("Most sightings" in item or "trend" in item for item in sentences)


def test_a_clear_trend_and_an_unclear_one() -> None:
    """62 and 60 camera-days: 10 to 40 is clear, 10 to 12 is not."""
    assert "Sightings rose: 16.1 per 100 camera-days in the first month, 66.7 in the last." in said(
        *build.many(10, 10), *build.many(11, 40)
    )
    assert "Sightings fell: 64.5 per 100 camera-days in the first month, 16.7 in the last." in said(
        *build.many(10, 40), *build.many(11, 10)
    )
    assert "No clear trend: 16.1 per 100 camera-days in the first month, 20.0 in the last." in said(
        *build.many(10, 10), *build.many(11, 12)
    )


def test_without_effort_there_is_no_trend() -> None:
    watches = {build.NORTH: Watch("North", frozenset(), estimated=False)}
    assert not any("100 camera-days" in item for item in said(*build.many(10, 40), watches=watches))


def test_is_clear_by_hand() -> None:
    """20 and 40 of 60 at equal effort: 10 off the mean 30, standard error sqrt(60 / 4) = 3.9."""
    assert is_clear(Activity(20, 20, 100), Activity(40, 40, 100))
    # 26 and 34: 4 off, below 2 x 3.9
    assert not is_clear(Activity(26, 26, 100), Activity(34, 34, 100))
    # the same 20 and 40, but in groups of 8: the error grows by sqrt(8) to 10.95
    assert not is_clear(Activity(20, 2, 100), Activity(40, 5, 100))
    # twice the sightings in twice the time is no difference at all
    assert not is_clear(Activity(20, 20, 100), Activity(40, 40, 200))
    assert not is_clear(Activity(0, 0, 100), Activity(0, 0, 100))
    assert not is_clear(Activity(20, 20, 0), Activity(40, 40, 100))


def test_the_busiest_hour_is_named_unless_two_are_equal() -> None:
    dawn = build.seen(build.at(10, 1, 6), "doe")
    assert "The busiest hour of the day was 06:00 to 07:00, with 2 sightings (67%)." in said(
        *dawn, *build.seen(build.at(10, 2, 6), "doe"), *build.seen(build.at(10, 3, 18), "doe")
    )
    assert not any("hour" in item for item in said(*dawn, *build.seen(build.at(10, 3, 18), "doe")))


def test_the_sex_ratio_by_sightings_and_by_identified_deer() -> None:
    rows = [*build.many(10, 3, "buck"), *build.many(11, 4, "doe")]
    assert "0.75 bucks per doe by sightings (3 to 4)." in said(*rows)
    known = [replace(rows[0], deer=build.GUS), *rows[1:-1], replace(rows[-1], deer=build.IVY)]
    assert (
        "0.75 bucks per doe by sightings (3 to 4); among the identified deer 1 buck and 1 doe."
        in said(*known)
    )


def test_identified_deer_of_unknown_sex_are_counted_beside_the_others(monkeypatch) -> None:
    gus = replace(build.PROFILES[build.GUS], sex="unknown")
    monkeypatch.setitem(build.PROFILES, build.GUS, gus)
    rows = [*build.many(10, 3, "buck"), *build.many(11, 4, "doe")]
    known = [replace(rows[0], deer=build.GUS), *rows[1:-1], replace(rows[-1], deer=build.IVY)]
    said_of_sexes = next(text for text in said(*known) if "per doe" in text)
    assert "identified deer 0 bucks and 1 doe, and 1 of unknown sex." in said_of_sexes


def test_no_does_no_ratio_and_no_adults_no_sentence() -> None:
    assert "1 buck sighting and no does: a ratio is not defined." in said(
        *build.many(10, 1, "buck")
    )
    assert not any("doe" in item for item in said(*build.many(10, 1, "fawn")))


def test_the_busiest_camera_is_named_where_it_stands_out() -> None:
    north = build.many(10, 30)
    assert (
        "North gate was the busiest camera for its time: 49.2 sightings per 100 camera-days "
        "(30 in 61 days)." in said(*north, *build.many(11, 5, camera=build.SOUTH))
    )
    even = said(*north, *build.many(11, 29, camera=build.SOUTH))
    assert not any("busiest camera" in item for item in even)


def test_newcomers_are_named() -> None:
    rows = [
        *build.seen(build.at(11, 20), "doe", deer=build.IVY),
        *build.seen(build.at(11, 21), "buck", deer=build.GUS),
    ]
    assert "1 deer was sighted for the first time (new): Ivy." in said(*rows)


def test_who_was_not_seen_for_thirty_days_is_named_with_the_last_day() -> None:
    """The period ends on 30 November: the last sighting may be 31 October and no later."""
    quiet = build.seen(build.at(10, 31), "buck", deer=build.GUS)
    recent = build.seen(build.at(11, 1), "doe", deer=build.IVY)
    text = (
        "Not seen in the last 30 days of the period, with the day of the last sighting: "
        "Gus (31 Oct 2025)."
    )
    assert text in said(*quiet, *recent)


def test_the_dead_are_not_missed_and_a_short_period_misses_nobody() -> None:
    quiet = build.seen(build.at(10, 3), "buck", deer=build.GUS)
    dead = {build.GUS: DeerProfile("Gus", "buck", is_deceased=True, seen_before=True)}
    assert not any("Not seen" in item for item in said(*quiet, profiles=dead))
    short = ReportPeriod("", date(2025, 10, 1), date(2025, 11, 28))  # 59 days
    assert not any("Not seen" in item for item in said(*quiet, period=short))


def compared(*counts: int, watches=None) -> tuple[str, ...]:
    months = (10, 11)
    ends = {10: 31, 11: 30}
    periods = []
    for month, count in zip(months, counts, strict=True):
        days = ReportPeriod(f"Month {month}", date(2025, month, 1), date(2025, month, ends[month]))
        ran = {build.NORTH: build.watch("North", period=days)} if watches is None else watches
        periods.append(build.period(*build.many(month, count), period=days, watches=ran))
    return insights(build.summary(*periods, group_by=GroupBy.MONTH))


def test_periods_are_compared_by_rate() -> None:
    assert compared(31, 60) == (
        "More: 200.0 sightings per 100 camera-days in Month 11, 100.0 in Month 10 (+100%).",
    )
    assert compared(62, 15) == (
        "Fewer: 50.0 sightings per 100 camera-days in Month 11, 200.0 in Month 10 (-75%).",
    )
    assert compared(31, 33) == (
        "No clear difference: 110.0 sightings per 100 camera-days in Month 11, 100.0 in Month 10.",
    )


def test_a_comparison_with_nothing_has_no_percentage() -> None:
    assert compared(0, 60) == (
        "More: 200.0 sightings per 100 camera-days in Month 11, 0.0 in Month 10.",
    )


def test_periods_without_effort_cannot_be_compared() -> None:
    none = {build.NORTH: Watch("North", frozenset(), estimated=False)}
    assert compared(3, 5, watches=none) == (
        "Month 11 and Month 10 cannot be compared: no camera-days are known for Month 10.",
    )
