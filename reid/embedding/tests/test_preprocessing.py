"""Preprocessing, exact to the pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from reid.embedding.preprocessing import as_view, prepare, prepare_torso, sentinels, torso_view
from reid.networks.model_card import DEFAULT, Crop, Fit, Interpolation

SMALL = replace(DEFAULT, input_height=32, input_width=32)
TORSO = replace(
    DEFAULT, crop=Crop.TORSO, torso_head="0" * 64, dimming=0.25, input_height=32, input_width=48
)


def test_a_crop_is_squashed_to_a_square_of_rgb() -> None:
    crop = Image.new("RGB", (100, 40), (255, 0, 0))
    pixels = prepare(crop, SMALL)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert (pixels == (255, 0, 0)).all()


def test_grey_becomes_rgb() -> None:
    assert (prepare(Image.new("L", (9, 9), 7), SMALL) == 7).all()


def test_shrinking_averages_instead_of_skipping() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 255  # the nearest pixel alone would give all black or all white
    middle = prepare(Image.fromarray(stripes), SMALL)[8:24]
    assert 100 < middle.min() <= middle.max() < 155


def test_the_middle_is_cut_out_where_a_card_says_so() -> None:
    """80 x 40 to 64 x 32, of which the 32 columns from the 16th on are the middle ones: three grey values side by side."""
    columns = np.repeat([10, 120, 240], [20, 40, 20])
    crop = Image.fromarray(np.tile(columns[None, :, None], (40, 1, 3)).astype(np.uint8))
    pixels = prepare(crop, replace(SMALL, fit=Fit.CENTRE, resize_to=32))
    assert pixels.shape == (32, 32, 3)
    assert (pixels[:, 3:-3] == 120).all()


def test_a_tall_crop_loses_its_top_and_bottom() -> None:
    rows = np.repeat([10, 120, 240], [20, 40, 20])
    crop = Image.fromarray(np.tile(rows[:, None, None], (1, 40, 3)).astype(np.uint8))
    pixels = prepare(crop, replace(SMALL, fit=Fit.CENTRE, resize_to=32))
    assert (pixels[3:-3] == 120).all()


def test_a_line_is_shrunk_as_the_card_says() -> None:
    """Column 33 is 200, halved in width. Bilinear: the centres of columns 16 and 17 are 0.5 and 1.5 away, weights 0.375, 0.125.

    Bicubic has a negative weight farther out, so that a grey ground gets darker there.
    """
    line = np.full((32, 64, 3), 0, np.uint8)
    line[:, 33] = 200
    bilinear = replace(SMALL, interpolation=Interpolation.BILINEAR)
    assert prepare(Image.fromarray(line), bilinear)[5, 15:19, 0].tolist() == [0, 75, 25, 0]
    on_grey = Image.fromarray(line // 2 + 100)
    assert prepare(on_grey, bilinear)[5].min() == 100
    assert prepare(on_grey, SMALL)[5].min() < 100


def test_what_is_off_a_torso_is_dimmed_by_hand() -> None:
    """227 stays on the mask; off it a quarter of its 100 above grey stays, 152. Halves of the picture, away from the edge."""
    mask = np.zeros((288, 432), np.uint8)
    mask[:, 216:] = 255
    view = torso_view(np.full((288, 432, 3), 227, np.uint8), mask)
    pixels = prepare(view, TORSO)
    assert pixels.shape == (32, 48, 3)
    assert (pixels[:, :21] == 152).all()
    assert (pixels[:, 27:] == 227).all()


def test_without_a_torso_the_crop_stands_for_it_with_nothing_dimmed() -> None:
    crop = Image.new("RGB", (100, 40), (10, 20, 30))
    assert as_view(crop).shape == (288, 432, 4)
    assert (as_view(crop)[..., 3] == 255).all()
    assert (prepare(crop, TORSO) == (10, 20, 30)).all()


def test_nothing_is_resampled_where_the_size_is_that_of_a_torso() -> None:
    view = np.random.default_rng(0).integers(0, 256, (288, 432, 4), np.uint8)
    view[..., 3] = 255
    assert (prepare_torso(view, 288, 432, 0.25) == view[..., :3]).all()


def test_sentinels_of_torsos_show_what_dimming_does() -> None:
    plain = sentinels(replace(TORSO, dimming=1.0))
    dimmed = sentinels(TORSO)
    assert dimmed.shape == (4, 32, 48, 3)
    contrast = [np.abs(pixels.astype(int) - 127)[:, :, :8].mean() for pixels in (plain, dimmed)]
    assert contrast[1] < 0.5 * contrast[0]
    assert np.abs(plain[:, :, 44:].astype(int) - dimmed[:, :, 44:]).max() < 12
