"""References of other antler years, worked by hand: four bucks, scores in hundredths."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.antlers.seasons import SeasonScores, SeasonVerdict, compare_seasons
from analysis.stats.intervals import UndefinedError

OWN = np.array([0, 0, 1, 1, 2, 3])


def scores(every: list[list[int]], same: list[list[int]], **kinds: list[list[int]]) -> SeasonScores:
    def units(rows: list[list[int]]) -> np.ndarray:
        return np.array([[100 * value if value >= 0 else -1 for value in row] for row in rows])

    own_year, other_years = kinds.get("own_year", same), kinds.get("other_years", every)
    return SeasonScores(units(every), units(same), units(own_year), units(other_years))


def table(own: list[int], others: int) -> list[list[int]]:
    """Each sighting's score against its own buck, and one against all others."""
    return [
        [value if column == deer else others for column in range(4)]
        for value, deer in zip(own, OWN, strict=True)
    ]


RIGHT, WRONG = table([90, 80, 90, 80, 90, 80], 10), table([40, 30, 40, 30, 40, 30], 60)


def compared(of: SeasonScores, eligible: np.ndarray | None = None):
    possible = np.ones((6, 4), bool) if eligible is None else eligible
    return compare_seasons(of, possible, OWN, seed=3, draws=200)


def test_references_that_draw_sightings_to_other_bucks_harm() -> None:
    found = compared(scores(every=WRONG, same=RIGHT))
    assert found.verdict is SeasonVerdict.HARM
    assert found.figures.parent["rank1"].estimate == 1.0
    assert found.figures.derived["rank1"].estimate == 0.0
    rank1 = found.figures.difference["rank1"]
    assert (rank1.estimate, rank1.low, rank1.high) == (-1.0, -1.0, -1.0)


def test_references_that_draw_them_back_help() -> None:
    found = compared(scores(every=RIGHT, same=WRONG))
    assert found.verdict is SeasonVerdict.HELP
    assert found.figures.difference["auc"].estimate == 1.0


def test_the_same_scores_make_no_difference() -> None:
    found = compared(scores(every=RIGHT, same=RIGHT))
    assert found.verdict is SeasonVerdict.NO_DIFFERENCE
    assert found.figures.difference["rank1"].low == 0.0


def test_what_one_buck_loses_may_be_chance() -> None:
    every = [row.copy() for row in RIGHT]
    every[5] = WRONG[5]
    found = compared(scores(every=every, same=RIGHT))
    rank1 = found.figures.difference["rank1"]
    assert rank1.estimate == pytest.approx(-1 / 6)
    assert rank1.high == 0.0
    assert found.verdict is SeasonVerdict.NO_DIFFERENCE


def test_each_sighting_counts_once_in_a_mean_and_a_decoy_is_the_best_of_another_buck() -> None:
    own_year = table([90, 80, 90, 80, 90, 80], 10)
    own_year[0][3] = 50
    found = compared(scores(RIGHT, RIGHT, own_year=own_year, other_years=WRONG))
    assert found.genuine.own_year.estimate == pytest.approx(0.85)
    assert found.genuine.other_years.estimate == pytest.approx(0.35)
    assert found.genuine.difference.estimate == pytest.approx(0.5)
    assert (found.genuine.sightings, found.genuine.deer) == (6, 4)
    assert found.decoy is not None
    assert found.decoy.own_year.estimate == pytest.approx((5 * 10 + 50) / 600)
    assert found.decoy.difference.estimate == pytest.approx((5 * -50 - 10) / 600)


def test_a_buck_that_cannot_be_is_no_decoy() -> None:
    eligible = np.eye(4, dtype=bool)[OWN]
    found = compared(scores(every=WRONG, same=RIGHT), eligible)
    assert found.decoy is None
    assert found.figures.derived["rank1"].estimate == 1.0


def test_a_sighting_that_cannot_be_tried_both_ways_is_refused() -> None:
    own_year = [row.copy() for row in RIGHT]
    own_year[0][0] = -1
    with pytest.raises(UndefinedError, match="antler year"):
        compared(scores(RIGHT, RIGHT, own_year=own_year))
