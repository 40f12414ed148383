"""Places as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reid.importing.stations import places


@pytest.mark.parametrize(
    "text",
    [
        "30.1", "+30.1", "30,1", "30.1 N", "N 30.1", "30.1\u00b0", "30 06 00 N", "30\u00b006'00\"N",
        "30\u00b0 06\u2032 00.0\u2033 N", "30:06:00",
    ],
)  # fmt: skip
def test_one_latitude_in_many_spellings(text: str) -> None:
    assert places.degrees("latitude", text) == Decimal("30.1")


@pytest.mark.parametrize("text", ["98 12 00 W", "W 98.2", "-98.2", "-98 12 00", "98\u00b012'0''W"])
def test_west_is_negative(text: str) -> None:
    assert places.degrees("longitude", text) == Decimal("-98.2")


@pytest.mark.parametrize(
    "text", ["30.1 E", "-30.1 S", "30 60 00", "30 06", "1e1", "\u0663\u0660", "1.5.2"]
)
def test_what_is_no_latitude_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="and not a number of degrees"):
        places.degrees("latitude", text)


@pytest.mark.parametrize(
    ("east", "north", "zone", "latitude", "longitude"),
    [
        # the middle of a zone on the equator, and points published with both kinds of coordinates
        ("500000", "0", "31N", "0.000000", "3.000000"),
        ("500000", "10000000", "31S", "0.000000", "3.000000"),
        ("448251.795", "5411932.678", "31N", "48.858222", "2.294500"),
        ("334786.6", "6252080.1", "56S", "-33.858660", "151.214025"),
    ],
)
def test_utm(east: str, north: str, zone: str, latitude: str, longitude: str) -> None:
    place = places.from_utm(east, north, places.utm_zone(zone))
    assert place[0] == pytest.approx(Decimal(latitude), abs=Decimal("0.0002"))
    assert place[1] == pytest.approx(Decimal(longitude), abs=Decimal("0.0002"))


@pytest.mark.parametrize(("east", "north"), [("x", "1"), ("50", "1"), ("500000", "99999999")])
def test_metres_that_are_in_no_zone_are_refused(east: str, north: str) -> None:
    with pytest.raises(ValueError, match="not a number of metres in a UTM zone"):
        places.from_utm(east, north, (31, True))


def test_a_latitude_out_of_range_without_a_longitude_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="not a number of degrees from -90 to 90"):
        places.degrees("latitude", "98")
