"""Drawings that the sample detector learns from: their boxes, their variety, and that none of them is the herd's own."""

from __future__ import annotations

from collections import Counter

import pytest

from reid.taxonomy import DEER, Classification
from thumper.herd import album
from thumper.herd.detector import pictures
from thumper.herd.landscape import SIZE
from thumper.management.commands import train_sample_detector


@pytest.fixture(scope="module")
def drawn() -> list[pictures.DrawnPhotograph]:
    return list(pictures.draw(40, seed=5))


def test_the_same_seed_draws_the_same_pictures(drawn) -> None:
    for one, again in zip(drawn, pictures.draw(3, seed=5), strict=False):
        assert one.picture.tobytes() == again.picture.tobytes()
        assert one.boxes == again.boxes
    assert next(pictures.draw(1, seed=6)).picture.tobytes() != drawn[0].picture.tobytes()


def test_there_is_everything_that_a_detector_meets(drawn) -> None:
    counts = Counter(len(one.boxes) for one in drawn)
    assert counts[0] > 0
    assert max(counts) >= 3
    classes = Counter(classification for one in drawn for classification in one.classes)
    assert classes.keys() & DEER
    assert classes.keys() >= {Classification.PERSON, Classification.CATTLE, Classification.RACCOON}


def test_boxes_lie_on_the_picture(drawn) -> None:
    for one in drawn:
        assert one.picture.size == SIZE
        assert len(one.boxes) == len(one.classes)
        for box in one.boxes:
            assert box == box.clamped(SIZE)


def test_what_is_learned_what_is_judged_and_the_herd_are_of_different_seeds() -> None:
    assert len({train_sample_detector.LEARNED, train_sample_detector.UNSEEN, album.SEED}) == 3
