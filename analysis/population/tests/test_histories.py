"""Capture histories are counted as they are, and impossible ones are refused."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.population.histories import History, NotEstimable, SpatialHistory

SEEN = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1]], bool)


def test_captures_and_recaptures_are_counted() -> None:
    history = History(SEEN)
    assert (history.animals, history.occasions, history.captures, history.recaptures) == (
        3,
        3,
        6,
        3,
    )
    assert history.frequencies().tolist() == [0, 1, 1, 1]


def test_nobody_captured_is_no_history() -> None:
    with pytest.raises(NotEstimable, match="nobody"):
        History(np.zeros((0, 3), bool))


def test_an_animal_without_captures_is_refused() -> None:
    with pytest.raises(ValueError, match="no history"):
        History(np.array([[1, 0], [0, 0]], bool))


def spatial(captures: object, effort: object) -> SpatialHistory:
    places = np.array([[0.0, 0.0], [300.0, 400.0]])
    return SpatialHistory(np.array(captures, np.int64), places, np.array(effort, float))


def test_movements_are_distances_between_successive_captures() -> None:
    there_and_back = [[1, 0], [0, 1], [1, 0]]
    stays = [[0, 1], [0, 0], [0, 2]]
    history = spatial([there_and_back, stays], np.ones((3, 2)))
    assert history.movements().tolist() == [500.0, 500.0, 0.0]
    assert history.without_space().frequencies().tolist() == [0, 0, 1, 1]


def test_a_capture_by_a_camera_that_did_not_run_is_refused() -> None:
    with pytest.raises(ValueError, match="occasion 1, detector 0"):
        spatial([[[0, 1], [1, 0]]], [[1, 1], [0, 1]])


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(1, 1, 2\), \(2, 2\)"):
        spatial([[[0, 1]]], np.ones((2, 2)))
