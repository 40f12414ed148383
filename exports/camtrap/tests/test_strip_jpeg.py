"""A JPEG keeps its picture, bit for bit, and loses everything else."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms

from exports.camtrap.strip_jpeg import BrokenJpeg, bare
from reid.imaging.decoding import orientation

NOISE = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
SECRET = b"N 30 deg 7' 24.4416''"


def jpeg(picture: Image.Image | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    (picture or Image.fromarray(NOISE)).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])


def same_pixels(one: bytes, other: bytes) -> bool:
    return bool(np.array_equal(np.asarray(opened(one)), np.asarray(opened(other))))


def position() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "RECONYX"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSAreaInformation] = SECRET
    return exif


def segment(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def with_segment(data: bytes, marker: int, payload: bytes) -> bytes:
    return data[:2] + segment(marker, payload) + data[2:]


def test_the_position_in_exif_does_not_leave() -> None:
    data = jpeg(exif=position())
    assert SECRET in data
    stripped = bare(data, 1)
    assert SECRET not in stripped
    assert not opened(stripped).getexif()
    assert same_pixels(stripped, data)


@pytest.mark.parametrize("marker", [0xE0, 0xE1, 0xE2, 0xED, 0xEF, 0xFE])
def test_no_other_place_for_text_leaves_either(marker: int) -> None:
    """JFXX thumbnails, XMP, MPF, IPTC, makers' own segments and comments."""
    data = with_segment(jpeg(), marker, b"something\0" + SECRET)
    stripped = bare(data, 1)
    assert SECRET not in stripped
    assert same_pixels(stripped, data)


def test_what_stands_behind_the_picture_does_not_leave() -> None:
    behind = jpeg(exif=position())
    assert bare(jpeg() + behind + SECRET, 1) == bare(jpeg(), 1)


@pytest.mark.parametrize("turn", range(2, 9))
def test_how_to_turn_the_photograph_is_kept(turn: int) -> None:
    exif = position()
    exif[ExifTags.Base.Orientation] = turn
    stripped = bare(jpeg(exif=exif), turn)
    assert orientation(opened(stripped)) == turn
    assert dict(opened(stripped).getexif()) == {ExifTags.Base.Orientation: turn}
    assert SECRET not in stripped


@pytest.mark.parametrize(
    "options",
    [
        {"progressive": True},
        {"restart_marker_blocks": 1},
        {"quality": 100, "subsampling": 0},
        {"optimize": True},
    ],
)
def test_every_way_of_coding_gives_the_same_pixels(options: dict[str, Any]) -> None:
    data = jpeg(exif=position(), **options)
    assert same_pixels(bare(data, 1), data)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_colours_that_need_a_marker_keep_it(mode: str) -> None:
    data = jpeg(Image.fromarray(NOISE).convert(mode), exif=position())
    stripped = bare(data, 1)
    assert opened(stripped).mode == mode
    assert same_pixels(stripped, data)


def test_the_colour_profile_is_kept() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert opened(bare(jpeg(icc_profile=profile), 1)).info["icc_profile"] == profile


def test_fill_bytes_before_a_marker_are_no_error() -> None:
    data = jpeg(exif=position())
    padded = data[:2] + b"\xff\xff" + data[2:-2] + b"\xff" + data[-2:]
    assert same_pixels(bare(padded, 1), data)


def test_bytes_that_belong_to_no_segment_are_refused() -> None:
    data = jpeg()
    with pytest.raises(BrokenJpeg):
        bare(data[:2] + SECRET + data[2:], 1)


def test_doing_it_twice_changes_nothing() -> None:
    once = bare(jpeg(exif=position(), progressive=True), 6)
    assert bare(once, 6) == once


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_half_a_file_is_refused(share: float) -> None:
    data = jpeg()
    with pytest.raises(BrokenJpeg):
        bare(data[: int(len(data) * share)], 1)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_being_refused(tail: bytes) -> None:
    try:
        bare(b"\xff\xd8" + tail, 1)
    except BrokenJpeg:
        return
    assert b"\xff\xd9" in tail
