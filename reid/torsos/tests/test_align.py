"""Alignment: sizes, angles and places worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from reid.torsos.align import HEIGHT, WIDTH, NoTorso, align, outlines


def rectangle() -> np.ndarray:
    """Sure of a torso in the cells of rows 12 to 23 and columns 6 to 29 of 36 x 36."""
    mask = np.zeros((36, 36), np.float32)
    mask[12:24, 6:30] = 1.0
    return mask


def ellipse(angle: float, wide: float = 0.36, high: float = 0.15) -> np.ndarray:
    """Around the middle; the axis falls to the right by `angle`."""
    at = (np.arange(36) + 0.5) / 36 - 0.5
    x, y = at[None, :], at[:, None]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.array((along / wide) ** 2 + (across / high) ** 2 < 1, np.float32)


def ramp(size: int = 360) -> np.ndarray:
    """Red grows to the right and green downwards, from 0 to 240."""
    picture = np.zeros((size, size, 3), np.uint8)
    picture[..., 0] = (np.arange(size) * 240 // size)[None]
    picture[..., 1] = (np.arange(size) * 240 // size)[:, None]
    return picture


def test_a_level_rectangle_is_cut_out_with_its_margin() -> None:
    torso = align(ramp(), rectangle())
    # 24 x 12 cells of 10 pixels, less the tails of 1.5 % a side, wider by 7 % a side
    assert torso.width == pytest.approx(240 * 0.97 * 1.14, abs=8)  # the corners are rounded
    assert torso.height == pytest.approx(120 * 0.97 * 1.14, abs=5)  # cells of 2.5 pixels
    assert torso.elongation == pytest.approx(2.0, abs=0.05)
    assert torso.angle == pytest.approx(0.0, abs=1e-6)
    middle = torso.to_picture @ (WIDTH / 2, HEIGHT / 2, 1)
    assert middle == pytest.approx((180, 180), abs=1.0)


def test_crop_and_mask_show_what_lies_at_their_place_in_the_picture() -> None:
    torso = align(ramp(), rectangle())
    assert torso.crop.shape == (HEIGHT, WIDTH, 3)
    assert torso.mask.shape == (HEIGHT, WIDTH)
    for x, y in ((40.5, 60.5), (216.5, 144.5), (400.5, 250.5)):
        across, down = torso.to_picture @ (x, y, 1)
        red, green, _ = torso.crop[int(y), int(x)].tolist()
        assert (red, green) == pytest.approx((across * 240 / 360, down * 240 / 360), abs=2)
    # the margin of 7 of 114 % is 26 of 432 and 18 of 288 pixels, of which the tails may take a part
    assert torso.mask[144, 216] == 255
    assert torso.mask[:, :12].max() == torso.mask[:4].max() == 0
    assert (torso.mask > 127).mean() == pytest.approx(1 / (0.97 * 1.14) ** 2, abs=0.03)


def test_a_tilted_axis_is_turned_upright_by_most_of_its_angle() -> None:
    for tilt in (-0.3, 0.2):
        torso = align(ramp(), ellipse(tilt))
        assert torso.angle == pytest.approx(0.8 * tilt, abs=0.02)
        left, right = (torso.to_picture @ (x, HEIGHT / 2, 1) for x in (0, WIDTH))
        assert np.arctan2(*(right - left)[::-1]) == pytest.approx(0.8 * tilt, abs=0.02)


def test_an_axis_is_turned_by_so_much_at_most() -> None:
    assert align(ramp(), ellipse(1.0)).angle == pytest.approx(0.4)


def test_what_is_round_has_no_axis() -> None:
    torso = align(ramp(), ellipse(0.4, wide=0.33, high=0.30))
    assert torso.elongation == pytest.approx(1.1, abs=0.03)
    assert torso.angle == 0.0


def test_angles_are_those_of_the_picture_not_of_the_square_it_is_squashed_to() -> None:
    wide = np.zeros((180, 720, 3), np.uint8)
    torso = align(wide, ellipse(0.5))
    # the axis (cos, sin) of the square is (4 cos, sin) of a picture four times as wide as high; nearly
    assert 0 < torso.angle < 0.15


def test_the_larger_of_two_parts_is_the_torso() -> None:
    mask = rectangle()
    mask[28:33, 10:20] = 1.0
    assert align(ramp(), mask).height == pytest.approx(align(ramp(), rectangle()).height, abs=1)


@pytest.mark.parametrize("size", [(40, 60), (512, 300), (1400, 2000)])
def test_pictures_of_any_size_give_crops_of_one_size(size: tuple[int, int]) -> None:
    torso = align(np.full((*size, 3), 90, np.uint8), rectangle())
    assert torso.crop.shape == (HEIGHT, WIDTH, 3)
    assert abs(torso.crop.astype(int) - 90).max() <= 1
    assert torso.width / size[1] == pytest.approx(240 * 0.97 * 1.14 / 360, abs=0.02)


def test_a_mask_without_a_torso_is_refused() -> None:
    speck = np.zeros((36, 36), np.float32)
    speck[5:7, 5:7] = 1.0  # 4 of 1,296 cells are less than one per cent
    for mask in (np.zeros((36, 36), np.float32), np.full((36, 36), 0.4, np.float32), speck):
        with pytest.raises(NoTorso):
            align(ramp(), mask)


def test_a_torso_at_the_edge_is_cut_with_the_picture_mirrored_beyond_it() -> None:
    mask = np.zeros((36, 36), np.float32)
    mask[12:24, :20] = 1.0
    torso = align(ramp(), mask)
    assert (torso.to_picture @ (0, HEIGHT / 2, 1))[0] < 0
    # the picture's first column is black: what is mirrored brightens away from it
    at_edge = round(float(-torso.to_picture[0, 2] / torso.to_picture[0, 0]))
    beyond, inside = torso.crop[144, at_edge - 10, 0], torso.crop[144, at_edge + 10, 0]
    assert int(beyond) == pytest.approx(int(inside), abs=1)


def test_the_outline_of_a_mask_lies_in_the_picture_where_the_torso_is() -> None:
    torso = align(ramp(), rectangle())
    (line,) = outlines(torso.mask, torso.to_picture)
    x, y = np.array(line).T
    # cells 6 to 30 across and 12 to 24 down, of 10 pixels
    assert (x.min(), x.max()) == pytest.approx((60, 300), abs=4)
    assert (y.min(), y.max()) == pytest.approx((120, 240), abs=4)
    assert 4 <= len(line) < 40


def test_an_empty_mask_has_no_outline() -> None:
    assert outlines(np.zeros((HEIGHT, WIDTH), np.uint8), np.eye(2, 3, dtype=np.float32)) == []


def test_legs_a_neck_and_notches_do_not_move_the_torso() -> None:
    mask = rectangle()
    mask[24:34, 9:11] = mask[24:34, 25:27] = 1.0  # legs of two cells
    mask[4:12, 27:29] = 1.0
    mask[12:16, 15:18] = 0.0
    torso, plain = align(ramp(), mask), align(ramp(), rectangle())
    assert torso.height == pytest.approx(plain.height, rel=0.1)
    assert torso.width == pytest.approx(plain.width, rel=0.03)
    assert torso.angle == pytest.approx(0.0, abs=0.03)
    assert torso.coverage == pytest.approx(24 * 12 / 36**2, rel=0.03)


def test_the_second_part_is_measured_by_the_first() -> None:
    mask = rectangle()
    mask[28:34, 6:30] = 1.0  # half as high
    torso = align(ramp(), mask)
    assert torso.second == pytest.approx(0.5, abs=0.05)
    assert align(ramp(), rectangle()).second == 0.0


def test_an_ellipse_is_solid_and_its_certainty_is_the_mean_within() -> None:
    torso = align(ramp(), np.float32(0.8) * ellipse(0.0))
    assert torso.solidity > 0.95
    assert torso.certainty == pytest.approx(0.8, abs=0.03)
