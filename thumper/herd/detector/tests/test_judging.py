"""Judgement of a detector: counted by hand on three pictures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from reid.detecting.cards import InputShape
from reid.detecting.engine import Found
from reid.imaging.crops import Box
from reid.taxonomy import Classification
from thumper.herd.detector.judging import Judgement, judge
from thumper.herd.detector.pictures import DrawnPhotograph

C = Classification


class Answering:
    """A detector that gives these boxes for one picture after the other."""

    card = SimpleNamespace(input=InputShape(96, 64))

    def __init__(self, *answers: list[tuple[Box, str]]) -> None:
        self._answers = iter(answers)

    def find(self, pictures: Any) -> list[list[Found]]:
        return [[Found(box, 0.9, name, C(name)) for box, name in next(self._answers)]]


def drawn(*boxes: tuple[Box, Classification]) -> DrawnPhotograph:
    picture = Image.new("RGB", (960, 640))
    return DrawnPhotograph(picture, tuple(b for b, _ in boxes), tuple(c for _, c in boxes))


def test_each_drawn_animal_is_found_once_and_people_are_no_animals() -> None:
    deer, cow, man = Box(0, 0, 100, 100), Box(300, 0, 100, 100), Box(600, 0, 50, 200)
    detector: Any = Answering(
        [(Box(0, 0, 100, 80), "animal"), (Box(0, 0, 100, 60), "animal"), (Box(340, 0, 100, 100), "animal")],
        [(man, "animal"), (man, "person")],
        [(deer, "animal")],
    )  # fmt: skip
    found = judge(
        detector, [drawn((deer, C.DOE), (cow, C.CATTLE)), drawn((man, C.PERSON)), drawn()]
    )
    # The deer by its nearer box; the cow's box shares 60 of 140: too little. The man once, as a person.
    assert found == Judgement(drawn=3, found=6, overlaps=(0.8, 1.0))
    assert found.recall == pytest.approx(2 / 3)
    assert found.precision == pytest.approx(1 / 3)
    assert found.overlap == pytest.approx(0.9)


def test_a_detector_that_finds_nothing_on_empty_meadows_misses_nothing() -> None:
    detector: Any = Answering([])
    found = judge(detector, [drawn()])
    assert (found.recall, found.precision) == (1.0, 0.0)
