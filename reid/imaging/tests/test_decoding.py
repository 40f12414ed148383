"""Photographs of every kind and in every state of ruin."""

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

from reid.imaging import decoding
from reid.imaging.decoding import ImageProblem

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
    return decoding.open_oriented(file, **LIMITS, **options)


def reason(file: io.BytesIO, **limits: int) -> tuple[str, str]:
    """Why both ways of reading refuse the file."""
    reasons = []
    for read in (decoding.open_oriented, decoding.probe):
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


@pytest.mark.parametrize(
    "values",
    [
        np.array([[-5e6, 0, 5e6]], np.float32),
        np.array([[0.25, 0.5, 0.75]], np.float32),
        np.array([[-100_000, 0, 100_000]], np.int32),
    ],
)
def test_values_without_a_range_of_their_own_are_scaled_over_the_photograph_s(values: Any) -> None:
    image = opened(file_of(Image.fromarray(values), "TIFF"))
    assert np.asarray(image)[0].tolist() == [[0] * 3, [128] * 3, [255] * 3]


def test_one_value_all_over_is_black() -> None:
    image = opened(file_of(Image.fromarray(np.full((2, 2), 7.5, np.float32)), "TIFF"))
    assert np.asarray(image).max() == 0


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_no_number_is_unreadable(value: float) -> None:
    values = np.array([[value, 1, 2]], np.float32)
    assert reason(file_of(Image.fromarray(values), "TIFF")) == ("unreadable", "unreadable")


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
    probe = decoding.probe(file, **LIMITS)
    assert (probe.width, probe.height) == (pixels.shape[1], pixels.shape[0]) == size
    edges = {
        "left": pixels[:, :9], "right": pixels[:, -9:], "top": pixels[:9], "bottom": pixels[-9:]
    }  # fmt: skip
    assert min(edges, key=lambda edge: float(edges[edge].mean())) == dark


def test_one_pixel_is_a_photograph() -> None:
    file = file_of(picture(size=(1, 1)))
    assert opened(file).size == (1, 1)
    assert decoding.probe(file, **LIMITS) == decoding.PhotographInfo(1, 1, None, None)


@pytest.mark.parametrize("kind", decoding.FORMATS)
def test_a_whole_file_of_every_format_is_accepted(kind: str) -> None:
    assert decoding.probe(file_of(picture(), kind), **LIMITS) == decoding.PhotographInfo(
        *SIZE, None, None
    )


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
    assert decoding.probe(io.BytesIO(header + whole[2:]), **LIMITS).width == SIZE[0]
    with pytest.raises(ImageProblem) as problem:
        decoding.probe(io.BytesIO(header + whole[2:-100]), **LIMITS)
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
    assert decoding.probe(file, max_pixels=2400, max_bytes=size).width == 60
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
    for read in (decoding.open_oriented, decoding.probe):
        try:
            read(io.BytesIO(bytes(content)), **LIMITS)
        except ImageProblem as problem:
            assert problem.reason in ("unreadable", "too_large")
        except (UserWarning, RuntimeWarning):
            pass  # Pillow grumbles about a broken header and goes on; the suite makes errors of warnings


# --- capture time ---------------------------------------------------------------------------------


def clock(**tags: str) -> tuple[datetime | None, str | None]:
    probe = decoding.probe(file_of(picture(), exif=exif(**tags)), **LIMITS)
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


def test_a_large_jpeg_is_decoded_scaled_and_turned() -> None:
    file = file_of(picture(size=(1200, 600)), exif=exif(Orientation=6))
    assert opened(file, at_least=300).size == (150, 300)
    assert opened(file, at_least=301).size == (300, 600)
    assert opened(file).size == (600, 1200)
