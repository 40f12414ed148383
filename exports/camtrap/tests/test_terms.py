"""Camtrap DP's words and numbers, worked by hand, and as properties where there are many."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.camtrap import terms
from reid.imaging.crops import Box, ImageProblem
from reid.taxonomy import PRIVATE, Classification

WHITETAIL = "Odocoileus virginianus"


@st.composite
def boxes_on_photographs(draw: st.DrawFn) -> tuple[Box, tuple[int, int]]:
    """A box with its top left corner on the photograph; it may end behind the border."""
    size = draw(st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)))
    corner = [draw(st.integers(0, side - 1)) for side in size]
    extent = [draw(st.integers(1, 25_000)) for _ in size]
    return Box(*corner, *extent), size


@pytest.mark.parametrize("kind", [item for item in Classification if item not in PRIVATE])
def test_every_class_that_may_be_exported_has_a_scientific_name(kind: Classification) -> None:
    is_deer = kind.value in ("buck", "doe", "fawn", "unknown_deer")
    assert (terms.scientific_name(kind.value, WHITETAIL) == WHITETAIL) == is_deer


@pytest.mark.parametrize("kind", ["animal", "other"])
def test_what_nobody_told_apart_is_an_animal(kind: str) -> None:
    assert terms.scientific_name(kind, WHITETAIL) == "Animalia"


@pytest.mark.parametrize(
    ("kind", "sex", "life_stage"),
    [
        ("buck", "male", "adult"),
        ("doe", "female", "adult"),
        ("fawn", "", "juvenile"),
        ("unknown_deer", "", ""),
        ("coyote", "", ""),
    ],
)
def test_sex_and_life_stage(kind: str, sex: str, life_stage: str) -> None:
    assert (terms.sex(kind), terms.life_stage(kind)) == (sex, life_stage)


@pytest.mark.parametrize(
    ("name", "rank"),
    [("Odocoileus", "genus"), (WHITETAIL, "species"), (f"{WHITETAIL} texanus", "subspecies")],
)
def test_a_rank_goes_by_the_number_of_words(name: str, rank: str) -> None:
    assert terms.taxon_rank(name) == rank


def test_a_box_by_hand() -> None:
    box = terms.relative_box(Box(80, 60, 160, 45), (320, 240))
    told = [terms.plain(value) for value in (box.x, box.y, box.width, box.height)]
    assert told == ["0.25", "0.25", "0.5", "0.1875"]


def test_a_box_that_leaves_its_photograph_ends_at_the_border() -> None:
    box = terms.relative_box(Box(270, 200, 100, 100), (320, 240))
    assert box.x + box.width == box.y + box.height == 1


def test_a_box_outside_its_photograph_has_no_share() -> None:
    with pytest.raises(ImageProblem, match="outside"):
        terms.relative_box(Box(320, 0, 10, 10), (320, 240))


@given(boxes_on_photographs())
def test_a_box_stays_on_its_photograph_and_gives_its_pixels_back(
    case: tuple[Box, tuple[int, int]],
) -> None:
    pixels, (width, height) = case
    inner = pixels.clamped((width, height))
    box = terms.relative_box(pixels, (width, height))
    assert min(box.x, box.y) >= 0
    assert min(box.width, box.height) > 0
    assert max(box.x + box.width, box.y + box.height) <= 1
    back = (box.x * width, box.y * height, box.width * width, box.height * height)
    assert [round(value) for value in back] == [inner.x, inner.y, inner.width, inner.height]


@given(boxes_on_photographs())
def test_a_share_is_told_in_digits_alone(case: tuple[Box, tuple[int, int]]) -> None:
    box = terms.relative_box(*case)
    for value in (box.x, box.y, box.width, box.height):
        assert set(terms.plain(value)) <= set("0123456789.")
        assert Decimal(terms.plain(value)) == value


def test_an_exact_position_is_told_as_it_is_stored() -> None:
    exact = terms.position(Decimal("30.123456"), Decimal("-98.765432"), None)
    assert exact == terms.Position(Decimal("30.123456"), Decimal("-98.765432"), None)


def test_a_coarse_position_by_hand() -> None:
    """Half a step is 0.005 degrees, 558.5 m; east it is 0.8650 of that: the diagonal is 738.5 m."""
    coarse = terms.position(Decimal("30.123456"), Decimal("-98.765432"), 2)
    assert coarse == terms.Position(Decimal("30.12"), Decimal("-98.77"), 739)


def test_whole_degrees_near_the_equator_and_the_pole() -> None:
    assert terms.position(Decimal("0.2"), Decimal("9.6"), 0).longitude == 10
    pole = terms.position(Decimal("89.9"), Decimal("0.4"), 0)
    # North 55,850 m; east, half a degree from the pole, next to nothing.
    assert pole == terms.Position(Decimal(90), Decimal(0), 55_853)


@given(
    st.decimals(-90, 90, places=6),
    st.decimals(-180, 180, places=6),
    st.integers(0, 5),
)
def test_the_camera_is_within_the_uncertainty(
    latitude: Decimal, longitude: Decimal, decimals: int
) -> None:
    coarse = terms.position(latitude, longitude, decimals)
    assert coarse.uncertainty is not None
    assert abs(coarse.latitude) <= 90
    assert abs(coarse.longitude) <= 180
    assert _metres(latitude, longitude, coarse.latitude, coarse.longitude) <= coarse.uncertainty


def _metres(latitude: Decimal, longitude: Decimal, north: Decimal, east: Decimal) -> float:
    """The great-circle distance on a sphere of the mean radius of the Earth (haversine formula)."""
    one, two = math.radians(latitude), math.radians(north)
    across = math.radians(east - longitude)
    half = (
        math.sin((two - one) / 2) ** 2 + math.cos(one) * math.cos(two) * math.sin(across / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))
