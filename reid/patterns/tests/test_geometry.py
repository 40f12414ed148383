"""Consistency of matches in pairs, on a few points worked out by hand."""

from __future__ import annotations

import numpy as np

from reid.patterns.geometry import consistent

SQUARE = np.array([[0.1, 0.1], [0.5, 0.1], [0.1, 0.5], [0.5, 0.5]], np.float32)
ONES = np.ones(4, np.float32)


def test_points_that_keep_their_places_fit() -> None:
    assert consistent(SQUARE, SQUARE + np.float32(0.2), ONES).all()


def test_a_bent_coat_still_fits() -> None:
    """The right half is stretched by an eighth: a step of 0.4 becomes 0.45, differing by less than a quarter of 0.85."""
    stretched = SQUARE * np.array([1.125, 1], np.float32)
    assert consistent(SQUARE, stretched, ONES).all()


def test_two_matches_are_chance() -> None:
    assert not consistent(SQUARE[:2], SQUARE[:2], ONES[:2]).any()


def test_matches_of_one_spot_prove_nothing() -> None:
    """Keypoints of several sizes lie on one spot: they cannot support each other."""
    spot = np.full((4, 2), 0.5, np.float32)
    assert not consistent(spot, spot, ONES).any()


def test_the_heaviest_company_wins() -> None:
    """Three light matches that moved one way, three heavy ones that moved another."""
    places = np.array(
        [[0.1, 0.1], [0.5, 0.1], [0.1, 0.5], [0.9, 0.9], [0.5, 0.9], [0.9, 0.5]], np.float32
    )
    moved = places.copy()
    moved[3:] -= np.array([0.8, 0.0], np.float32)
    weights = np.array([1, 1, 1, 2, 2, 2], np.float32)
    assert consistent(places, moved, weights).tolist() == [False] * 3 + [True] * 3
