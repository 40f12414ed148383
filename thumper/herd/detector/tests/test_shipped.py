"""The shipped sample detector: what it finds on drawings that it has not seen, and that it is itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from reid.detecting import registry
from reid.detecting.cards import DetectorCard
from reid.detecting.engine import DetectorEngine
from reid.networks.model_card import ModelRefused
from reid.taxonomy import Classification
from thumper.herd import album, loading
from thumper.herd.detector import pictures, shipped
from thumper.herd.detector.judging import judge
from thumper.management.commands import train_sample_detector

if TYPE_CHECKING:
    from pathlib import Path

UNSEEN = 58
"""Seed of a season of other deer: neither the herd's, nor what was learned from or judged when it was made."""


@pytest.fixture(scope="module")
def engine() -> DetectorEngine:
    weights = shipped.shipped_weights()
    return DetectorEngine(DetectorCard.from_json(shipped.card_of(weights)), weights)


def test_it_finds_the_animals_of_a_season_that_it_has_not_seen(engine: DetectorEngine) -> None:
    assert UNSEEN not in {album.SEED, train_sample_detector.LEARNED, train_sample_detector.UNSEEN}
    season = list(pictures.of_season(32, UNSEEN))
    assert max(len(one.boxes) for one in season) > 1
    assert 3 < sum(_is_grey(one) for one in season) < 29  # by day and by night
    found = judge(engine, season)
    assert found.drawn > 32
    assert found.recall >= 0.95
    assert found.precision >= 0.9
    assert found.overlap > 0.8


def _is_grey(one: pictures.DrawnPhotograph) -> bool:
    above_the_caption = one.picture.crop((0, 0, 960, 600))
    red, _, blue = above_the_caption.split()
    return red.tobytes() == blue.tobytes()


def test_it_tells_people_from_animals_and_finds_nobody_on_an_empty_meadow(
    engine: DetectorEngine,
) -> None:
    some = list(pictures.draw(60, UNSEEN))
    blank = [one for one in some if not one.boxes]
    people = [one for one in some if set(one.classes) == {Classification.PERSON}]
    assert blank
    assert people
    assert judge(engine, blank).found == 0
    assert judge(engine, people).recall == 1
    assert (
        judge(engine, some).recall >= 0.9
    )  # up to four animals that hide each other, and tiny ones


def test_it_is_small() -> None:
    assert len(shipped.shipped_weights()) < 2_000_000


def test_another_file_in_its_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "SHIPPED_SHA256", hashlib.sha256(b"others").hexdigest())
    with pytest.raises(ModelRefused, match="sha256 differs"):
        shipped.shipped_weights()


@pytest.mark.django_db
def test_it_is_registered_once_and_no_photograph_of_a_user_is_searched_by_it(
    tmp_path: Path, settings: Any
) -> None:
    settings.MODEL_ROOT = tmp_path
    detector = loading.sample_detector()
    assert loading.sample_detector() == detector
    assert registry.card_of(detector).folder == shipped.NAME
    assert registry.active() is None
