"""Drawn photographs with the boxes of all that is on them: what the sample detector learns from and is judged by.

The herd's own pencil, but other deer and more than a season holds: up to four animals anywhere on the meadow, some cut
by the picture's edge, some far away, people, and meadows that nobody walks on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from reid.taxonomy import Classification, Sex
from thumper.herd import album
from thumper.herd.animals import POSES
from thumper.herd.coats import look
from thumper.herd.season import MOST_DEER, Animal, SampleDeer, SampleFrame, plan
from thumper.herd.sites import SITES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

    from reid.imaging.crops import Box

_BLANK: Final = 0.12  # share of pictures without an animal
_DEER: Final = 0.65  # share of animals that are deer; the others are cattle, raccoons and people
_OTHERS: Final = {
    Classification.RACCOON: 3,
    Classification.CATTLE: 3,
    Classification.PERSON: 5,  # a class of their own, which takes more of them to learn
}
_LIGHTS: Final = ("day", "dawn", "overcast", "night", "night")
_LOOKS_AT_ONCE: Final = (
    6  # different deer in one stretch of pictures, so that few have to be drawn anew
)
_STRETCH: Final = 40  # pictures
_DAYS: Final = 100  # of a season
_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SHOULDER: Final = {Classification.RACCOON: 0.45, Classification.PERSON: 0.85}


@dataclass(frozen=True, slots=True)
class DrawnPhotograph:
    """Picture (RGB, upright), and box and class of each animal or person on it."""

    picture: Image.Image
    boxes: tuple[Box, ...]
    classes: tuple[Classification, ...]


def draw(count: int, seed: int) -> Iterator[DrawnPhotograph]:
    """`count` photographs; the same ones for the same seed, and other deer and places for another."""
    for number in range(count):
        frame = _frame(random.Random(f"{seed} detector {number}"), number, seed)
        yield photographed(frame, seed)


def of_season(count: int, seed: int) -> Iterator[DrawnPhotograph]:
    """`count` photographs spread over a season of a herd of other deer, as the sample herd's own is."""
    frames = plan(seed, MOST_DEER, _DAYS, _NO_TIME.date(), ZoneInfo("UTC"))
    for number in range(count):
        yield photographed(frames[number * len(frames) // count], seed)


def photographed(frame: SampleFrame, seed: int) -> DrawnPhotograph:
    """The photograph of a frame."""
    picture, boxes = album.render(frame, seed)
    return DrawnPhotograph(picture, boxes, tuple(animal.classification for animal in frame.animals))


def _frame(chance: random.Random, number: int, seed: int) -> SampleFrame:
    count = 0 if chance.random() < _BLANK else chance.choices((1, 2, 3, 4), (5, 3, 2, 1))[0]
    lanes = [(lane + chance.uniform(0.15, 0.85)) / count for lane in range(count)]
    is_distant = chance.random() < 0.04
    return SampleFrame(
        number=number,
        path="",
        site=chance.choice(SITES),
        captured_at=_NO_TIME,
        light=chance.choice(_LIGHTS),
        animals=tuple(
            _animal(chance, f"{number}-{i}", lane, number, seed, is_distant=is_distant)
            for i, lane in enumerate(lanes)
        ),
        quirk="distant" if is_distant else "",
    )


def _animal(
    chance: random.Random, name: str, lane: float, number: int, seed: int, *, is_distant: bool
) -> Animal:
    depth = 0.56 if is_distant else chance.uniform(0.62, 0.95)
    size = 34.0 if is_distant else max(40 + (depth - 0.6) * 560 * chance.uniform(0.8, 1.2), 36)
    deer = None
    if chance.random() < _DEER:
        kind = chance.choice((Sex.BUCK, Sex.DOE, Sex.FAWN))
        first = number // _STRETCH * _LOOKS_AT_ONCE
        of = look(kind, first + chance.randrange(_LOOKS_AT_ONCE), seed)
        deer, size, classification = SampleDeer("", of, is_known=False), size * of.size, kind.value
    else:
        (classification,) = chance.choices(tuple(_OTHERS), tuple(_OTHERS.values()))
        size *= _SHOULDER.get(classification, 1.1)
    return Animal(
        sighting=name,
        deer=deer,
        classification=Classification(classification),
        flank=chance.choice(("left", "right")),
        pose=chance.choice(tuple(POSES)),
        x=lane,
        y=depth,
        size=size,
        tilt=chance.uniform(-4, 4),
        confidence=1.0,
        is_named=False,
    )
