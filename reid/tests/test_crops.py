"""Photographs of every kind and in every state of ruin, and the crops cut from them."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from reid import crops
from reid.crops import Box, ImageProblem

LIMITS = {"max_pixels": 1_000_000, "max_bytes": 1_000_000}
SIZE = (60, 40)


def picture(mode: str = "RGB", size: tuple[int, int] = SIZE) -> Image.Image:
    """Left half dark, right half bright, so that turning shows."""
    image = Image.new("L", size, 40)
    image.paste(220, (size[0] // 2, 0, *size))
    return image.convert(mode)


def exif(**tags: Any) -> Image.Exif:
    """EXIF with these tags, an orientation in the first directory and times in the second."""
    result = Image.Exif()
    for name, value in tags.items():
        tag = ExifTags.Base[name]
        place = result if name == "Orientation" else result.get_ifd(ExifTags.IFD.Exif)
        place[tag] = value
    return result


def file_of(image: Image.Image, kind: str = "JPEG", **save: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, kind, **save)
    return io.BytesIO(buffer.getvalue())


def opened(file: io.BytesIO, **options: Any) -> Image.Image:
    return crops.open_oriented(file, **LIMITS, **options)


def reason(file: io.BytesIO, **limits: int) -> tuple[str, str]:
    """Why both ways of reading refuse the file."""
    reasons = []
    for read in (crops.open_oriented, crops.probe):
        with pytest.raises(ImageProblem) as problem:
            read(file, **LIMITS | limits)
        reasons.append(problem.value.reason)
    return reasons[0], reasons[1]


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "1"])
def test_a_jpeg_of_any_mode_becomes_rgb(mode: str) -> None:
    image = opened(file_of(picture(mode if mode != "1" else "L")))
    assert (image.mode, image.size) == ("RGB", SIZE)
    assert np.asarray(image)[20, 5].max() < 60 < 200 < np.asarray(image)[20, 55].min()


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1", "L"])
def test_a_png_of_any_mode_becomes_rgb(mode: str) -> None:
    image = opened(file_of(picture(mode), "PNG"))
    assert (image.mode, image.size) == ("RGB", SIZE)
    assert np.asarray(image)[20, 5].max() < 60 < 200 < np.asarray(image)[20, 55].min()


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_upper_byte(kind: str) -> None:
    values = np.array([[0, 256 * 128, 65535]], np.uint16)
    image = opened(file_of(Image.fromarray(values), kind))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 128, 255]


def test_what_is_transparent_is_black() -> None:
    hidden = Image.new("RGBA", (1, 1), (255, 255, 255, 0))
    assert opened(file_of(hidden, "PNG")).getpixel((0, 0)) == (0, 0, 0)


# Where the dark half of the stored picture stands once it is upright.
@pytest.mark.parametrize(
    ("orientation", "dark", "size"),
    [
        (1, "left", (60, 40)), (2, "right", (60, 40)), (3, "right", (60, 40)), (4, "left", (60, 40)),
        (5, "top", (40, 60)), (6, "top", (40, 60)), (7, "bottom", (40, 60)), (8, "bottom", (40, 60)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_turned_photograph_is_set_upright(
    kind: str, orientation: int, dark: str, size: tuple[int, int]
) -> None:
    file = file_of(picture(), kind, exif=exif(Orientation=orientation))
    pixels = np.asarray(opened(file).convert("L"))
    probe = crops.probe(file, **LIMITS)
    assert (probe.width, probe.height) == (pixels.shape[1], pixels.shape[0]) == size
    edges = {
        "left": pixels[:, :9], "right": pixels[:, -9:], "top": pixels[:9], "bottom": pixels[-9:]
    }  # fmt: skip
    assert min(edges, key=lambda edge: float(edges[edge].mean())) == dark


def test_one_pixel_is_a_photograph() -> None:
    file = file_of(picture(size=(1, 1)))
    assert opened(file).size == (1, 1)
    assert crops.probe(file, **LIMITS) == crops.Probe(1, 1, None, None)


@pytest.mark.parametrize("kind", crops.FORMATS)
def test_a_whole_file_of_every_format_is_accepted(kind: str) -> None:
    assert crops.probe(file_of(picture(), kind), **LIMITS) == crops.Probe(*SIZE, None, None)


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff no picture"])
def test_what_is_no_picture_is_unreadable(content: bytes) -> None:
    assert reason(io.BytesIO(content)) == ("unreadable", "unreadable")


@pytest.mark.parametrize(
    ("kind", "save"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("TIFF", {}), ("WEBP", {}), ("BMP", {})],
)  # fmt: skip
def test_a_truncated_file_is_unreadable(kind: str, save: dict[str, Any]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    whole = file_of(Image.fromarray(pixels), kind, **save).getvalue()
    for share in (0.3, 0.6, 0.9):
        assert reason(io.BytesIO(whole[: int(len(whole) * share)])) == ("unreadable", "unreadable")


def test_the_end_of_an_exif_thumbnail_is_not_the_end_of_the_photograph() -> None:
    whole = file_of(picture()).getvalue()
    thumbnail = b"Exif\0\0" + file_of(picture(size=(8, 8))).getvalue()
    header = b"\xff\xd8\xff\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    assert crops.probe(io.BytesIO(header + whole[2:]), **LIMITS).width == SIZE[0]
    with pytest.raises(ImageProblem) as problem:
        crops.probe(io.BytesIO(header + whole[2:-2]), **LIMITS)
    assert problem.value.reason == "unreadable"


def png_header(width: int, height: int) -> io.BytesIO:
    """A PNG that promises that many pixels and holds none."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    idat = b"IDAT" + zlib.compress(b"")
    data = struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk + data)


