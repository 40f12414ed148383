"""Suppression, by hand: boxes are (cx, cy, w, h)."""

from __future__ import annotations

import numpy as np

from reid.detecting.suppression import kept


def indices(
    boxes: list[list[float]], scores: list[float], classes: list[int], limit: float
) -> list[int]:
    found = kept(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.array(classes, np.intp),
        limit,
    )
    return list(found)


# A second box of 10 x 10 moved by 2 shares 80 of 120 pixels: 2/3.
PAIR = [[5.0, 5.0, 10.0, 10.0], [7.0, 5.0, 10.0, 10.0]]


def test_the_surer_of_two_that_overlap_stays() -> None:
    assert indices(PAIR, [0.6, 0.9], [0, 0], 0.45) == [1]


def test_boxes_that_share_no_more_than_the_limit_stay_both() -> None:
    assert indices(PAIR, [0.6, 0.9], [0, 0], 0.67) == [1, 0]
    assert indices(PAIR, [0.6, 0.9], [0, 0], 0.66) == [1]


def test_another_class_is_another_animal() -> None:
    assert indices(PAIR, [0.6, 0.9], [0, 1], 0.45) == [1, 0]


def test_of_two_equally_sure_ones_the_earlier_stays() -> None:
    assert indices(PAIR, [0.5, 0.5], [0, 0], 0.45) == [0]


def test_what_went_takes_nothing_with_it() -> None:
    # The middle one goes with the first; the third overlaps the middle one alone: (6..16) and (0..10) share 4/16.
    row = [[5.0, 5.0, 10.0, 10.0], [8.0, 5.0, 10.0, 10.0], [11.0, 5.0, 10.0, 10.0]]
    assert indices(row, [0.9, 0.8, 0.7], [0, 0, 0], 0.45) == [0, 2]


def test_nothing_and_boxes_without_area_are_no_trouble() -> None:
    assert indices([], [], [], 0.45) == []
    assert indices([[5, 5, 0, 0], [5, 5, 0, 0]], [0.9, 0.8], [0, 0], 0.45) == [0, 1]
