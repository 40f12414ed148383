"""Photograph files: opened within limits, decoded upright to RGB, and asked for size and time. Pure PIL.

A file is never trusted: size limits are checked on its header, and whatever a decoder throws is one
`ImageProblem` with a reason that can be stored.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Literal

import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from reid.imaging import exif, jpeg_end
from reid.imaging.colours import _WITHOUT_RANGE, _rgb, _value_range

if TYPE_CHECKING:
    from datetime import datetime

    from reid.imaging.exif import ExifFacts

ProblemReason = Literal["missing", "unreadable", "changed", "too_large", "outside", "too_small"]

# What cameras and telephones write. Pillow knows many more formats, and each one is code that a hostile file can reach.
FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "HEIF", "AVIF")

EMPTY: Final = "the file is empty"
ONLY_ZEROS: Final = "the file holds nothing but zeros: the card lost what was in it"
NO_PICTURE: Final = (
    "it is no picture of a format that is read (JPEG, PNG, TIFF, WebP, BMP, HEIC, AVIF)"
)
CUT_SHORT: Final = "the file ends before its picture does"

pillow_heif.register_heif_opener()


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


class ImageProblem(Exception):
    """A photograph or a box of it that cannot be used; `reason` is what gets stored."""

    def __init__(self, reason: ProblemReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Final = reason
        self.detail: Final = detail


@dataclass(frozen=True, slots=True)
class PhotographInfo:
    """Facts that a photograph states of itself: size after EXIF turning, and its camera's clock.

    `captured_at` is naive, in whatever zone the clock kept; `offset` is "+HH:MM" where EXIF has it.
    """

    width: int
    height: int
    captured_at: datetime | None
    offset: str | None
    time_source: str = ""
    """The place in EXIF that had the time (see `exif.PLACES`)."""
    camera: str = ""
    """The label or the serial number of the camera, where EXIF has one."""


def open_oriented(
    file: BinaryIO, *, max_pixels: int, max_bytes: int, at_least: int | None = None
) -> Image.Image:
    """The photograph as RGB, upright. `at_least` lets a JPEG be decoded at 1/2, 1/4 or 1/8.

    The scaled picture's longest side is still >= min(at_least, the full one's). Alpha is laid on black,
    16-bit greys keep their upper byte; 32-bit and floating-point greys, which have no range of their own, are
    scaled so that the photograph's least value is black and its greatest white. Raises ImageProblem: too_large
    (bytes, or pixels by the header: nothing is decoded) or unreadable (not a known format, truncated,
    broken, values that are no numbers).
    """
    image = opened(file, max_pixels, max_bytes)
    try:
        if at_least is not None:
            (width, height), longest = image.size, max(image.size)
            target = min(at_least, longest)
            # Whole-number arithmetic: a quotient just below `wanted` would ask for one scale too small.
            image.draft(
                None, (max(width * target // longest, 1), max(height * target // longest, 1))
            )
        try:
            image.load()
        except OSError:
            image = _with_its_end(file, image, max_pixels, max_bytes)
        turn = _TURNS.get(orientation(image))
        upright = image if turn is None else image.transpose(turn)
        return _rgb(upright)
    except (*_DECODER_ERRORS, Image.DecompressionBombError) as error:
        raise ImageProblem("unreadable", _text(error)) from error


def probe(file: BinaryIO, *, max_pixels: int, max_bytes: int) -> PhotographInfo:
    """Size and capture time, and the certainty that the file is whole.

    Truncation is found without decoding where the format allows: a JPEG has its end marker, or lacks nothing
    else; PNG chunks have checksums. Other formats are rare in cameras and are decoded.
    Raises ImageProblem like `open_oriented`.
    """
    image = opened(file, max_pixels, max_bytes)
    try:
        turned = orientation(image) in (5, 6, 7, 8)
        facts = _facts(image)
        if image.format in ("JPEG", "MPO"):
            size = image.size
            _require_end_of_jpeg(file)
        elif image.format == "PNG":
            size = image.size
            # Opened anew: asking a PNG for its EXIF has read it to its end, and verifying begins there.
            opened(file, max_pixels, max_bytes).verify()
        else:
            image.load()
            if image.mode in _WITHOUT_RANGE:
                _value_range(image)
            # Loading has already turned a TIFF, and taken the orientation out of its EXIF.
            turned = orientation(image) in (5, 6, 7, 8)
            size = image.size
    except (*_DECODER_ERRORS, Image.DecompressionBombError) as error:
        raise ImageProblem("unreadable", _text(error)) from error
    width, height = (size[1], size[0]) if turned else size
    return PhotographInfo(
        width, height, facts.captured_at, facts.offset, facts.time_source, facts.camera
    )


def orientation(image: Image.Image) -> int:
    """How the photograph is to be turned: EXIF's 1 to 8; 1 (upright) where it says nothing or nonsense."""
    value = _exif(image).get(ExifTags.Base.Orientation, 1)
    return int(value) if value in _TURNS else 1


def opened(file: BinaryIO, max_pixels: int, max_bytes: int) -> Image.Image:
    """The photograph with its header read and limits checked, nothing decoded. Raises as `open_oriented` does."""
    try:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if size == 0:
            raise ImageProblem("unreadable", EMPTY)
        if size > max_bytes:
            raise ImageProblem("too_large", f"{size} bytes, {max_bytes} are allowed")
        image = Image.open(file, formats=FORMATS)
    except (
        Image.DecompressionBombError
    ) as error:  # Pillow's own limit, above any sensible one of ours
        raise ImageProblem("too_large", str(error)) from error
    except UnidentifiedImageError as error:
        raise ImageProblem("unreadable", _no_picture(file)) from error
    except _DECODER_ERRORS as error:
        raise ImageProblem("unreadable", _text(error)) from error
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


def _facts(image: Image.Image) -> ExifFacts:
    base = _exif(image)
    try:
        details = base.get_ifd(ExifTags.IFD.Exif)
    except _DECODER_ERRORS:
        details = {}
    return exif.facts(base, details)


def _require_end_of_jpeg(file: BinaryIO) -> None:
    """Raise OSError unless the picture is there to its end, whether that is marked or not."""
    file.seek(0)
    data = file.read()
    if not jpeg_end.has_end(data) and not jpeg_end.lacks_only_its_end(data):
        raise OSError(CUT_SHORT)


def _with_its_end(
    file: BinaryIO, image: Image.Image, max_pixels: int, max_bytes: int
) -> Image.Image:
    """A JPEG that lacks its end marker alone, loaded; raises OSError for any other that cannot be loaded."""
    file.seek(0)
    data = file.read()
    is_jpeg = image.format in ("JPEG", "MPO")
    if not is_jpeg or jpeg_end.has_end(data) or not jpeg_end.lacks_only_its_end(data):
        raise OSError(CUT_SHORT if is_jpeg else "the picture is broken or ends too early")
    whole = opened(io.BytesIO(data.rstrip(b"\xff") + jpeg_end.END), max_pixels, max_bytes + 2)
    whole.load()
    return whole


def _no_picture(file: BinaryIO) -> str:
    """Why a file is no picture at all."""
    file.seek(0)
    while part := file.read(1 << 20):
        if part.strip(b"\0"):
            return NO_PICTURE
    return ONLY_ZEROS


def _text(error: BaseException) -> str:
    """What a decoder says, unless it speaks of objects in memory."""
    text = str(error)
    return text if text and "<" not in text else "the picture is broken"
