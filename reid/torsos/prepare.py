"""Preparation: a canonical crop as mask heads see it, specified to the pixel. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE: Final = 288
"""Pixels a side."""
GRID: Final = 36
"""Cells a side of the mask that a head answers."""
SPECIFICATION: Final = f"squash to {SIDE} x {SIDE}, bilinear with antialiasing, RGB, 8 bit"
"""What `prepare` does, in words; covered by the fingerprint of every mask head. Change it with `prepare`."""


def prepare(crop: Image.Image) -> NDArray[np.uint8]:
    """A crop squashed to a square: (288, 288, 3), RGB, 0 to 255."""
    rgb = crop if crop.mode == "RGB" else crop.convert("RGB")
    return np.asarray(rgb.resize((SIDE, SIDE), Image.Resampling.BILINEAR), dtype=np.uint8)
