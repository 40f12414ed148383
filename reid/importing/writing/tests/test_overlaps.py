"""Overlaps of boxes: the measured doubles of real photographs, two animals side by side, and one-to-one pairs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reid.imaging.crops import Box
from reid.importing.writing.overlaps import (
    doubles,
    is_same_place,
    may_be_same_place,
    overlap,
    pairs,
)

BOXES = st.builds(
    Box, st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 40)
)


def always(first: int, second: int) -> bool:
    return True


def of_shares(x: float, y: float, width: float, height: float) -> Box:
    """A box on a photograph of 2,048 x 1,440."""
    left, top = round(x * 2048), round(y * 1440)
    return Box(left, top, round((x + width) * 2048) - left, round((y + height) * 1440) - top)


DOE = of_shares(0.1, 0.2, 0.5, 0.6)


@given(BOXES, BOXES)
def test_the_overlap_is_a_share_that_both_have(first: Box, second: Box) -> None:
    share = overlap(first, second)
    assert 0.0 <= share <= 1.0
    assert share == overlap(second, first)
    assert (share == 1.0) == (first == second)


def test_boxes_that_touch_share_nothing() -> None:
    assert overlap(Box(0, 0, 10, 10), Box(10, 0, 10, 10)) == 0.0
    assert overlap(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("right", "shared_pixels", "may_be"),
    [(10, 200, True), (11, 190, False)],
)
def test_boxes_of_one_name_need_half_of_what_they_cover(
    right: int, shared_pixels: int, may_be: bool
) -> None:
    """200 of 400 pixels and 190 of 410; nameless, neither pair is one animal."""
    first, second = Box(0, 0, 30, 10), Box(right, 0, 30, 10)
    assert overlap(first, second) == pytest.approx(shared_pixels / (600 - shared_pixels))
    assert may_be_same_place(first, second) is may_be
    assert not is_same_place(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # MegaDetector on an owl, with the ground around it, and on two more
        ((0.3969, 0.4345, 0.0887, 0.2843), (0.3888, 0.4196, 0.1164, 0.3126)),
        ((0.0824, 0.3352, 0.064, 0.1097), (0.0685, 0.3264, 0.0936, 0.1353)),
        ((0.3438, 0.3888, 0.1332, 0.3549), (0.3444, 0.5003, 0.1281, 0.2437)),
        # another version of it, another model
        ((0.1, 0.2, 0.5, 0.6), (0.101, 0.2, 0.5, 0.6)),
        ((0.1, 0.2, 0.5, 0.6), (0.112, 0.2, 0.5, 0.6)),
        ((0.1, 0.2, 0.5, 0.6), (0.13, 0.22, 0.52, 0.55)),
    ],
)
def test_two_boxes_around_one_animal_are_in_the_same_place(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float]
) -> None:
    assert is_same_place(of_shares(*first), of_shares(*second))
    assert is_same_place(of_shares(*second), of_shares(*first))


@pytest.mark.parametrize(
    "other",
    [
        (0.35, 0.2, 0.5, 0.6),  # beside her, half behind her
        (0.22, 0.2, 0.5, 0.6),  # nearly behind her
        (0.15, 0.5, 0.25, 0.3),  # her fawn, before her
        (0.1, 0.2, 0.5, 0.29),  # her upper half
    ],
)
def test_two_animals_are_in_two_places(other: tuple[float, float, float, float]) -> None:
    assert not is_same_place(DOE, of_shares(*other))


def test_no_two_boxes_are_one_and_the_nearest_pair_comes_first() -> None:
    near, nearer = of_shares(0.12, 0.2, 0.5, 0.6), of_shares(0.101, 0.2, 0.5, 0.6)
    assert pairs([near, nearer], [DOE], always) == {1: 0}
    assert pairs([near, nearer], [near, DOE], always) == {0: 0, 1: 1}
    assert pairs([near], [], always) == pairs([], [DOE], always) == {}
    assert pairs([near, nearer], [DOE], lambda new, stored: new == 0) == {0: 0}


@given(st.lists(BOXES, max_size=6), st.lists(BOXES, max_size=6))
def test_pairs_are_one_to_one_and_in_one_place(new: list[Box], stored: list[Box]) -> None:
    pair_of = pairs(new, stored, always)
    assert len(set(pair_of.values())) == len(pair_of)
    assert all(is_same_place(new[index], stored[place]) for index, place in pair_of.items())
    left = [box for index, box in enumerate(new) if index not in pair_of]
    free = [box for place, box in enumerate(stored) if place not in pair_of.values()]
    assert not any(is_same_place(box, other) for box in left for other in free)


def test_the_surest_box_stays() -> None:
    larger, apart = of_shares(0.09, 0.19, 0.52, 0.62), of_shares(0.7, 0.1, 0.2, 0.2)
    assert doubles([DOE, apart, larger], always) == {2}
    assert doubles([DOE, apart, larger], lambda kept, other: False) == set()


def test_a_box_that_went_takes_no_other_with_it() -> None:
    chain = [Box(0, 0, 100, 100), Box(15, 0, 100, 100), Box(30, 0, 100, 100)]
    assert doubles(chain, always) == {1}
