"""Times of tables: read in the order that the table itself proves, and refused where it proves none."""

from __future__ import annotations

import pytest

from reid.importing.rows import SourceProblem
from reid.importing.tables import clocks
from reid.importing.tables.clocks import Clock, find_clock, joined


def read(*texts: str, time_format: str = "") -> list[str]:
    clock = find_clock(enumerate(texts, start=2), "t.csv", time_format)
    return [clock.read(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-10-03 06:12:44", "2025-10-03 06:12:44"),
        ("2025/10/3 6:12", "2025-10-03 06:12:00"),
        ("2025:10:03 06:12:44", "2025-10-03 06:12:44"),
        ("2025-10-03T06:12:44Z", "2025-10-03 06:12:44Z"),
        ("2025-10-03T06:12:44.250-05:00", "2025-10-03 06:12:44-05:00"),
        ("2025-10-03 06:12:44 PM", "2025-10-03 18:12:44"),
        ("2025-10-03 12:05 am", "2025-10-03 00:05:00"),
        ("2025-10-03 12:05 p.m.", "2025-10-03 12:05:00"),
        ("13/10/2025 6:12", "2025-10-13 06:12:00"),
        ("10/13/2025, 6:12:44 PM", "2025-10-13 18:12:44"),
        ("13.10.2025 06:12:44", "2025-10-13 06:12:44"),
        ("3/3/2025 6:12", "2025-03-03 06:12:00"),
        ("31/12/68 23:59:59", "2068-12-31 23:59:59"),
        ("31/12/99 23:59:59", "1999-12-31 23:59:59"),
        ("03-Oct-2025 06:12:44", "2025-10-03 06:12:44"),
        ("3 October 2025 6:12 PM", "2025-10-03 18:12:00"),
        ("Oct 3, 2025 6:12:44 AM", "2025-10-03 06:12:44"),
        ("", ""),
        ("noon", "noon"),
        ("31/31/2025 06:12", "31/31/2025 06:12"),
        ("13 Foo 2025 06:12", "13 Foo 2025 06:12"),
        ("2025-10-03 13:12 PM", "2025-10-03 13:12 PM"),
        ("20251003_061244", "20251003_061244"),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, iso: str) -> None:
    assert read(text) == [iso]


def test_one_line_decides_for_all() -> None:
    assert read("3/10/2025 06:12", "13/10/2025 06:12") == [
        "2025-10-03 06:12:00",
        "2025-10-13 06:12:00",
    ]
    assert read("3/10/2025 06:12", "10/13/2025 06:12") == [
        "2025-03-10 06:12:00",
        "2025-10-13 06:12:00",
    ]


def test_an_order_that_stays_open_is_refused_with_its_readings_and_what_to_type() -> None:
    with pytest.raises(SourceProblem) as problem:
        read("3/3/2025 6:12 PM", "3/10/2025 6:12 PM")
    assert str(problem.value) == clocks.OPEN_ORDER.format(
        source="t.csv",
        text="3/10/2025 6:12 PM",
        line=3,
        readings="3 October 2025 or 10 March 2025",
        formats="--time-format '%d/%m/%Y %I:%M %p' or --time-format '%m/%d/%Y %I:%M %p'",
    )


def test_years_of_two_digits_may_come_first() -> None:
    with pytest.raises(SourceProblem, match=r"'%d-%m-%y %H:%M:%S' or --time-format '%y-%m-%d"):
        read("25-10-03 06:12:44")
    assert read("25-10-03 06:12:44", "25-10-32 06:12:44")[0]  # what is no day decides nothing
    assert read("25-10-03 06:12:44", "32-10-03 06:12:44")[0] == "2025-10-03 06:12:44"


def test_two_orders_in_one_table_are_refused() -> None:
    with pytest.raises(SourceProblem) as problem:
        read("3/10/2025 06:12", "13/10/2025 06:12", "10/14/2025 06:12")
    assert str(problem.value) == clocks.TWO_ORDERS.format(
        source="t.csv", line=3, text="13/10/2025 06:12", other_line=4, other="10/14/2025 06:12"
    )


@pytest.mark.parametrize("time_format", ["%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S"])
def test_what_a_refusal_tells_to_type_is_understood(time_format: str) -> None:
    (iso,) = read("3/10/2025 06:12:44", time_format=time_format)
    assert iso == ("2025-10-03 06:12:44" if time_format[1] == "d" else "2025-03-10 06:12:44")


def test_a_time_that_is_not_in_the_given_format_is_refused_by_itself() -> None:
    clock = Clock("%d/%m/%Y %H:%M")
    with pytest.raises(ValueError) as error:
        clock.read("2025-10-03")
    assert str(error.value) == clocks.NOT_IN_FORMAT.format(
        text="2025-10-03", layout="%d/%m/%Y %H:%M"
    )


@pytest.mark.parametrize(
    ("time_format", "what"),
    [
        ("%d/%m/%Y", "time of day"),
        ("%d/%m %H:%M", "year"),
        ("%m/%Y %H:%M", "day"),
        ("%d/%m/%Y %H:%Q", "meaning"),
    ],
)
def test_a_format_that_names_no_moment_is_refused(time_format: str, what: str) -> None:
    with pytest.raises(SourceProblem, match=f"has no {what}"):
        read("3/10/2025 06:12", time_format=time_format)


def test_a_day_number_is_named_for_what_it_is() -> None:
    with pytest.raises(ValueError) as error:
        Clock().read("45933.2588")
    assert str(error.value) == clocks.DAY_NUMBER.format(text="45933.2588")


def test_a_date_and_a_time_of_two_cells_are_one_time() -> None:
    assert joined("2025-10-03 00:00:00", "06:12:44") == "2025-10-03 06:12:44"
    assert joined("3/10/2025", "6:12 PM") == "3/10/2025 6:12 PM"
    assert joined("3/10/2025", "") == joined("", "06:12") == ""
