"""Colours: any picture that is read, as RGB of eight bits. Pure PIL."""

from __future__ import annotations

import math
from typing import Final

from PIL import Image

_WITHOUT_RANGE: Final = frozenset(
    {"I", "F"}
)  # 32-bit greys: black and white may be any two numbers


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I;16"):
        # convert() alone would clip at 255 and give a white picture.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.mode in _WITHOUT_RANGE:
        return _scaled(image)
    if image.has_transparency_data:
        ground = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _scaled(image: Image.Image) -> Image.Image:
    """Greys of any range in eight bits: convert() alone would clip them to an all but flat picture."""
    low, high = _value_range(image)
    factor = 255 / (high - low) if high > low else 0.0
    floating = image.convert("F")
    grey = floating.point(lambda value: value * factor + (0.5 - low * factor))
    return grey.convert("L").convert("RGB")


def _value_range(image: Image.Image) -> tuple[float, float]:
    """Raises ValueError where a value is infinite, or the first one is no number."""
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]  # one band
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("its values are not all numbers")
    return low, high
