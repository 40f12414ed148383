"""Landscape before each camera: sky, hills, trees, grass, and the one thing that stands there."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from thumper.herd.shapes import Colour, mixed, spline

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumper.herd.sites import Site

SIZE: Final = (960, 640)
"""Width and height of every picture, in pixels."""

HORIZON: Final = 0.52
_FINE: Final = 2  # drawn twice as large and reduced: smooth edges


class _Brush:
    """Drawing in fractions of the picture's width and height."""

    def __init__(self, image: Image.Image) -> None:
        self.wide, self.high = image.size
        self.draw = ImageDraw.Draw(image)

    def shape(
        self, points: list[tuple[float, float]], colour: Colour, *, smooth: bool = False
    ) -> None:
        curve = spline(points) if smooth else points
        self.draw.polygon([(x * self.wide, y * self.high) for x, y in curve], fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour, squash: float = 1.0) -> None:
        reach = radius * self.wide
        cx, cy = x * self.wide, y * self.high
        self.draw.ellipse(
            (cx - reach, cy - reach * squash, cx + reach, cy + reach * squash), fill=colour
        )


def _tree(
    brush: _Brush, chance: random.Random, x: float, foot: float, height: float, leaf: Colour
) -> None:
    bark = (92, 78, 64)
    girth = height * 0.035
    brush.shape(
        [
            (x - girth, foot),
            (x - girth * 0.5, foot - height * 0.7),
            (x + girth * 0.5, foot - height * 0.7),
            (x + girth, foot),
        ],
        bark,
    )
    for _ in range(13):
        brush.disc(
            x + chance.uniform(-0.24, 0.24) * height,
            foot - height * chance.uniform(0.58, 1.02),
            height * chance.uniform(0.08, 0.13),
            mixed(leaf, (40, 56, 36), chance.uniform(0.0, 0.35)),
        )


def _cedar(brush: _Brush, x: float, foot: float, height: float, leaf: Colour) -> None:
    for i in range(4):
        base = foot - height * i * 0.22
        reach = height * (0.26 - i * 0.05)
        brush.shape(
            [(x - reach, base), (x, base - height * 0.42), (x + reach, base)],
            mixed(leaf, (40, 56, 40), 0.5 - i * 0.08),
        )


def _feeder(brush: _Brush, chance: random.Random) -> None:
    steel, dark = (112, 118, 118), (74, 78, 78)
    for foot in (0.735, 0.785, 0.84):
        brush.shape([(foot, 0.76), (0.784, 0.42), (0.792, 0.42), (foot + 0.008, 0.76)], dark)
    brush.shape([(0.745, 0.28), (0.83, 0.28), (0.83, 0.44), (0.745, 0.44)], steel)
    brush.shape([(0.745, 0.44), (0.83, 0.44), (0.793, 0.5), (0.782, 0.5)], dark)
    brush.shape([(0.738, 0.285), (0.787, 0.235), (0.838, 0.285)], (88, 104, 92))
    for _ in range(60):
        brush.disc(chance.gauss(0.78, 0.08), chance.uniform(0.76, 0.8), 0.002, (206, 178, 92))


def _creek(brush: _Brush, chance: random.Random) -> None:
    brush.shape(
        [
            (0.5, 0.54),
            (0.57, 0.6),
            (0.5, 0.68),
            (0.26, 0.78),
            (0.1, 1.02),
            (-0.12, 1.02),
            (0.1, 0.76),
            (0.4, 0.66),
            (0.46, 0.6),
        ],
        (138, 168, 178),
        smooth=True,
    )
    for _ in range(14):
        y = chance.uniform(0.68, 0.95)
        x = 0.42 - (y - 0.64) * 1.15 + chance.choice((-0.13, 0.12))
        brush.disc(
            x,
            y,
            chance.uniform(0.012, 0.026),
            mixed((150, 148, 142), (90, 90, 88), chance.random()),
            0.6,
        )


def _oaks(brush: _Brush, chance: random.Random) -> None:
    brush.shape(
        [(0.04, 0.82), (0.075, 0.5), (0.06, -0.02), (0.17, -0.02), (0.155, 0.5), (0.2, 0.82)],
        (88, 74, 62),
    )
    brush.shape([(0.15, 0.34), (0.3, 0.16), (0.31, 0.18), (0.155, 0.42)], (88, 74, 62))
    for _ in range(26):
        brush.disc(
            chance.uniform(-0.05, 0.36),
            chance.uniform(-0.02, 0.17),
            chance.uniform(0.035, 0.06),
            mixed((112, 122, 62), (62, 76, 44), chance.random()),
        )
    for _ in range(150):
        brush.disc(chance.uniform(0, 1), chance.uniform(0.62, 0.97), 0.003, (166, 116, 66), 0.5)


