"""Letterboxes: photographs laid into the shape that a network takes, and its boxes taken back to pixels of the photograph. Pure.

The picture is resized with bilinear filtering and lies in the middle of a border, as in YOLOv5 (`letterbox` in its
utils/augmentations.py: of an odd border the greater half is right and below), or is stretched to the whole input.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Self

import numpy as np
from PIL import Image

from reid.detecting.cards import Fit, InputShape
from reid.imaging.crops import Box
from reid.imaging.decoding import open_oriented

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.imaging.crops import Size


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The place of a photograph in a network's input: its size there, and where it begins, all in pixels.

    `full` is the photograph's size, upright; `width` and `height` are those of the resized picture.
    """

    full: Size
    width: int
    height: int
    left: int
    top: int

    @classmethod
    def of(cls, full: Size, shape: InputShape) -> Self:
        """The place of a photograph of this size, at least one pixel wide and high."""
        if shape.fit is Fit.STRETCH:
            return cls(full, shape.width, shape.height, 0, 0)
        scale = min(shape.width / full[0], shape.height / full[1])
        if not shape.upscale:
            scale = min(scale, 1.0)
        width, height = (max(round(side * scale), 1) for side in full)
        return cls(full, width, height, (shape.width - width) // 2, (shape.height - height) // 2)

    def laid(self, picture: Image.Image, shape: InputShape) -> NDArray[np.uint8]:
        """The picture, which may have been decoded smaller than the photograph is, in its place: (height, width, 3)."""
        size = (self.width, self.height)
        if picture.size != size:
            picture = picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
        pixels = np.full((shape.height, shape.width, 3), shape.pad, np.uint8)
        pixels[self.top : self.top + self.height, self.left : self.left + self.width] = np.asarray(
            picture
        )
        return pixels

    def boxes(self, found: NDArray[np.float32]) -> list[Box | None]:
        """Boxes (n, 4) of centre, width and height in pixels of the input, in whole pixels of the photograph.

        Each edge is rounded by itself and kept within the frame; None: nothing of the box is left there.
        """
        scale = np.array([self.full[0] / self.width, self.full[1] / self.height])
        offset = np.array([self.left, self.top])
        centre, half = found[:, :2].astype(np.float64), found[:, 2:].astype(np.float64) / 2
        first = np.rint((centre - half - offset) * scale)
        last = np.rint((centre + half - offset) * scale)
        first, last = (np.clip(edges, 0, self.full).astype(int) for edges in (first, last))
        return [
            Box(int(x), int(y), int(right - x), int(bottom - y))
            if right > x and bottom > y
            else None
            for (x, y), (right, bottom) in zip(first, last, strict=True)
        ]


def laid_of_file(
    file: BinaryIO, full: Size, shape: InputShape, *, max_pixels: int, max_bytes: int
) -> tuple[NDArray[np.uint8], Letterbox]:
    """A photograph's file as the network takes it, and its place there; a JPEG is decoded no larger than needed.

    `full` is its size, upright. Raises ImageProblem as `open_oriented` does.
    """
    place = Letterbox.of(full, shape)
    # The shorter side asks for more than the longer one where the picture is stretched.
    share = max(place.width / full[0], place.height / full[1])
    least = min(-int(-max(full) * share // 1), max(full))
    picture = open_oriented(file, max_pixels=max_pixels, max_bytes=max_bytes, at_least=least)
    return place.laid(picture, shape), place
