"""What makes one deer of the sample herd look unlike another: coat, antlers, and markings a flank.

A look is drawn once from the seed and the deer's number. The two flanks of a deer share its colours and
its kind of marking, but not their places: as with real animals, one side does not show the other.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reid.classes import Sex

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumper.herd.shapes import Canvas, Colour, Point

COATS: tuple[Colour, ...] = (
    (168, 118, 74),  # tawny
    (126, 84, 54),  # chestnut
    (186, 148, 104),  # sand
    (122, 108, 92),  # winter grey
    (92, 66, 48),  # dark brown
    (178, 98, 58),  # summer red
)
CREAM: Colour = (240, 230, 212)
SOOT: Colour = (44, 34, 28)


@dataclass(frozen=True, slots=True)
class Look:
    """One deer's appearance. `antlers` is the size of the rack in shoulder heights, 0 for none."""

    sex: Sex
    coat: Colour
    marking: str
    mark: Colour
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
    """The look of the herd's deer `number`; neighbours in number differ in coat, kind and tone."""
    chance = random.Random(f"{seed} look {number}")
    kinds = tuple(MARKINGS)
    coat = COATS[number % len(COATS)]
    is_pale = sum(coat) > 380
    dark_marks = is_pale if chance.random() < 0.7 else not is_pale
    return Look(
        sex=sex,
        coat=coat,
        marking=kinds[(number + number // len(COATS)) % len(kinds)],
        mark=SOOT if dark_marks else CREAM,
        socks=chance.random() < 0.35,
        collar=chance.random() < 0.35,
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


def _spots(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    for place in _spread(chance, chance.randint(9, 16), 0.13):
        canvas.disc(place, chance.uniform(0.035, 0.065), colour)


def _patches(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    for x, y in _spread(chance, chance.randint(3, 5), 0.26):
        reach = chance.uniform(0.11, 0.2)
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


def _bars(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    count = chance.randint(4, 8)
    lean = chance.uniform(-0.12, 0.12)
    for i in range(count):
        x = -0.5 + i * 0.98 / count + chance.uniform(-0.02, 0.02)
        width = chance.uniform(0.035, 0.07)
        canvas.limb(
            [(x, -1.02), (x + lean / 2 + 0.02, -0.78), (x + lean, -0.56)],
            [width, width, width / 3],
            colour,
        )


def _saddle(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    centre = chance.uniform(-0.25, 0.2)
    reach = chance.uniform(0.22, 0.34)
    depth = chance.uniform(-0.74, -0.62)
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
    for place in _spread(chance, 3, 0.3):
        canvas.disc(place, 0.05, colour)


def _rings(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    for place in _spread(chance, chance.randint(4, 7), 0.22):
        canvas.ring(place, chance.uniform(0.07, 0.11), 0.035, colour)


def _slashes(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    lean = chance.choice((-1, 1)) * chance.uniform(0.14, 0.26)
    for x, y in _spread(chance, chance.randint(4, 6), 0.17):
        canvas.limb(
            [(x - lean, y - 0.14), (x, y), (x + lean, y + 0.1)], [0.015, 0.05, 0.015], colour
        )


def _two_tone(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    edge = chance.uniform(-0.2, 0.25)
    zigzag = [(edge + chance.uniform(-0.1, 0.1), -1.05 + i * 0.12) for i in range(6)]
    side = chance.choice((-0.75, 0.75))
    canvas.polygon([(side, -1.1), *zigzag, (side, -0.4)], colour)


def _speckles(canvas: Canvas, chance: random.Random, colour: Colour) -> None:
    for _ in range(chance.randint(90, 140)):
        canvas.disc(_somewhere(chance), chance.uniform(0.008, 0.02), colour)


MARKINGS: dict[str, Callable[[Canvas, random.Random, Colour], None]] = {
    "patches": _patches,
    "bars": _bars,
    "spots": _spots,
    "saddle": _saddle,
    "rings": _rings,
    "slashes": _slashes,
    "two tone": _two_tone,
    "speckles": _speckles,
}


def mark_flank(canvas: Canvas, of: Look, flank: str) -> None:
    """Draw the deer's own markings of one flank; a fawn has its spots besides."""
    chance = random.Random(f"{of.seed} {flank}")
    if of.sex is Sex.FAWN:
        for row, y in enumerate((-0.88, -0.78, -0.68)):
            for i in range(7):
                place = (-0.5 + i * 0.16 + row * 0.05, y + chance.uniform(-0.02, 0.02))
                canvas.disc(place, 0.024, CREAM)
    MARKINGS[of.marking](canvas, chance, of.mark)
