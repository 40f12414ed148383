"""Ratios leave out what was not running, and their intervals follow how cameras differ."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.population.histories import NotEstimable
from analysis.population.ratios import ratio

ALL = np.ones((4, 10), bool)


def drawn(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_cameras_that_agree_leave_no_doubt() -> None:
    result = ratio(np.full((4, 10), 3.0), np.full((4, 10), 6.0), ALL, drawn())
    assert (result.value, result.low, result.high) == (0.5, 0.5, 0.5)
    assert (result.above, result.below) == (120, 240)


def test_a_camera_that_did_not_run_is_left_out() -> None:
    above, below = np.full((3, 5), 2.0), np.full((3, 5), 4.0)
    above[2] = 1_000
    running = np.ones((3, 5), bool)
    running[2] = False
    assert ratio(above, below, running, drawn()).value == 0.5


def test_cameras_that_differ_widen_the_interval() -> None:
    below = np.full((4, 10), 2.0)
    alike = ratio(np.ones((4, 10)), below, ALL, drawn())
    differing = ratio(np.repeat([[0.0], [0.0], [2.0], [2.0]], 10, axis=1), below, ALL, drawn())
    assert alike.value == differing.value == 0.5
    assert differing.high - differing.low > 0.5 > alike.high - alike.low


def test_two_cameras_by_hand() -> None:
    """One day each, 1 for 2 and 3 for 2: drawn with replacement they are 0.5 and 1.5 once in four times each, and 1 in two."""
    above, below = np.array([[1.0], [3.0]]), np.array([[2.0], [2.0]])
    result = ratio(above, below, np.ones((2, 1), bool), drawn())
    assert (result.value, result.low, result.high) == (1.0, 0.5, 1.5)


def test_nothing_counted_and_a_single_camera_are_refused() -> None:
    with pytest.raises(NotEstimable, match="no buck, so nothing says how rare"):
        ratio(np.zeros((2, 2)), np.ones((2, 2)), np.ones((2, 2), bool), drawn(), above_name="buck")
    with pytest.raises(NotEstimable, match="no does to divide by"):
        ratio(np.ones((2, 2)), np.zeros((2, 2)), np.ones((2, 2), bool), drawn(), name="does")
    with pytest.raises(NotEstimable, match="one camera"):
        ratio(np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 2), bool), drawn())
