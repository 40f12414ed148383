"""Spreads of photographs of three marks, whose distances are the differences of two small numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reid.patterns.card import MatcherCard
from reid.patterns.keypoints import UNIT
from reid.patterns.lnbnn import NOBODY, Photographs
from reid.patterns.spreads import measured
from reid.patterns.tests.photographs import near, photographs

CARD = MatcherCard(rank=1)


def three(*encounters: int) -> Photographs:
    return photographs(
        near(0, 0, 0),
        near(10, 10, 10),
        near(30, 30, 30),
        owners=[NOBODY] * 3,
        encounters=list(encounters) or None,
    )


def test_the_base_is_the_spread_of_the_backgrounds_sums_with_each_other() -> None:
    """Each pair is measured by the third: 0 and 10 by 30 (20 beyond, three times), 10 and 0 by 30 (10), 30 and 10 by 0 (10)."""
    sums = np.array([60, 0, 30, 0, 0, 30]) / UNIT
    assert measured.of_background(three(), CARD) == pytest.approx(sums.std())


def test_the_highest_sums_of_the_base_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 6 sums the lowest 5, 0.8 of them rounded up, are chance: 60 is not."""
    monkeypatch.setattr(measured, "LOWEST", 0.8)
    sums = np.array([0, 30, 0, 0, 30]) / UNIT
    assert measured.of_background(three(), CARD) == pytest.approx(sums.std())


def test_photographs_of_one_encounter_say_nothing_about_each_other() -> None:
    """The first two are of one: only 30 can be compared with each of them, and only 30 measures them, which is left out."""
    assert measured.of_background(three(4, 4, 5), CARD) == pytest.approx(
        max(np.array([0, 30]).std() / UNIT, measured.LEAST)
    )


def test_a_background_of_strangers_to_each_other_leaves_sums_as_they_are() -> None:
    assert measured.of_background(three(4, 4, 4), CARD) == measured.NOTHING


def test_coats_that_never_agree_have_the_least_spread() -> None:
    same = photographs(*[near(5, 5, 5)] * 4, owners=[NOBODY] * 4)
    assert measured.of_background(same, CARD) == measured.LEAST


BEHIND = photographs(
    near(20, 20, 20),
    near(40, 40, 40),
    near(60, 60, 60),
    near(80, 80, 80),
    owners=[NOBODY] * 4,
    encounters=[1, 2, -1, -1],
)
ONE_OF_FOUR = np.array([30, 0, 0, 0]).std() / UNIT
BASE = 0.02


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "FEWEST", 1)


def spread(own: float) -> float:
    return float(np.sqrt((own**2 + BASE**2) / 2))


def test_a_deer_has_the_spread_of_what_the_background_has_against_it(few: None) -> None:
    """20 is nearer to 10 than to its nearest neighbour 40: by 10, three times. The others are not."""
    references = photographs(near(10, 10, 10), near(95, 95, 95), owners=[0, 1])
    found = measured.of_deer(references, BEHIND, 2, CARD, BASE)
    assert found == pytest.approx(
        [spread(ONE_OF_FOUR), spread(np.array([15, 0, 0, 0]).std() / UNIT)]
    )


def test_photographs_of_the_deer_and_of_its_encounters_do_not_count(few: None) -> None:
    of_deer = replace(BEHIND, owners=np.array([0, NOBODY, NOBODY, NOBODY]))
    references = photographs(near(10, 10, 10), owners=[0], encounters=[9])
    assert measured.of_deer(references, of_deer, 1, CARD, BASE) == pytest.approx([spread(0)])
    of_encounter = photographs(near(90, 90, 90), near(10, 10, 10), owners=[0, 0], encounters=[1, 9])
    counted = np.array([0, 0, 15]).std() / UNIT
    assert measured.of_deer(of_encounter, BEHIND, 1, CARD, BASE) == pytest.approx([spread(counted)])


def test_another_deers_references_change_nothing(few: None) -> None:
    alone = photographs(near(10, 10, 10), owners=[0])
    both = photographs(near(10, 10, 10), near(20, 20, 20), owners=[0, 1])
    [one] = measured.of_deer(alone, BEHIND, 1, CARD, BASE)
    assert measured.of_deer(both, BEHIND, 2, CARD, BASE)[0] == one


def test_a_photograph_of_the_deer_that_nobody_knows_counts_as_a_chance_of_eight_bases() -> None:
    """Nine zeros and one 8: mean 0.8, variance (9 x 0.64 + 7.2 x 7.2) / 10 = 5.76."""
    found = np.array([[0.0]] * 9 + [[1000.0]])
    assert measured.shrunk(found, 1.0) == pytest.approx([np.sqrt((5.76 + 1) / 2)])


def test_few_photographs_say_nothing_of_one_deer() -> None:
    assert measured.of_deer(photographs(near(10, 10, 10), owners=[0]), BEHIND, 1, CARD, 0.5) == [
        0.5
    ]
