"""Blurring of regions of a picture, beyond recognition. Pure PIL.

A region is averaged over a few squares, and these are drawn smoothly. Nothing else of it is left in the picture, so
that no program can bring it back.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Final

from PIL import Image

from reid.imaging.crops import Box, ImageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reid.imaging.crops import Size

SQUARES: Final = 4
"""Squares along the longer side of a region: the face of a person who stands is less than one of them."""
MARGIN: Final = 0.05
"""Share of a box's width and height by which its region is wider on each side: boxes cut hats and hands off."""
_VERSION: Final = "1"  # another one makes everything that was blurred before stale


def key_of(regions: Sequence[Box]) -> str:
    """Fingerprint of what is blurred: 16 hexadecimal digits, empty where nothing is."""
    if not regions:
        return ""
    text = ";".join([_VERSION, *sorted(map(str, regions))])
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def blurred(
    picture: Image.Image, regions: Iterable[Box], full_size: Size, part: Box | None = None
) -> Image.Image:
    """The picture with these regions blurred; the very picture where none of them is on it.

    `regions` and `part` are boxes in pixels of the photograph of `full_size`. `picture` shows `part` of it (None: all of
    it), at any scale.
    """
    result = picture
    for edges, longest in _seen(regions, full_size, part, picture.size):
        if result is picture:
            result = picture.copy()
        # Of the whole region, not of what is seen of it: a corner of a face is one square, and no finer.
        result.paste(_averaged(result.crop(edges), longest / SQUARES), edges)
    return result


def mask_of(regions: Iterable[Box], full_size: Size, part: Box, size: Size) -> Image.Image:
    """Mask ("L") of a picture of `size` that shows `part` of the photograph: white where a region is, black elsewhere."""
    mask = Image.new("L", size, 0)
    for edges, _longest in _seen(regions, full_size, part, size):
        mask.paste(255, edges)
    return mask


def blurred_where(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """The picture, averaged over SQUARES along its own longer side where `mask` ("L", as large) is white."""
    return Image.composite(_averaged(picture, max(picture.size) / SQUARES), picture, mask)


def _seen(
    regions: Iterable[Box], full_size: Size, part: Box | None, size: Size
) -> Iterator[tuple[tuple[int, int, int, int], float]]:
    """Of each region on a picture its left, upper, right and lower edge there, and its whole longer side, in pixels of it."""
    shown = part or Box(0, 0, *full_size)
    across, down = size[0] / shown.width, size[1] / shown.height
    for region in regions:
        try:
            box = region.padded(MARGIN, full_size)
        except ImageProblem:
            continue  # outside the photograph: there is nothing of it to be seen
        edges = (
            max(math.floor((box.x - shown.x) * across), 0),
            max(math.floor((box.y - shown.y) * down), 0),
            min(math.ceil((box.x + box.width - shown.x) * across), size[0]),
            min(math.ceil((box.y + box.height - shown.y) * down), size[1]),
        )
        if edges[0] < edges[2] and edges[1] < edges[3]:
            yield edges, max(box.width * across, box.height * down)


def _averaged(picture: Image.Image, square: float) -> Image.Image:
    """The picture as means over squares of that many pixels a side, drawn smoothly."""
    few = (math.ceil(picture.width / square), math.ceil(picture.height / square))
    return picture.resize(few, Image.Resampling.BOX).resize(picture.size, Image.Resampling.BILINEAR)
