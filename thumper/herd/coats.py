"""Markings of each deer of the sample herd: its coat, its antlers, and the marks on each flank.

A look is drawn once from the seed and the deer's number. The two flanks of a deer share its colours and
its kind of marking, but not their places: as with real animals, one side does not show the other.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reid.taxonomy import Sex

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumper.herd.shapes import Canvas, Colour, Point

CREAM: Colour = (240, 230, 212)
SOOT: Colour = (44, 34, 28)
COATS: tuple[tuple[Colour, Colour], ...] = (
    ((176, 126, 80), SOOT),  # tawny
    ((126, 84, 54), CREAM),  # chestnut
    ((192, 154, 110), SOOT),  # sand
    ((122, 108, 92), CREAM),  # winter grey
    ((84, 60, 44), CREAM),  # dark brown
    ((178, 98, 58), CREAM),  # summer red
)
"""Coats, each with the colour of marks that stands out on it."""


@dataclass(frozen=True, slots=True)
class Look:
    """One deer's appearance. `antlers` is the size of the rack in shoulder heights, 0 for none.

    `bold` scales its marks: 1 is ordinary.
    """

    sex: Sex
    coat: Colour
    marking: str
    mark: Colour
    bold: float
    socks: bool
    collar: bool
    antlers: float
    tines: int
    seed: int

    @property
    def size(self) -> float:
        """Shoulder height against a doe's."""
        return {Sex.BUCK: 1.1, Sex.DOE: 1.0}.get(self.sex, 0.68)


