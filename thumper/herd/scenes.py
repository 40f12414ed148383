"""Scenes: a site as its camera takes it by day, at dawn, under clouds, or by the infrared flash at night."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from thumper.herd.landscape import SIZE, by_daylight

if TYPE_CHECKING:
    import random

    from thumper.herd.shapes import Colour
    from thumper.herd.sites import Site

_STRIP: Final = 28  # pixels of the caption at the foot of the picture

_TINT: Final[dict[str, Colour]] = {
    "day": (255, 252, 244),
    "dawn": (250, 218, 188),
    "overcast": (222, 228, 232),
}


def background(site: Site, light: str) -> Image.Image:
    """A fresh copy of the site; `lit` turns it into a photograph once it is peopled.

    The flash fades on the meadow here already, and not on the animals: those stand in front of it.
    """
    image = by_daylight(site).copy()
    if light == "night":
        return ImageChops.multiply(image, Image.merge("RGB", [_flash()] * 3))
    return image


@lru_cache(maxsize=1)
def _grain() -> Image.Image:
    """Sensor noise around mid grey, twice the picture's size; each picture takes another part of it."""
    noise = np.random.default_rng(11).normal(128, 4.5, (SIZE[1] * 2, SIZE[0] * 2))
    return Image.fromarray(noise.clip(0, 255).astype(np.uint8))


@lru_cache(maxsize=1)
def _flash() -> Image.Image:
    """How far the infrared flash reaches: bright in the middle of the meadow, dark at the corners."""
    across = np.linspace(-1, 1, SIZE[0])[None, :]
    down = np.linspace(-1.15, 0.85, SIZE[1])[:, None]
    reach = 1.08 - 0.62 * (across**2 * 0.8 + down**2)
    reach[down[:, 0] < -0.2] *= (np.linspace(0.15, 1.0, int((down < -0.2).sum())) ** 3)[:, None]
    return Image.fromarray((reach.clip(0.06, 1) * 255).astype(np.uint8))


def lit(image: Image.Image, light: str, chance: random.Random) -> Image.Image:
    """`image` (RGB, SIZE) as the camera took it in `light`: tint or infrared grey, exposure, grain."""
    if light == "night":
        grey = image.convert("L")
        image = Image.merge("RGB", [grey] * 3).filter(ImageFilter.GaussianBlur(0.4))
    else:
        image = ImageChops.multiply(image, Image.new("RGB", image.size, _TINT[light]))
    image = ImageEnhance.Brightness(image).enhance(chance.uniform(0.9, 1.08))
    left, top = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
    grain = _grain().crop((left, top, left + SIZE[0], top + SIZE[1]))
    return ImageChops.add(image, Image.merge("RGB", [grain] * 3), 1, -128)


def caption(image: Image.Image, text: str) -> None:
    """The strip that trail cameras print below a picture, without a date."""
    draw = ImageDraw.Draw(image)
    wide, high = image.size
    draw.rectangle((0, high - _STRIP, wide, high), fill=(18, 18, 18))
    font = ImageFont.load_default(16)
    draw.text((12, high - _STRIP + 4), text, fill=(232, 232, 228), font=font)
    draw.text(
        (wide - 12, high - _STRIP + 4),
        "SAMPLE HERD (DRAWN)",
        fill=(232, 232, 228),
        font=font,
        anchor="ra",
    )
