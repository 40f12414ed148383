"""Letterboxes: where photographs of any size come to lie, and boxes taken back exactly."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from reid.detecting.cards import Fit, InputShape
from reid.detecting.letterbox import Letterbox, laid_of_file
from reid.detecting.tests import networks
from reid.imaging.crops import Box
from reid.imaging.decoding import ImageProblem

if TYPE_CHECKING:
    from numpy.typing import NDArray

SQUARE = InputShape(64, 64)
LIMITS = {"max_pixels": 10**8, "max_bytes": 10**8}


@pytest.mark.parametrize(
    ("full", "shape", "place"),
    [
        ((192, 117), SQUARE, (64, 39, 0, 12)),  # a third; 25 rows of border, 12 of them above
        ((117, 192), SQUARE, (39, 64, 12, 0)),
        ((64, 64), SQUARE, (64, 64, 0, 0)),
        ((21, 32), SQUARE, (42, 64, 11, 0)),
        ((21, 33), InputShape(64, 64, upscale=False), (21, 33, 21, 15)),
        ((2048, 1536), InputShape(640, 480), (640, 480, 0, 0)),
        ((5000, 3), SQUARE, (64, 1, 0, 31)),  # never without a pixel
        ((192, 117), InputShape(96, 64, fit=Fit.STRETCH), (96, 64, 0, 0)),
    ],
)
def test_a_photograph_lies_in_the_middle(
    full: tuple[int, int], shape: InputShape, place: tuple[int, int, int, int]
) -> None:
    found = Letterbox.of(full, shape)
    assert (found.width, found.height, found.left, found.top) == place


def test_boxes_come_back_in_pixels_of_the_photograph() -> None:
    place = Letterbox.of((192, 117), SQUARE)
    # x 10..30 and y 22..32 of the input are 30..90 and 30..60 of the photograph: (x - 0) * 3, (y - 12) * 3.
    found = np.array([[20, 27, 20, 10], [0, 12, 8, 6], [32, 5, 10, 10], [63, 50, 9, 9]], np.float32)
    assert place.boxes(found) == [
        Box(30, 30, 60, 30),
        Box(0, 0, 12, 9),  # half of it lies left of the frame and above it
        None,  # in the border above: y 0..10
        Box(176, 100, 16, 17),  # clipped at 192 and 117
    ]


def test_stretched_sides_go_back_each_by_its_own_scale() -> None:
    place = Letterbox.of((192, 128), InputShape(96, 32, fit=Fit.STRETCH))
    assert place.boxes(np.array([[48, 16, 10, 4]], np.float32)) == [Box(86, 56, 20, 16)]


def test_the_border_is_of_the_cards_grey() -> None:
    shape = InputShape(64, 64, pad=7)
    pixels, _ = laid_of_file(io.BytesIO(networks.photograph((64, 32))), (64, 32), shape, **LIMITS)
    assert pixels.shape == (64, 64, 3)
    assert (pixels[:16] == 7).all()
    assert (pixels[48:] == 7).all()
    assert (pixels[16:48] == networks.GREY).all()


def test_a_large_jpeg_is_decoded_no_larger_than_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    networks.picture((1600, 1201), animal=(400, 400, 800, 400)).save(buffer, "JPEG", quality=95)
    sizes: list[tuple[int, int]] = []
    laid = Letterbox.laid

    def watched(place: Letterbox, picture: Image.Image, shape: InputShape) -> NDArray[np.uint8]:
        sizes.append(picture.size)
        return laid(place, picture, shape)

    monkeypatch.setattr(Letterbox, "laid", watched)
    pixels, _ = laid_of_file(buffer, (1600, 1201), InputShape(100, 100), **LIMITS)
    assert sizes == [(200, 151)]  # 1/8 is just not smaller than 100
    # 400..1200 of 1600 are 25..75 of 100, 400..800 of 1201 are 25..50 of 75, below 12 rows of border.
    assert tuple(pixels[40, 50] > 128) == (True, False, False)
    assert tuple(pixels[65, 50] > 128) != (True, False, False)


def test_a_photograph_turned_by_exif_lies_upright() -> None:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    networks.picture((64, 32), animal=(0, 0, 16, 32)).save(buffer, "PNG", exif=exif)
    pixels, place = laid_of_file(buffer, (32, 64), SQUARE, **LIMITS)
    assert (place.left, place.top) == (16, 0)
    assert tuple(pixels[8, 32]) == (255, 0, 0)
    assert tuple(pixels[40, 32]) == (networks.GREY,) * 3


def test_a_broken_photograph_is_a_problem_with_its_reason() -> None:
    with pytest.raises(ImageProblem, match="unreadable"):
        laid_of_file(io.BytesIO(b"no picture"), (64, 32), SQUARE, **LIMITS)
