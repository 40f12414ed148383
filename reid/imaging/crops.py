"""Crops cut from photographs. Pure PIL: pictures in, pictures out, every limit an argument.

Coordinates are pixels of the full-resolution photograph after EXIF turning, from the top left. `reid.imaging.decoding`
opens the files.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image

from reid.imaging.decoding import ImageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CANONICAL_PADDING",
    "CANONICAL_QUALITY",
    "CANONICAL_SIDE",
    "CANONICAL_SPECIFICATION",
    "Box",
    "ImageProblem",
    "Size",
    "canonical_crop",
    "cut",
    "encode_jpeg",
    "scale_needed",
]

Size = tuple[int, int]

CANONICAL_SIDE: Final = 512
CANONICAL_PADDING: Final = 0.05
CANONICAL_QUALITY: Final = 90
CANONICAL_SPECIFICATION: Final = (
    f"crop 1: EXIF-turned RGB; box padded {CANONICAL_PADDING:.0%} of its width and height on each side, "
    f"clamped; longest side at most {CANONICAL_SIDE} px, bicubic, never enlarged, from a frame decoded at "
    f"the smallest of 1/8, 1/4, 1/2, 1 that keeps that size for all its boxes; JPEG quality {CANONICAL_QUALITY}, 4:2:0"
)


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
        if self.width <= 0 or self.height <= 0:
            raise ImageProblem("outside", f"{self} has no width or no height")
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


def encode_jpeg(
    image: Image.Image, quality: int = CANONICAL_QUALITY, comment: bytes = b""
) -> bytes:
    """JPEG bytes without any metadata: a photograph's comment or position does not travel with a crop."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling="4:2:0", comment=comment)
    return buffer.getvalue()
