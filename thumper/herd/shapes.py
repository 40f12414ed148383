"""Shapes for drawing the sample herd: smooth outlines and tapered limbs on a canvas measured in deer.

Coordinates are in shoulder heights: x grows towards the front of an animal that faces right, y grows
downwards, and the ground is y = 0. Pure Pillow; nothing here is random.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]
Colour = tuple[int, int, int]

SCALE = (
    300  # pixels a shoulder height on the drawing canvas; frames use it reduced, hence smooth edges
)
LEFT, TOP, RIGHT, BOTTOM = -1.1, -2.4, 1.75, 0.12
CANVAS = (round((RIGHT - LEFT) * SCALE), round((BOTTOM - TOP) * SCALE))


def spline(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A closed Catmull-Rom curve through `points`, `steps` points a segment."""
    curve: list[Point] = []
    count = len(points)
    for i in range(count):
        p0, p1, p2, p3 = (points[(i + j) % count] for j in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            curve.append((_between(p0, p1, p2, p3, t, 0), _between(p0, p1, p2, p3, t, 1)))
    return curve


def _between(p0: Point, p1: Point, p2: Point, p3: Point, t: float, axis: int) -> float:
    a, b, c, d = p0[axis], p1[axis], p2[axis], p3[axis]
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def turned(points: Sequence[Point], origin: Point, degrees: float, size: float) -> list[Point]:
    """`points` scaled by `size`, turned clockwise by `degrees`, and moved to `origin`."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (origin[0] + size * (x * cos - y * sin), origin[1] + size * (x * sin + y * cos))
        for x, y in points
    ]


class Canvas:
    """A transparent drawing surface in shoulder heights."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", CANVAS)
        self._draw = ImageDraw.Draw(self.image)

    @staticmethod
    def _pixels(points: Sequence[Point]) -> list[Point]:
        return [((x - LEFT) * SCALE, (y - TOP) * SCALE) for x, y in points]

    def outline(self, points: Sequence[Point], colour: Colour) -> None:
        """Fill the smooth closed curve through `points`."""
        self._draw.polygon(self._pixels(spline(points)), fill=colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._draw.polygon(self._pixels(points), fill=colour)

    def disc(self, centre: Point, radius: float, colour: Colour, *, squash: float = 1.0) -> None:
        """A filled circle; `squash` below 1 flattens it."""
        ((x, y),) = self._pixels([centre])
        wide, high = radius * SCALE, radius * SCALE * squash
        self._draw.ellipse((x - wide, y - high, x + wide, y + high), fill=colour)

    def ring(self, centre: Point, radius: float, width: float, colour: Colour) -> None:
        ((x, y),) = self._pixels([centre])
        size = radius * SCALE
        self._draw.ellipse(
            (x - size, y - size, x + size, y + size),
            outline=colour,
            width=max(1, round(width * SCALE)),
        )

    def limb(self, joints: Sequence[Point], widths: Sequence[float], colour: Colour) -> None:
        """A tapered limb through `joints`, as wide at each as `widths` says, with round joints."""
        for (start, end), (wide, thin) in zip(
            itertools.pairwise(joints), itertools.pairwise(widths), strict=True
        ):
            length = math.dist(start, end) or 1.0
            nx, ny = (start[1] - end[1]) / length / 2, (end[0] - start[0]) / length / 2
            self.polygon(
                [
                    (start[0] + nx * wide, start[1] + ny * wide),
                    (end[0] + nx * thin, end[1] + ny * thin),
                    (end[0] - nx * thin, end[1] - ny * thin),
                    (start[0] - nx * wide, start[1] - ny * wide),
                ],
                colour,
            )
        for joint, width in zip(joints, widths, strict=True):
            self.disc(joint, width / 2, colour)


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """`colour` with `share` (0 to 1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue
