"""Preprocessing, exact to the pixel."""

from __future__ import annotations

import numpy as np
from PIL import Image

from reid.embedding.preprocessing import prepare


def test_a_crop_is_squashed_to_a_square_of_rgb() -> None:
    crop = Image.new("RGB", (100, 40), (255, 0, 0))
    pixels = prepare(crop, 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert (pixels == (255, 0, 0)).all()


def test_grey_becomes_rgb() -> None:
    assert (prepare(Image.new("L", (9, 9), 7), 32) == 7).all()


def test_shrinking_averages_instead_of_skipping() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 255  # the nearest pixel alone would give all black or all white
    middle = prepare(Image.fromarray(stripes), 32)[8:24]
    assert 100 < middle.min() <= middle.max() < 155
