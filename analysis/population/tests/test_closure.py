"""The closure test by hand and on simulated herds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from analysis.population.closure import closure
from analysis.population.histories import History, NotEstimable


def test_every_way_to_draw_three_of_six_has_mean_and_variance_of_the_formula() -> None:
    """All 20 ways once: their spans sum to what is expected, so z is 0; mean 2 * 7 / 4 = 3.5."""
    ways = list(combinations(range(6), 3))
    seen = np.zeros((20, 6), bool)
    for row, way in enumerate(ways):
        seen[row, list(way)] = True
    spans = np.array([way[-1] - way[0] for way in ways])
    assert spans.mean() == 3.5
    assert spans.var() == pytest.approx(2 * 2 * 7 * 3 / (16 * 5))
    assert closure(History(seen)).z == pytest.approx(0)


def test_deer_that_came_late_or_left_early_are_found() -> None:
    generator = np.random.default_rng(2)
    seen = generator.random((80, 10)) < 0.4
    stays = closure(History(seen[seen.any(axis=1)]))
    assert stays.p > 0.05
    seen[:40, 5:] = False
    seen[40:, :5] = False
    passes = closure(History(seen[seen.any(axis=1)]))
    assert passes.p < 1e-6


def test_few_recaptured_animals_say_nothing() -> None:
    with pytest.raises(NotEstimable, match="2 deer were captured at least twice"):
        closure(History(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 0]], bool)))
