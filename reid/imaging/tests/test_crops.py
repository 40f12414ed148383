"""Boxes, and the crops cut by them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reid.imaging import crops
from reid.imaging.crops import Box, ImageProblem
from reid.imaging.tests.test_decoding import SIZE, exif, file_of, opened, picture


def test_a_box_is_clamped_to_its_image() -> None:
    assert Box(-5, 30, 20, 20).clamped((60, 40)) == Box(0, 30, 15, 10)
    assert Box(0, 0, 60, 40).clamped((60, 40)) == Box(0, 0, 60, 40)


@pytest.mark.parametrize(
    "box", [Box(60, 0, 5, 5), Box(0, -5, 5, 5), Box(5, 5, 0, 5), Box(5, 5, 5, -1)]
)
def test_a_box_outside_or_without_area_is_refused(box: Box) -> None:
    with pytest.raises(ImageProblem) as problem:
        box.clamped((60, 40))
    assert problem.value.reason == "outside"


def test_padding_adds_a_share_on_each_side_and_stays_inside() -> None:
    assert Box(100, 100, 100, 200).padded(0.05, (1000, 1000)) == Box(95, 90, 110, 220)
    assert Box(0, 100, 100, 200).padded(0.05, (1000, 305)) == Box(0, 90, 105, 215)


def test_a_cut_from_a_scaled_decode_shows_the_same_part() -> None:
    full, half = picture(size=(600, 400)), picture(size=(300, 200))
    box = Box(200, 100, 201, 101)  # to 401 and 201: odd edges are rounded outwards
    assert crops.cut(full, box, (600, 400)).size == (201, 101)
    part = crops.cut(half, box, (600, 400))
    assert part.size == (101, 51)
    assert np.asarray(part)[25, [0, 49, 50, 100], 0].tolist() == [40, 40, 220, 220]


def test_a_cut_of_nothing_is_refused() -> None:
    with pytest.raises(ImageProblem) as problem:
        crops.cut(picture(), Box(60, 0, 5, 5), SIZE)
    assert problem.value.reason == "outside"


def test_the_canonical_crop_is_padded_and_its_longest_side_512() -> None:
    image = picture(size=(2000, 1000))
    assert crops.canonical_crop(image, Box(500, 100, 1000, 400), (2000, 1000)).size == (512, 205)
    assert crops.canonical_crop(image, Box(500, 100, 100, 40), (2000, 1000)).size == (110, 44)
    assert crops.canonical_crop(image, Box(0, 0, 2000, 1), (2000, 1000)).size == (512, 1)


def test_a_box_below_the_least_side_is_too_small() -> None:
    image = picture(size=(200, 100))
    assert crops.canonical_crop(image, Box(0, 0, 50, 50), (200, 100), min_side=50).width == 52
    with pytest.raises(ImageProblem) as problem:
        crops.canonical_crop(image, Box(151, 0, 60, 60), (200, 100), min_side=50)  # 49 px are left
    assert problem.value.reason == "too_small"


def test_the_scale_needed_is_the_most_demanding_box_of_the_frame() -> None:
    frame = (4000, 3000)
    large, small, outside = Box(0, 0, 2000, 1000), Box(100, 100, 1000, 500), Box(4000, 0, 9, 9)
    assert (
        crops.scale_needed(frame, [large]) == 976
    )  # 2100 px padded by its one free side -> 4000*512/2100
    assert crops.scale_needed(frame, [large, small]) == 1862  # 1100 px padded
    assert crops.scale_needed(frame, [large, Box(0, 0, 100, 100)]) == 4000
    assert crops.scale_needed(frame, [outside]) == 1


@given(
    st.integers(1, 700), st.integers(1, 700), st.integers(1, 700), st.floats(0, 1), st.floats(0, 1)
)
def test_a_scaled_decode_never_costs_the_canonical_crop_resolution(
    width: int, height: int, at_least: int, right: float, bottom: float
) -> None:
    file = file_of(Image.new("L", (width, height)))
    scaled = opened(file, at_least=at_least)
    assert max(scaled.size) >= min(at_least, max(width, height))
    box = Box(0, 0, max(int(width * right), 1), max(int(height * bottom), 1))
    needed = crops.scale_needed((width, height), [box])
    crop = crops.canonical_crop(opened(file, at_least=needed), box, (width, height))
    assert max(crop.size) >= min(box.padded(crops.CANONICAL_PADDING, (width, height)).longest, 512)


def test_a_jpeg_crop_carries_no_metadata() -> None:
    secret = file_of(
        picture(), exif=exif(DateTimeOriginal="2025:10:01 12:00:07"), comment=b"gate code"
    )
    encoded = crops.encode_jpeg(crops.cut(opened(secret), Box(0, 0, 30, 30), SIZE))
    assert b"gate code" not in encoded and b"Exif" not in encoded
    again = Image.open(io.BytesIO(encoded))
    assert (again.format, again.size, again.mode) == ("JPEG", (30, 30), "RGB")


@pytest.mark.parametrize("box", [Box(64, 48, 0, 96), Box(64, 48, 96, 0), Box(-1, -1, -1, -1)])
def test_a_box_without_a_size_is_not_called_outside(box: Box) -> None:
    with pytest.raises(ImageProblem, match="has no width or no height"):
        box.clamped((640, 480))
