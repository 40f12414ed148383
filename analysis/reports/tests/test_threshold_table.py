"""The threshold table, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.reports.threshold_table import ERRORS, at_or_above, lowest_accepting, what_if
from analysis.score_log.error_rates import ErrorRates
from analysis.score_log.trials import Trials


def histogram(*scores: int):
    """Counts (10001,) of these scores."""
    return np.bincount(np.array(scores, np.int64), minlength=10_001)


def test_a_score_equal_to_the_threshold_counts():
    counts = histogram(5500, 5499, 5501, 10_000, 0)
    assert at_or_above(counts, 5500) == 3
    assert at_or_above(counts, 10_000) == 1
    assert at_or_above(counts, 0) == 5


def rates(*decoys: int, genuine: int = 9000) -> ErrorRates:
    """Labelled sightings, each of a deer of its own: `genuine` against it, a decoy against another deer."""
    number = len(decoys)
    scores = np.array([[genuine, decoy] for decoy in decoys], np.int32).reshape(number, 2)
    own = np.zeros(number, np.int64)
    return ErrorRates(Trials(scores, np.ones((number, 2), np.bool_), own, np.arange(number)))


def test_rates_and_changes_worked_by_hand():
    # eight eligible sightings, two of them without any candidate
    best = histogram(9000, 8000, 8000, 7000, 6000, 5000)
    labelled = rates(8000, 6500, 6000, 5000)
    high, low = what_if(8, best, labelled, [8000, 6000], active=7000)
    assert (high.assigned, high.assignment_rate) == (3, 3 / 8)
    assert high.change_relative == pytest.approx(-1 / 4)  # the active threshold assigns 4
    assert high.change_points == pytest.approx(-12.5)
    assert (low.assigned, low.change_relative, low.change_points) == (5, 1 / 4, 12.5)
    pairs = [(row.errors["fpir"], row.errors["fnmr"]) for row in (high, low)]
    assert [(fpir.hits, fpir.trials, fnmr.hits) for fpir, fnmr in pairs if fpir and fnmr] == [
        (1, 4, 0), (3, 4, 0),
    ]  # fmt: skip


def test_fdp_allows_for_strangers_that_nobody_labelled():
    best, labelled = histogram(9000, 8000), rates(5000, 5000)
    (row,) = what_if(2, best, labelled, [7000], 7000, forecast=lambda _: 0.97)
    fdp = row.errors["fdp"]
    assert fdp is not None
    assert (fdp.estimate, fdp.high, row.fdp_forecast) == (0.0, 0.97, 0.97)


def test_undefined_figures_are_none():
    (row,) = what_if(2, histogram(6000), rates(), [5500], active=7000)
    assert row.change_relative is None  # of nothing there is no share
    assert row.change_points == 50.0
    assert set(row.errors) == set(ERRORS)
    assert set(row.errors.values()) == {None}
    assert row.fdp_forecast is None


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no eligible sighting"):
        what_if(0, histogram(), rates(), [5500], active=5500)


def test_the_lowest_threshold_is_just_above_the_decoys_that_must_not_pass():
    decoys = histogram(*range(1000, 1019), 9000)  # 20 decoys: one may pass
    assert lowest_accepting(decoys, 0.05) == 1019
    assert lowest_accepting(decoys, 0.0499) == 9001
    assert lowest_accepting(decoys, 1.0) == 1  # never 0, where strangers match


def test_decoys_that_tie_fall_together():
    assert lowest_accepting(histogram(*[7000] * 3, 6000, 5000), 0.4) == 7001


@pytest.mark.parametrize("decoys", [(), (10_000,)])
def test_no_threshold_where_no_decoy_or_none_is_high_enough(decoys):
    assert lowest_accepting(histogram(*decoys), 0.05) is None
