"""Sentinel pictures: what a network answered for them is recorded, so that one that drifted is noticed. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

_SHAPE: Final = (384, 512)  # height, width: the size of a canonical crop


def sentinel_crops() -> list[Image.Image]:
    """Drawn in integer arithmetic, so that every machine and every version draws the same pixels."""
    y, x = np.indices(_SHAPE, dtype=np.int64)
    distance = (x - 256) ** 2 + (y - 192) ** 2
    drawings = (
        ((x // 2) % 256, (y * 2 // 3) % 256, ((x + y) // 4) % 256),
        ((distance // 97) % 256, (distance // 193) % 256, (distance // 389) % 256),
        ((x // 32 + y // 32) % 2 * 200 + 20, (x // 16) % 2 * 120 + 60, (y // 48) % 2 * 180 + 30),
        ((x ^ y) % 256, (x * y // 64) % 256, (x * 7 + y * 13) % 251),
    )
    return [Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8)) for channels in drawings]
