"""A capture is likely to be of the deer that was captured near by."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.population.histories import SpatialHistory
from analysis.population.spatial.ranges import Ranges, ranges

CAMERAS = np.array([[0.0, 0.0], [100.0, 0.0]])


def test_weights_by_hand() -> None:
    """Deer 0: two captures at camera 0; deer 1: one at camera 1, 100 m off; sigma 100 m. A third capture, at camera 0, is asked for.

    Deer 0 spreads by 2 sigma^2 (1 + 1/2) = 30,000 m^2: its cameras weigh 1 and exp(-1/3), so 2 / (1 + exp(-1/3)) at camera 0.
    Deer 1 spreads by 40,000 m^2: exp(-1/4) / (1 + exp(-1/4)).
    """
    captured = CAMERAS[[0, 0, 1, 0]]
    found = Ranges(captured, CAMERAS, np.ones(2), 100.0)(
        np.array([3]), np.array([0, 1, 2]), np.array([0, 0, 1])
    )
    near, far = 2 / (1 + np.exp(-1 / 3)), np.exp(-1 / 4) / (1 + np.exp(-1 / 4))
    assert np.exp(found[0, 0] - found[0, 1]) == pytest.approx(near / far)


def test_a_deer_whose_camera_hardly_ran_is_seen_elsewhere() -> None:
    """The other camera's effort counts against a deer at camera 0: its captures are expected there."""
    captured = CAMERAS[[0, 1, 0]]
    asked = np.array([2]), np.array([0, 1]), np.array([0, 1])
    even = Ranges(captured, CAMERAS, np.ones(2), 100.0)(*asked)[0]
    uneven = Ranges(captured, CAMERAS, np.array([1.0, 10.0]), 100.0)(*asked)[0]
    # Deer 0: (1 + e) / (1 + 10 e), deer 1: (1 + e) / (10 + e), with e = exp(-1/4).
    e = np.exp(-1 / 4)
    assert uneven[0] - even[0] == pytest.approx(np.log((1 + e) / (1 + 10 * e)))
    assert uneven[1] - even[1] == pytest.approx(np.log((1 + e) / (10 + e)))


def test_a_deer_out_of_all_reach_is_a_weight_and_no_fault() -> None:
    """A thousand sigmas away a weight is 0 in any arithmetic but that of logarithms."""
    far = np.array([[0.0, 0.0], [1e5, 0.0]])
    found = Ranges(far[[0, 1]], far, np.ones(2), 100.0)(np.array([1]), np.array([0]), np.array([0]))
    assert np.isfinite(found).all()


def test_sigma_is_half_the_root_mean_square_of_the_steps() -> None:
    """One deer walks 100 m once and stays once: mean square 5,000, sigma^2 1,250."""
    captures = np.zeros((1, 3, 2), np.int64)
    captures[0, 0, 0] = captures[0, 1, 1] = 1
    captures[0, 2, 1] = 2
    found = ranges(SpatialHistory(captures, CAMERAS, np.array([[1.0, 1], [1, 1], [0, 1]])))
    assert found is not None
    assert found.sigma == pytest.approx(1250**0.5)
    assert found.captured.tolist() == [[0, 0], [100, 0], [100, 0]]
    assert found.effort.tolist() == [2, 3]


def test_both_cameras_of_an_occasion_are_one_place_between_them() -> None:
    captures = np.array([[[1, 3]]])
    found = ranges(SpatialHistory(captures, CAMERAS, np.ones((1, 2))))
    assert found is not None
    assert found.captured.tolist() == [[75, 0]]


def test_without_any_movement_nothing_is_known() -> None:
    captures = np.array([[[1, 0], [1, 0]], [[0, 1], [0, 1]]])
    assert ranges(SpatialHistory(captures, CAMERAS, np.ones((2, 2)))) is None
