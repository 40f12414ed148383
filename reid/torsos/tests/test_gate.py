"""Gate: one fit torso, and one thing wrong with it at a time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from reid.imaging.crops import Box
from reid.torsos import gate
from reid.torsos.align import align
from reid.torsos.gate import Reason, covered, judge


def picture(width: int = 480, height: int = 320) -> np.ndarray:
    """Brown with stripes and hairs, and green below."""
    noise = np.random.default_rng(4).normal(0, 20, (height, width, 1))
    stripes = 40 * (np.arange(width) // 12 % 2)[None, :, None]
    colours = np.repeat(
        [[130, 95, 60], [60, 120, 40]], (height * 9 // 10, height - height * 9 // 10), axis=0
    )
    pixels = colours[:, None] + stripes + noise
    return pixels.clip(0, 255).astype(np.uint8)


def mask(wide: float = 0.35, high: float = 0.22, *others: tuple[float, float, float]) -> np.ndarray:
    """An ellipse in the middle, and discs (x, y, radius)."""
    at = (np.arange(36) + 0.5) / 36
    x, y = at[None], at[:, None]
    inside = ((x - 0.5) / wide) ** 2 + ((y - 0.5) / high) ** 2 < 1
    for across, down, radius in others:
        inside |= np.hypot(x - across, y - down) < radius
    return inside.astype(np.float32)


def judged(pixels: np.ndarray, probability: np.ndarray, overlap: float = 0.0) -> gate.Judged:
    return judge(pixels, align(pixels, probability), overlap)


def test_a_sharp_torso_from_the_side_is_fit() -> None:
    result = judged(picture(), mask())
    assert result.reason is None
    assert (result.overlap, result.is_infrared) == (0.0, False)


def test_a_small_one_is_too_small() -> None:
    assert judged(picture(120, 80), mask()).reason is Reason.TOO_SMALL


def test_a_torso_higher_than_wide_is_seen_from_the_front() -> None:
    assert judged(picture(1200, 800), mask(0.15, 0.35)).reason is Reason.NOT_SIDE


@pytest.mark.parametrize(
    "probability",
    [0.6 * mask(), mask(0.13, 0.09), mask(0.45, 0.40) - mask(0.45, 0.25, (0.5, 0.2, 0.3))],
    ids=["the head is not sure", "covers little", "bent"],
)
def test_without_a_clear_outline_it_is_unclear(probability) -> None:
    assert judged(picture(1200, 800), probability.clip(0, 1)).reason is Reason.UNCLEAR


def test_a_second_large_part_is_a_second_animal() -> None:
    probability = mask(0.3, 0.2, (0.12, 0.12, 0.16))
    assert align(picture(), probability).second > gate.LARGEST_SECOND
    assert judged(picture(), probability).reason is Reason.SEVERAL


def test_a_speck_is_no_animal() -> None:
    assert judged(picture(), mask(0.35, 0.22, (0.08, 0.08, 0.06))).reason is None


def test_a_box_that_another_one_covers_shows_several() -> None:
    assert judged(picture(), mask(), overlap=0.7).reason is Reason.SEVERAL
    assert judged(picture(), mask(), overlap=0.2).reason is None


def test_a_picture_out_of_focus_is_blurred() -> None:
    soft = cv2.GaussianBlur(picture(), (0, 0), 8)
    sharp, blurred = judged(picture(), mask()), judged(soft, mask())
    assert blurred.reason is Reason.BLURRED
    assert blurred.sharpness < sharp.sharpness / 10


def test_sharpness_hardly_depends_on_the_contrast() -> None:
    pale = (picture() * 0.6 + 60).astype(np.uint8)
    sharp, faint = judged(picture(), mask()), judged(pale, mask())
    assert faint.sharpness == pytest.approx(sharp.sharpness, rel=0.5)


def test_an_even_picture_is_blurred_and_nothing_breaks() -> None:
    even = judged(np.full((320, 480, 3), 90, np.uint8), mask())
    assert (even.reason, even.sharpness) == (Reason.BLURRED, 0.0)


def test_a_picture_without_colours_is_infrared_whatever_its_tint() -> None:
    grey = np.repeat(picture()[..., :1], 3, axis=2)
    assert judged(grey, mask()).is_infrared
    assert judged((grey * [1.0, 0.985, 0.99]).astype(np.uint8), mask()).is_infrared
    assert judged(grey, mask()).reason is None


def test_the_reason_that_makes_others_meaningless_comes_first() -> None:
    soft = cv2.GaussianBlur(picture(120, 80), (0, 0), 4)
    assert judged(soft, mask(0.15, 0.35), overlap=0.9).reason is Reason.TOO_SMALL


def test_the_share_of_a_box_that_others_cover() -> None:
    box = Box(10, 10, 100, 50)
    assert covered(box, []) == 0.0
    assert covered(box, [Box(200, 10, 100, 50)]) == 0.0
    # a quarter by one, a tenth by another: the larger one counts
    assert covered(box, [Box(60, 35, 500, 500), Box(0, 0, 20, 300)]) == pytest.approx(0.25)
    assert covered(box, [Box(0, 0, 500, 500)]) == 1.0