@pytest.mark.parametrize("side", [1001, 100_000])  # above ours; above Pillow's own limit too
def test_too_many_pixels_are_refused_by_the_header(side: int) -> None:
    assert reason(png_header(side, 1000 if side == 1001 else side)) == ("too_large", "too_large")


def test_too_many_bytes_are_refused_unread() -> None:
    file = file_of(picture())
    size = len(file.getvalue())
    assert reason(file, max_bytes=size - 1) == ("too_large", "too_large")
    assert crops.probe(file, max_pixels=2400, max_bytes=size).width == 60
    assert reason(file, max_pixels=2399) == ("too_large", "too_large")


@given(st.data())
def test_no_damage_raises_anything_but_an_image_problem(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "BMP"]))
    content = bytearray(
        file_of(
            picture(), kind, **({} if kind == "BMP" else {"exif": exif(Orientation=6)})
        ).getvalue()
    )
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    for read in (crops.open_oriented, crops.probe):
        try:
            read(io.BytesIO(bytes(content)), **LIMITS)
        except ImageProblem as problem:
            assert problem.reason in ("unreadable", "too_large")
        except (UserWarning, RuntimeWarning):
            pass  # Pillow grumbles about a broken header and goes on; the suite makes errors of warnings


# --- capture time ---------------------------------------------------------------------------------


def clock(**tags: str) -> tuple[datetime | None, str | None]:
    probe = crops.probe(file_of(picture(), exif=exif(**tags)), **LIMITS)
    return probe.captured_at, probe.offset


def test_exif_gives_the_camera_clock_and_its_offset() -> None:
    noon = datetime(2025, 10, 1, 12, 0, 7)  # noqa: DTZ001 - a camera's clock has no zone
    assert clock(DateTimeOriginal="2025:10:01 12:00:07") == (noon, None)
    assert clock(DateTimeOriginal="2025:10:01 12:00:07", OffsetTimeOriginal="-05:00") == (
        noon,
        "-05:00",
    )
    assert clock(DateTimeOriginal="2025:10:01 12:00:07", OffsetTimeOriginal="   ") == (noon, None)


@pytest.mark.parametrize(
    "text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "", "2025:13:01 12:00:00"]
)
def test_a_clock_that_was_never_set_gives_no_time(text: str) -> None:
    assert clock(DateTimeOriginal=text, OffsetTimeOriginal="-05:00") == (None, None)


# --- boxes ----------------------------------------------------------------------------------------


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


def test_a_large_jpeg_is_decoded_scaled_and_turned() -> None:
    file = file_of(picture(size=(1200, 600)), exif=exif(Orientation=6))
    assert opened(file, at_least=300).size == (150, 300)
    assert opened(file, at_least=301).size == (300, 600)
    assert opened(file).size == (600, 1200)


def test_a_jpeg_crop_carries_no_metadata() -> None:
    secret = file_of(
        picture(), exif=exif(DateTimeOriginal="2025:10:01 12:00:07"), comment=b"gate code"
    )
    encoded = crops.encode_jpeg(crops.cut(opened(secret), Box(0, 0, 30, 30), SIZE))
    assert b"gate code" not in encoded and b"Exif" not in encoded
    again = Image.open(io.BytesIO(encoded))
    assert (again.format, again.size, again.mode) == ("JPEG", (30, 30), "RGB")