def look(sex: Sex, number: int, seed: int) -> Look:
    """The look of the herd's deer `number`; deer with the same kind of marking differ in all else."""
    chance = random.Random(f"{seed} look {number}")
    round_, kind = divmod(number, len(MARKINGS))
    coat, mark = COATS[(number + 3 * round_) % len(COATS)]
    return Look(
        sex=sex,
        coat=coat,
        marking=tuple(MARKINGS)[kind],
        mark=mark,
        bold=1.2 if round_ % 2 == kind % 2 else 0.8,
        socks=(number // 2 + round_) % 3 == 0,
        collar=(number + round_) % 3 == 0,
        antlers=chance.uniform(0.75, 1.15) if sex is Sex.BUCK else 0.0,
        tines=chance.randint(2, 5),
        seed=chance.getrandbits(32),
    )


def _somewhere(chance: random.Random) -> Point:
    """A place on the flank."""
    return chance.uniform(-0.52, 0.5), chance.uniform(-0.9, -0.52)


def _spread(chance: random.Random, count: int, apart: float) -> list[Point]:
    """Up to `count` places on the flank, no two nearer than `apart`."""
    places: list[Point] = []
    for _ in range(count * 12):
        place = _somewhere(chance)
        if all(math.dist(place, other) >= apart for other in places):
            places.append(place)
        if len(places) == count:
            break
    return places


def _patches(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    for x, y in _spread(chance, round(5 / bold), 0.24 * bold):
        reach = 0.15 * bold
        canvas.outline(
            [
                (
                    x + math.cos(angle) * reach * chance.uniform(0.7, 1.35),
                    y + math.sin(angle) * reach * chance.uniform(0.6, 1.1),
                )
                for angle in (i * math.tau / 9 for i in range(9))
            ],
            colour,
        )


def _bars(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    count = round(7 / bold)
    lean = chance.uniform(-0.08, 0.08)
    for i in range(count):
        x = -0.5 + i * 0.98 / count + chance.uniform(-0.02, 0.02)
        width = 0.055 * bold
        canvas.limb(
            [(x, -1.02), (x + lean / 2 + 0.02, -0.78), (x + lean, -0.56)],
            [width, width, width / 3],
            colour,
        )


def _spots(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    for place in _spread(chance, round(13 / bold), 0.14 * bold):
        canvas.disc(place, 0.052 * bold * chance.uniform(0.8, 1.2), colour)


def _saddle(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    centre = chance.uniform(-0.2, 0.15)
    reach = 0.28 * bold
    depth = chance.uniform(-0.7, -0.62)
    canvas.outline(
        [
            (centre - reach, -1.1),
            (centre - reach * chance.uniform(0.6, 1.0), (depth - 1) / 2),
            (centre + chance.uniform(-0.1, 0.1), depth),
            (centre + reach * chance.uniform(0.6, 1.0), (depth - 1) / 2),
            (centre + reach, -1.1),
        ],
        colour,
    )


def _rings(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    for place in _spread(chance, round(6 / bold), 0.22 * bold):
        canvas.ring(place, 0.095 * bold, 0.036, colour)


def _slashes(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    lean = 0.2 * bold
    for x, y in _spread(chance, round(6 / bold), 0.17):
        canvas.limb(
            [(x - lean, y - 0.14), (x, y), (x + lean, y + 0.1)],
            [0.015, 0.055 * bold, 0.015],
            colour,
        )


def _two_tone(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    """The front half, or with faint marks the rear, in the other colour."""
    edge = chance.uniform(-0.12, 0.12)
    zigzag = [(edge + chance.uniform(-0.1, 0.1), -1.05 + i * 0.12) for i in range(6)]
    side = 0.75 if bold > 1 else -0.75
    canvas.polygon([(side, -1.1), *zigzag, (side, -0.4)], colour)


def _speckles(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    for _ in range(round(120 / bold)):
        canvas.disc(_somewhere(chance), 0.015 * bold * chance.uniform(0.7, 1.4), colour)


def _stripes(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    for i in range(round(4 / bold)):
        y = -0.9 + i * 0.115 * bold + chance.uniform(-0.01, 0.01)
        bend = chance.uniform(-0.04, 0.04)
        canvas.limb(
            [(-0.54, y), (-0.1, y + bend), (0.2, y - bend), (0.54, y)],
            [0.02, 0.055 * bold, 0.05 * bold, 0.015],
            colour,
        )


def _zigzag(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    for y in (-0.84, -0.62) if bold < 1 else (-0.74,):
        points = [
            (-0.54 + i * 0.155, y + 0.1 * bold * (1 if i % 2 else -1) * chance.uniform(0.7, 1.1))
            for i in range(8)
        ]
        canvas.limb(points, [0.05 * bold] * 8, colour)


def _lattice(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    step, start = 0.19 * bold, -0.75 + chance.uniform(0.0, 0.1)
    for i in range(round(1.5 / step)):
        x = start + i * step
        for lean in (-0.25, 0.25):
            canvas.limb([(x - lean, -1.0), (x + lean, -0.5)], [0.026 * bold] * 2, colour)


def _target(canvas: Canvas, chance: random.Random, colour: Colour, bold: float) -> None:
    centres = [(chance.uniform(-0.3, -0.2), -0.74), (chance.uniform(0.18, 0.28), -0.74)]
    for centre in centres if bold < 1 else [(chance.uniform(-0.15, 0.15), -0.74)]:
        canvas.disc(centre, 0.09 * bold, colour)
        canvas.ring(centre, 0.2 * bold, 0.045 * bold, colour)


MARKINGS: dict[str, Callable[[Canvas, random.Random, Colour, float], None]] = {
    "patches": _patches,
    "bars": _bars,
    "spots": _spots,
    "saddle": _saddle,
    "rings": _rings,
    "slashes": _slashes,
    "two tone": _two_tone,
    "speckles": _speckles,
    "stripes": _stripes,
    "zigzag": _zigzag,
    "lattice": _lattice,
    "target": _target,
}


def mark_flank(canvas: Canvas, of: Look, flank: str) -> None:
    """Draw the deer's own markings of one flank; a fawn has its spots besides."""
    chance = random.Random(f"{of.seed} {flank}")
    if of.sex is Sex.FAWN:
        for row, y in enumerate((-0.88, -0.78, -0.68)):
            for i in range(7):
                place = (-0.5 + i * 0.16 + row * 0.05, y + chance.uniform(-0.02, 0.02))
                canvas.disc(place, 0.024, CREAM)
    MARKINGS[of.marking](canvas, chance, of.mark, of.bold)
