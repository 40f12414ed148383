"""Photographs and the crops cut from them. Pure PIL: files in, pictures out, every limit an argument.

Coordinates are pixels of the full-resolution photograph after EXIF turning, from the top left. A file
is never trusted: size limits are checked on its header, and whatever a decoder throws is one
`ImageProblem` with a reason that can be stored.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

from PIL import ExifTags, Image

if TYPE_CHECKING:
    from collections.abc import Iterable

Reason = Literal["missing", "unreadable", "too_large", "outside", "too_small"]
Size = tuple[int, int]

CANONICAL_SIDE: Final = 512
CANONICAL_PADDING: Final = 0.05
CANONICAL_QUALITY: Final = 90
CANONICAL_SPECIFICATION: Final = (
    f"crop 1: EXIF-turned RGB; box padded {CANONICAL_PADDING:.0%} of its width and height on each side, "
    f"clamped; longest side at most {CANONICAL_SIDE} px, bicubic, never enlarged, from a frame decoded at "
    f"the smallest of 1/8, 1/4, 1/2, 1 that keeps that size for all its boxes; JPEG quality {CANONICAL_QUALITY}, 4:2:0"
)

# What cameras write. Pillow knows many more formats, and each one is code that a hostile file can reach.
FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")

_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,  # Pillow's own word for a broken PNG or JPEG
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF_TIME: Final = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d:\d\d:\d\d)")
_EXIF_OFFSET: Final = re.compile(r"[+-]\d\d:\d\d")


class ImageProblem(Exception):
    """A photograph or a box of it that cannot be used; `reason` is what gets stored."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Final = reason
        self.detail: Final = detail


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels, `x` and `y` its top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def longest(self) -> int:
        return max(self.width, self.height)

    def clamped(self, size: Size) -> Box:
        """The part inside an image of `size`. Raises ImageProblem("outside") where there is none."""
        left, top = max(self.x, 0), max(self.y, 0)
        right, bottom = min(self.x + self.width, size[0]), min(self.y + self.height, size[1])
        if right <= left or bottom <= top:
            raise ImageProblem("outside", f"{self} is outside {size[0]} x {size[1]}")
        return Box(left, top, right - left, bottom - top)

    def padded(self, fraction: float, size: Size) -> Box:
        """Clamped, wider by `fraction` of its width and height on each side, clamped again."""
        inner = self.clamped(size)
        across, down = round(inner.width * fraction), round(inner.height * fraction)
        return Box(
            inner.x - across, inner.y - down, inner.width + 2 * across, inner.height + 2 * down
        ).clamped(size)

    def __str__(self) -> str:
        return f"box {self.x},{self.y} {self.width} x {self.height}"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a photograph says of itself: size after EXIF turning, and its camera's clock.

    `captured_at` is naive, in whatever zone the clock kept; `offset` is "+HH:MM" where EXIF has it.
    """

    width: int
    height: int
    captured_at: datetime | None
    offset: str | None


def open_oriented(
    file: BinaryIO, *, max_pixels: int, max_bytes: int, at_least: int | None = None
) -> Image.Image:
    """The photograph as RGB, upright. `at_least` lets a JPEG be decoded at 1/2, 1/4 or 1/8.

    The scaled picture's longest side is still >= min(at_least, the full one's). Alpha is laid on black,
    16-bit greys keep their upper byte. Raises ImageProblem: too_large (bytes, or pixels by the header:
    nothing is decoded) or unreadable (not a known format, truncated, broken).
    """
    image = _opened(file, max_pixels, max_bytes)
    try:
        if at_least is not None:
            (width, height), longest = image.size, max(image.size)
            wanted = min(at_least, longest)
            # Whole-number arithmetic: a quotient just below `wanted` would ask for one scale too small.
            image.draft(
                None, (max(width * wanted // longest, 1), max(height * wanted // longest, 1))
            )
        image.load()
        turn = _TURNS.get(orientation(image))
        upright = image if turn is None else image.transpose(turn)
        return _rgb(upright)
    except (*_DECODER_ERRORS, Image.DecompressionBombError) as error:
        raise ImageProblem("unreadable", str(error)) from error


def probe(file: BinaryIO, *, max_pixels: int, max_bytes: int) -> Probe:
    """Size and capture time, and the certainty that the file is whole.

    Truncation is found without decoding where the format allows: a JPEG's scan data cannot hold its end
    marker by chance, so the marker is looked for behind the headers (an EXIF thumbnail has one of its
    own); PNG chunks have checksums. Other formats are rare in cameras and are decoded.
    Raises ImageProblem like `open_oriented`.
    """
    image = _opened(file, max_pixels, max_bytes)
    try:
        turned = orientation(image) in (5, 6, 7, 8)
        captured_at, offset = _capture_time(image)
        if image.format in ("JPEG", "MPO"):
            size = image.size
            _require_end_of_jpeg(file)
        elif image.format == "PNG":
            size = image.size
            # Opened anew: asking a PNG for its EXIF has read it to its end, and verifying begins there.
            _opened(file, max_pixels, max_bytes).verify()
        else:
            image.load()
            # Loading has already turned a TIFF, and taken the orientation out of its EXIF.
            turned = orientation(image) in (5, 6, 7, 8)
            size = image.size
    except (*_DECODER_ERRORS, Image.DecompressionBombError) as error:
        raise ImageProblem("unreadable", str(error)) from error
    width, height = (size[1], size[0]) if turned else size
    return Probe(width, height, captured_at, offset)


def cut(image: Image.Image, box: Box, full_size: Size, padding: float = 0.0) -> Image.Image:
    """The box's part of `image`, which may be a scaled decode of a photograph of `full_size`.

    Edges are rounded outwards. Raises ImageProblem("outside") when nothing of the box is left.
    """
    inner = box.padded(padding, full_size)
    across, down = image.width / full_size[0], image.height / full_size[1]
    return image.crop(
        (
            math.floor(inner.x * across),
            math.floor(inner.y * down),
            min(math.ceil((inner.x + inner.width) * across), image.width),
            min(math.ceil((inner.y + inner.height) * down), image.height),
        )
    )


def canonical_crop(
    image: Image.Image, box: Box, full_size: Size, *, min_side: int = 0
) -> Image.Image:
    """The crop that everything else is made from: CANONICAL_SPECIFICATION, before the JPEG.

    Raises ImageProblem: outside, or too_small where a side of the clamped box is below `min_side`.
    """
    inner = box.clamped(full_size)
    if min(inner.width, inner.height) < min_side:
        raise ImageProblem("too_small", f"{inner} has a side below {min_side} px")
    crop = cut(image, box, full_size, CANONICAL_PADDING)
    shrink = CANONICAL_SIDE / max(crop.size)
    if shrink >= 1.0:
        return crop
    size = (max(round(crop.width * shrink), 1), max(round(crop.height * shrink), 1))
    return crop.resize(size, Image.Resampling.BICUBIC)


def scale_needed(full_size: Size, boxes: Iterable[Box]) -> int:
    """The `at_least` with which one decode gives each box its canonical resolution.

    1 <= result <= the photograph's longest side. Boxes outside the photograph need nothing.
    """
    longest, needed = max(full_size), 1
    for box in boxes:
        try:
            padded = box.padded(CANONICAL_PADDING, full_size)
        except ImageProblem:
            continue
        needed = max(needed, math.ceil(longest * min(CANONICAL_SIDE / padded.longest, 1.0)))
    return needed


def encode_jpeg(image: Image.Image, quality: int = CANONICAL_QUALITY) -> bytes:
    """JPEG bytes without any metadata: a photograph's comment or position does not travel with a crop."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling="4:2:0", comment=b"")
    return buffer.getvalue()


