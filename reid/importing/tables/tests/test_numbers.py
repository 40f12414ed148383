"""Numbers of tables: decimal commas where they can be nothing else, boxes in the unit that the whole table has."""

from __future__ import annotations

import pytest

from reid.importing.rows import WHOLE_IMAGE, Area
from reid.importing.tables import numbers
from reid.importing.tables.numbers import UnitFinder, area, box_numbers, number, with_point


@pytest.mark.parametrize(
    ("text", "in_commas", "elsewhere"),
    [
        ("0,91", "0.91", "0.91"),
        (",91", "0.91", "0.91"),
        ("10,5", "10.5", "10.5"),
        ("1,234", "1,234", "1.234"),
        ("0,123", "0.123", "0.123"),
        ("1,234,567", "1,234,567", "1,234,567"),
        ("1.234,5", "1.234,5", "1.234,5"),
        ("-3,5", "-3.5", "-3.5"),
        ("12", "12", "12"),
        ("a,b", "a,b", "a,b"),
    ],
)
def test_a_comma_is_a_decimal_one_where_it_can_be_nothing_else(
    text: str, in_commas: str, elsewhere: str
) -> None:
    assert with_point(text, decimal_comma=False) == in_commas
    assert with_point(text, decimal_comma=True) == elsewhere


@pytest.mark.parametrize("text", ["nan", "inf", "1e9", "1,234", "", "ten", "1" * 10])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as error:
        number("x", text, decimal_comma=False)
    assert str(error.value) == numbers.NO_NUMBER.format(name="x", text=text)


def test_a_box_has_four_numbers_or_none() -> None:
    assert box_numbers({"x": "", "y": ""}, decimal_comma=False) is None
    with pytest.raises(ValueError, match="all four or none"):
        box_numbers({"x": "1", "y": "2", "width": "3"}, decimal_comma=False)


@pytest.mark.parametrize(
    ("boxes", "shares"),
    [
        ([(0.1, 0.2, 0.5, 0.5), (0.0, 0.0, 1.0, 1.0)], True),
        ([(0.5, 0.5, 0.5, 0.5005)], True),
        ([(0.1, 0.2, 0.5, 0.5), (10.0, 20.0, 30.0, 40.0)], False),
        ([(0.6, 0.2, 0.5, 0.5)], False),
        ([], False),
    ],
)
def test_the_unit_is_the_tables(
    boxes: list[tuple[float, float, float, float]], shares: bool
) -> None:
    units = UnitFinder()
    for box in boxes:
        units.see(box)
    assert units.shares is shares


def test_a_share_among_pixels_is_refused() -> None:
    assert area(None, shares=False) == WHOLE_IMAGE
    assert area((0.1, 0.2, 0.5, 0.5), shares=True) == Area(0.1, 0.2, 0.5, 0.5, relative=True)
    assert area((10, 20, 0.5, 40), shares=False) == Area(10, 20, 0.5, 40)
    with pytest.raises(ValueError) as error:
        area((0.1, 0.2, 0.5, 0.5), shares=False)
    assert str(error.value) == numbers.MIXED_UNITS
