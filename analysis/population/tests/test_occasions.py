"""Occasions count captures and effort, and a day without effort is no day without deer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from analysis.population.occasions import Sighted, accumulation, cut

START = date(2026, 10, 1)


def day(number: int) -> date:
    """The first is 0."""
    return START + timedelta(days=number)


RUNNING = {"north": [day(n) for n in range(7)], "south": [day(n) for n in range(4)]}
SIGHTINGS = [
    Sighted("Arrow", "north", day(0)),
    Sighted("Arrow", "north", day(0)),  # a second photograph of one day
    Sighted("Arrow", "north", day(1)),
    Sighted("Bo", "south", day(3)),
    Sighted("Bo", "south", day(5)),  # the camera did not run
    Sighted("Bo", "north", day(6)),  # after the last whole occasion
]


def test_captures_are_days_of_the_occasion() -> None:
    result = cut(SIGHTINGS, RUNNING, START, day(6), 2)
    assert (result.deer, result.cameras) == (("Arrow", "Bo"), ("north", "south"))
    assert result.starts == (day(0), day(2), day(4))
    assert result.captures.tolist() == [[[2, 0], [0, 0], [0, 0]], [[0, 0], [0, 1], [0, 0]]]
    assert result.left_out == 2


def test_effort_is_days_on_which_a_camera_ran() -> None:
    result = cut(SIGHTINGS, RUNNING, START, day(6), 2)
    assert result.effort.tolist() == [[2, 2], [2, 2], [2, 0]]
    spatial = result.spatial({"north": (0.0, 500.0), "south": (0.0, 0.0)})
    assert spatial.effort.tolist() == [[1, 1], [1, 1], [1, 0]]
    assert spatial.places.tolist() == [[0, 500], [0, 0]]
    assert result.history().seen.tolist() == [[True, False, False], [False, True, False]]


def test_an_occasion_on_which_no_camera_ran_is_none_on_which_every_deer_was_missed() -> None:
    """Days 2 to 5 without any camera: two of the four occasions are left, and Mt, M0 and the closure test know of no others."""
    running = {"north": [day(0), day(1), day(6), day(7)]}
    seen = [Sighted("Arrow", "north", day(0)), Sighted("Arrow", "north", day(6))]
    result = cut(seen, running, START, day(7), 2)
    assert result.worked.tolist() == [True, False, False, True]
    assert result.history().seen.tolist() == [[True, True]]


def test_new_deer_are_counted_against_the_effort() -> None:
    spent, known = accumulation(cut(SIGHTINGS, RUNNING, START, day(6), 2))
    assert (spent.tolist(), known.tolist()) == ([4, 8, 10], [1, 2, 2])


@pytest.mark.parametrize(
    ("days", "sentence"), [(0, "at least one day"), (8, "fewer than one occasion")]
)
def test_a_length_that_does_not_fit_is_refused(days: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        cut(SIGHTINGS, RUNNING, START, day(6), days)