def _plot(brush: _Brush, chance: random.Random) -> None:
    for i in range(9):
        y = 0.57 + i * i * 0.0058
        brush.shape(
            [
                (0.0, y),
                (1.0, y - 0.012),
                (1.0, y + 0.004 + i * 0.0012),
                (0.0, y + 0.016 + i * 0.0012),
            ],
            (98, 136, 68),
        )
    brush.shape([(0.885, 0.58), (0.9, 0.3), (0.908, 0.3), (0.9, 0.58)], (86, 72, 58))
    brush.shape([(0.955, 0.58), (0.945, 0.3), (0.953, 0.3), (0.97, 0.58)], (86, 72, 58))
    brush.shape([(0.88, 0.2), (0.975, 0.2), (0.975, 0.34), (0.88, 0.34)], (116, 98, 76))
    brush.shape([(0.9, 0.235), (0.955, 0.235), (0.955, 0.28), (0.9, 0.28)], (58, 52, 46))
    brush.shape([(0.868, 0.205), (0.927, 0.155), (0.987, 0.205)], (94, 80, 64))


def _fence(brush: _Brush, chance: random.Random) -> None:
    post, wire = (122, 102, 80), (146, 142, 134)
    for i in range(8):
        x = 0.03 + i * 0.135 + chance.uniform(-0.006, 0.006)
        if i not in (3, 4):
            brush.shape([(x, 0.66), (x + 0.003, 0.44), (x + 0.017, 0.44), (x + 0.02, 0.66)], post)
    for y in (0.48, 0.54, 0.6):
        brush.shape([(0.0, y), (0.31, y + 0.004), (0.31, y + 0.008), (0.0, y + 0.004)], wire)
        brush.shape([(0.7, y), (1.0, y - 0.004), (1.0, y), (0.7, y + 0.004)], wire)


_FEATURES: Final[dict[str, Callable[[_Brush, random.Random], None]]] = {
    "feeder": _feeder,
    "creek": _creek,
    "oaks": _oaks,
    "plot": _plot,
    "fence": _fence,
}


@lru_cache(maxsize=8)
def by_daylight(site: Site) -> Image.Image:
    """The site without animals, in plain light, at full size."""
    chance = random.Random(site.name)
    image = Image.new("RGB", (SIZE[0] * _FINE, SIZE[1] * _FINE), site.grass)
    brush = _Brush(image)
    for row in range(60):
        y = HORIZON * row / 60
        brush.shape(
            [(0, y), (1, y), (1, y + 0.02), (0, y + 0.02)],
            mixed(site.sky, (246, 240, 226), row / 60),
        )
    for layer in range(3):
        base = 0.36 + layer * 0.06
        ridge = [(i / 10, base + chance.uniform(-0.035, 0.025)) for i in range(-1, 12)]
        tone = mixed(site.hills, site.sky, 0.62 - layer * 0.22)
        brush.shape([*spline([*ridge, (1.2, 0.7), (-0.2, 0.7)])], tone)
    for row in range(48):
        y = HORIZON + (1 - HORIZON) * row / 48
        near = mixed(site.grass, (70, 78, 44), row / 48 * 0.42)
        brush.shape([(0, y), (1, y), (1, y + 0.02), (0, y + 0.02)], near)
    for _ in range(9):
        x, foot = chance.uniform(-0.02, 1.02), HORIZON + chance.uniform(0.0, 0.05)
        leaf = mixed(site.hills, (66, 88, 50), 0.55)
        if chance.random() < 0.4:
            _cedar(brush, x, foot, chance.uniform(0.14, 0.24), leaf)
        else:
            _tree(brush, chance, x, foot, chance.uniform(0.18, 0.32), leaf)
    for _ in range(420):
        y = HORIZON + (1 - HORIZON) * chance.random() ** 0.8
        _tuft(brush, chance, chance.uniform(0, 1), y, 0.012 + 0.05 * (y - HORIZON), site.grass)
    _FEATURES[site.feature](brush, chance)
    return image.resize(SIZE, Image.Resampling.BOX)


def _tuft(
    brush: _Brush, chance: random.Random, x: float, y: float, height: float, grass: Colour
) -> None:
    tone = mixed(grass, chance.choice(((236, 226, 160), (64, 78, 42))), chance.uniform(0.1, 0.4))
    for _ in range(3):
        lean = chance.uniform(-0.006, 0.006)
        brush.shape([(x - 0.0012, y), (x + lean, y - height), (x + 0.0012, y)], tone)


def tufts(
    image: Image.Image, site: Site, chance: random.Random, x: float, y: float, width: float
) -> None:
    """Grass in front of hooves, so that an animal stands in the meadow and not on it (fractions)."""
    brush = _Brush(image)
    for _ in range(round(26 * width / 0.2)):
        place = x + chance.uniform(-0.5, 0.5) * width
        _tuft(
            brush,
            chance,
            place,
            y + chance.uniform(0.0, 0.018),
            chance.uniform(0.012, 0.034),
            site.grass,
        )
