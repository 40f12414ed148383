"""Planted pairs: when they are due, and what their answers are worth."""

from __future__ import annotations

import pytest

from analysis.audit.planted_pairs import (
    AT_FIRST,
    EVERY,
    EVERY_AT_FIRST,
    corrected,
    is_trusted,
    place,
)


def test_the_first_four_come_one_in_ten_and_the_others_one_in_twenty():
    for salt in ("one", "two", "three"):
        places = [place(salt, number) for number in range(12)]
        for number in range(AT_FIRST):
            assert places[number] // EVERY_AT_FIRST == number
        for number in range(AT_FIRST, 12):
            assert (places[number] - 40) // EVERY == number - AT_FIRST


def test_places_differ_from_plan_to_plan_and_stand_within_one():
    assert [place("salt", 0), place("salt", 7)] == [place("salt", 0), place("salt", 7)]
    assert len({place(f"salt {number}", 5) for number in range(60)}) > 10


@pytest.mark.parametrize(
    ("shown", "missed", "counts"),
    [
        (0, 0, True),
        (1, 1, True),  # one slip says nothing
        (2, 2, False),
        (6, 2, False),  # a third
        (7, 2, True),  # 29 %
        (10, 3, True),  # 30 %, the limit itself
        (10, 4, False),
    ],
)
def test_a_judge_who_misses_too_many_is_not_trusted(shown, missed, counts):
    assert is_trusted(shown, missed) is counts


def test_the_estimate_is_corrected_for_what_the_judge_misses():
    assert corrected(0.03, 4, 1) == pytest.approx(0.04)  # 0.03 / 0.75
    assert corrected(0.03, 0, 0) == 0.03
    assert corrected(0.9, 2, 1) == 1.0
    assert corrected(0.0, 2, 2) == 0.0
    assert corrected(0.1, 2, 2) == 1.0
