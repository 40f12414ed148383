"""Preprocessing: a canonical crop to a network's input, specified to the pixel, and the sentinel crops. Pure.

A network judges pixels, not photographs: another resampler or another order of operations moves every
embedding (measured: cosine .95 to .995 to itself). So this specification is part of a space's
fingerprint, and there is no second way in the project to prepare a crop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLING: Final = "squash, bicubic with antialiasing, RGB, 8 bit"
"""What `prepare` does, in words; covered by every fingerprint. Change it with `prepare`."""

_SENTINEL_SHAPE: Final = (384, 512)  # height, width: the size of a canonical crop


def prepare(crop: Image.Image, size: int) -> NDArray[np.uint8]:
    """A crop squashed to a square, as (size, size, 3) RGB pixels, 0 to 255.

    Squashing keeps every pixel of the animal; it ranked a little better than letterboxing.
    """
    rgb = crop if crop.mode == "RGB" else crop.convert("RGB")
    return np.asarray(rgb.resize((size, size), Image.Resampling.BICUBIC), dtype=np.uint8)


def sentinel_crops() -> list[Image.Image]:
    """Drawn in integer arithmetic, so that every machine and every version draws the same pixels."""
    y, x = np.indices(_SENTINEL_SHAPE, dtype=np.int64)
    distance = (x - 256) ** 2 + (y - 192) ** 2
    drawings = (
        ((x // 2) % 256, (y * 2 // 3) % 256, ((x + y) // 4) % 256),
        ((distance // 97) % 256, (distance // 193) % 256, (distance // 389) % 256),
        ((x // 32 + y // 32) % 2 * 200 + 20, (x // 16) % 2 * 120 + 60, (y // 48) % 2 * 180 + 30),
        ((x ^ y) % 256, (x * y // 64) % 256, (x * 7 + y * 13) % 251),
    )
    return [Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8)) for channels in drawings]