def orientation(image: Image.Image) -> int:
    """How the photograph is to be turned: EXIF's 1 to 8; 1 (upright) where it says nothing or nonsense."""
    value = _exif(image).get(ExifTags.Base.Orientation, 1)
    return int(value) if value in _TURNS else 1


def _opened(file: BinaryIO, max_pixels: int, max_bytes: int) -> Image.Image:
    """Header read, limits checked, nothing decoded."""
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size > max_bytes:
            raise ImageProblem("too_large", f"{size} bytes, {max_bytes} are allowed")
        image = Image.open(file, formats=FORMATS)
    except (
        Image.DecompressionBombError
    ) as error:  # Pillow's own limit, above any sensible one of ours
        raise ImageProblem("too_large", str(error)) from error
    except _DECODER_ERRORS as error:
        raise ImageProblem("unreadable", str(error)) from error
    if image.width * image.height > max_pixels:
        raise ImageProblem(
            "too_large", f"{image.width} x {image.height} pixels, {max_pixels} are allowed"
        )
    return image


def _exif(image: Image.Image) -> Image.Exif:
    """EXIF, or an empty one: a photograph with a broken header is still a photograph."""
    try:
        return image.getexif()
    except _DECODER_ERRORS:
        return Image.Exif()


def _capture_time(image: Image.Image) -> tuple[datetime | None, str | None]:
    try:
        details = _exif(image).get_ifd(ExifTags.IFD.Exif)
    except _DECODER_ERRORS:
        return None, None
    found = _EXIF_TIME.match(str(details.get(ExifTags.Base.DateTimeOriginal, "")).strip())
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal, "")).strip(" \0")
    if found is None:
        return None, None
    year, month, day, clock = found.groups()
    try:
        captured_at = datetime.fromisoformat(f"{year}-{month}-{day}T{clock}")
    except ValueError:  # 0000:00:00 00:00:00 is how a camera says that its clock was never set
        return None, None
    return captured_at, offset if _EXIF_OFFSET.fullmatch(offset) else None


def _require_end_of_jpeg(file: BinaryIO) -> None:
    """Raise OSError unless the end marker stands behind the start of the scan."""
    file.seek(0)
    data = file.read()
    position = 2
    while data[position : position + 1] == b"\xff":
        marker = data[position + 1 : position + 2]
        if marker == b"\xff":  # fill byte
            position += 1
            continue
        if marker == b"\xda":
            if data.find(b"\xff\xd9", position) < 0:
                raise OSError("the file ends before its picture does")
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    raise OSError("the file ends before its picture begins")


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16"):
        # convert() alone would clip at 255 and give a white picture.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")
