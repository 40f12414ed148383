"""Folds and the reserved deer: drawn by name, alike in every store."""

from __future__ import annotations

import numpy as np
import pytest

from reid.training.folds import RESERVE_FROM, reserved, reserves, split

NAMES = [f"buck {number}" for number in range(40)]


def test_a_deer_is_in_one_fold_and_folds_are_even() -> None:
    deer = np.repeat(np.arange(10), [9, 1, 1, 1, 3, 3, 3, 3, 3, 3])
    folds = split(NAMES, deer, 3, deal=4)
    assert all(len(set(folds[deer == code])) == 1 for code in range(10))
    assert sorted(np.bincount(folds)) == [10, 10, 10]


def test_every_fold_has_a_deer_whatever_their_sizes() -> None:
    folds = split(NAMES, np.array([7, 7, 7, 7, 7, 8, 9]), 3, deal=0)
    assert len(set(folds)) == 3


def test_the_deal_by_name_by_hand() -> None:
    """SHA-256 of "deal 0", a line feed and the name begins with 38fa for d, 6b39 for b, 8d2f for a, dcf7 for c.

    So d, b, a, c are dealt to folds 0, 1, 0, 1, however the names are written and whatever their codes are.
    """
    assert split(["a", "b", "c", "d"], np.arange(4), 2, deal=0).tolist() == [0, 1, 1, 0]
    assert split(["D ", "C", "b", "A"], np.arange(4), 2, deal=0).tolist() == [0, 1, 1, 0]


def test_the_number_of_the_deal_deals_anew() -> None:
    deer = np.repeat(np.arange(20), 2)
    first, again, other = (split(NAMES, deer, 4, deal) for deal in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("folds", [1, 4])
def test_folds_without_deer_are_refused(folds: int) -> None:
    with pytest.raises(ValueError, match="of 3 deer"):
        split(NAMES, np.array([0, 1, 2]), folds, deal=0)


def test_a_fifth_of_the_names_is_reserved_however_they_are_written() -> None:
    names = [f"Deer {number}" for number in range(2000)]
    chosen = [name for name in names if reserved(name)]
    assert 360 < len(chosen) < 440  # 400, give or take two standard deviations
    assert all(reserved(f" {name.upper()}  ") for name in chosen)


def test_small_herds_spare_no_deer() -> None:
    assert not reserves(RESERVE_FROM - 1)
    assert reserves(RESERVE_FROM)
