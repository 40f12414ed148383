"""Blurring: what is inside a region is gone, what is outside it is untouched, at every scale and of every part."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from reid.imaging.crops import Box
from reid.showing.blurring import SQUARES, blurred, blurred_where, key_of, mask_of

SIZE = (400, 200)
STRIPES = np.zeros((200, 400, 3), np.uint8)
STRIPES[:, ::2] = 255  # as fine as a picture can be


def stripes() -> Image.Image:
    return Image.fromarray(STRIPES)


def test_inside_is_one_grey_and_outside_is_the_picture() -> None:
    # 100 x 80 with 5 % on each side: 95..205 and 46..134.
    shown = np.asarray(blurred(stripes(), [Box(100, 50, 100, 80)], SIZE))
    inside = shown[46:134, 95:205]
    assert inside.min() >= 120
    assert inside.max() <= 136
    outside = np.ones((200, 400), bool)
    outside[46:134, 95:205] = False
    assert (shown[outside] == STRIPES[outside]).all()


def test_a_region_becomes_a_few_means_whatever_was_in_it() -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 256, (200, 400, 3), np.uint8)
    shuffled = noise.copy()
    # The same bytes in another order within each square: 88 x 88 px of margin and all, squares of 22.
    for top in range(0, 88, 22):
        for left in range(0, 88, 22):
            block = shuffled[16 + top : 38 + top, 16 + left : 38 + left].reshape(-1, 3)
            shuffled[16 + top : 38 + top, 16 + left : 38 + left] = rng.permutation(block).reshape(
                22, 22, 3
            )
    region = [Box(20, 20, 80, 80)]
    one = blurred(Image.fromarray(noise), region, SIZE)
    other = blurred(Image.fromarray(shuffled), region, SIZE)
    assert SQUARES == 4
    difference = np.asarray(one).astype(int) - np.asarray(other)
    assert abs(difference).max() <= 2  # means are rounded twice, along rows and along columns
    assert (noise[16:104, 16:104] != shuffled[16:104, 16:104]).any()


def test_a_scaled_part_of_a_photograph_is_blurred_in_the_same_place() -> None:
    # The right half at twice its size: the region 250..300 (with its margin 248..302) is at 96..204 there.
    part = Box(200, 0, 200, 200)
    half = stripes().crop((200, 0, 400, 200)).resize((400, 400), Image.Resampling.NEAREST)
    shown = np.asarray(blurred(half, [Box(250, 0, 50, 200)], SIZE, part)).astype(int)
    assert shown[200, 96:204].min() > 100
    assert shown[200, 96:204].max() < 155
    assert set(shown[200, :96].ravel()) | set(shown[200, 204:].ravel()) == {0, 255}


def test_a_corner_of_a_region_is_no_finer_than_the_region() -> None:
    # A part that holds 10 x 10 px of a face of 100 x 100: less than one square, so one colour.
    part = Box(90, 90, 60, 60)
    corner = Image.fromarray(np.random.default_rng(2).integers(0, 256, (60, 60, 3), np.uint8))
    shown = np.asarray(blurred(corner, [Box(0, 0, 100, 100)], SIZE, part))
    assert len(np.unique(shown[:15, :15].reshape(-1, 3), axis=0)) == 1


@pytest.mark.parametrize("region", [Box(500, 10, 50, 50), Box(10, 10, 0, 5)])
def test_a_region_that_is_not_on_the_picture_changes_nothing(region: Box) -> None:
    picture = stripes()
    assert blurred(picture, [region], SIZE) is picture
    assert blurred(picture, [Box(0, 0, 20, 20)], SIZE, Box(100, 100, 50, 50)) is picture


def test_a_mask_is_where_the_regions_are() -> None:
    mask = np.asarray(mask_of([Box(100, 50, 100, 80)], SIZE, Box(0, 0, *SIZE), (200, 100)))
    assert mask[23:67, 47:103].all()
    assert mask.sum() == 255 * 44 * 56
    picture = Image.fromarray(np.random.default_rng(3).integers(0, 256, (100, 200, 3), np.uint8))
    shown = np.asarray(blurred_where(picture, Image.fromarray(mask)))
    assert (shown[mask == 0] == np.asarray(picture)[mask == 0]).all()
    assert shown[mask == 255].std() < 30 < np.asarray(picture)[mask == 255].std()


def test_a_key_names_what_is_blurred_in_any_order() -> None:
    one, other = Box(1, 2, 3, 4), Box(5, 6, 7, 8)
    assert key_of([]) == ""
    assert key_of([one, other]) == key_of([other, one]) != key_of([one])
    assert len(key_of([one])) == 16
