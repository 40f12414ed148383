from __future__ import annotations

import numpy as np
import pytest

from analysis.metrics import at_or_above, clopper_pearson, lowest_with_fpir, what_if


def histogram(*scores: int):
    """Counts (10001,) of these scores."""
    return np.bincount(np.array(scores, np.int64), minlength=10_001)


def test_a_score_equal_to_the_threshold_counts():
    counts = histogram(5500, 5499, 5501, 10_000, 0)
    assert at_or_above(counts, 5500) == 3
    assert at_or_above(counts, 10_000) == 1
    assert at_or_above(counts, 0) == 5


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [
        # k = 0 and k = n have closed forms: 1 - 0.025^(1/n) and 0.025^(1/n)
        (0, 10, 0.0, 1 - 0.025**0.1),
        (10, 10, 0.025**0.1, 1.0),
        # Clopper and Pearson's interval of 3 of 20, as printed in tables of exact intervals
        (3, 20, 0.0321, 0.3789),
    ],
)
def test_the_interval_is_the_exact_one(hits, trials, low, high):
    share = clopper_pearson(hits, trials)
    assert share.low == pytest.approx(low, abs=5e-5)
    assert share.high == pytest.approx(high, abs=5e-5)
    assert share.estimate == hits / trials


@pytest.mark.parametrize(("hits", "trials"), [(0, 0), (3, 2), (-1, 4)])
def test_what_is_no_share_is_refused(hits, trials):
    with pytest.raises(ValueError, match="is no share"):
        clopper_pearson(hits, trials)


def test_rates_and_changes_worked_by_hand():
    # eight eligible sightings, two of them without any candidate
    best = histogram(9000, 8000, 8000, 7000, 6000, 5000)
    decoys = histogram(8000, 6500, 6000, 5000)
    rows = what_if(8, best, decoys, [8000, 6000], active=7000)
    high, low = rows
    assert (high.assigned, high.assignment_rate) == (3, 3 / 8)
    assert high.change_relative == pytest.approx(-1 / 4)  # the active threshold assigns 4
    assert high.change_points == pytest.approx(-12.5)
    assert high.fpir is not None
    assert (high.fpir.hits, high.fpir.trials) == (1, 4)
    assert (low.assigned, low.change_relative, low.change_points) == (5, 1 / 4, 12.5)
    assert low.fpir is not None
    assert low.fpir.hits == 3


def test_undefined_figures_are_none():
    (row,) = what_if(2, histogram(6000), histogram(), [5500], active=7000)
    assert row.change_relative is None  # of nothing there is no share
    assert row.change_points == 50.0
    assert row.fpir is None


def test_a_rate_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no eligible sighting"):
        what_if(0, histogram(), histogram(), [5500], active=5500)


def test_the_lowest_threshold_is_just_above_the_decoys_that_must_not_pass():
    decoys = histogram(*range(1000, 1019), 9000)  # 20 decoys: one may pass
    assert lowest_with_fpir(decoys, 0.05) == 1019
    assert lowest_with_fpir(decoys, 0.0499) == 9001
    assert lowest_with_fpir(decoys, 1.0) == 1  # never 0, where strangers match


def test_decoys_that_tie_fall_together():
    assert lowest_with_fpir(histogram(*[7000] * 3, 6000, 5000), 0.4) == 7001


@pytest.mark.parametrize("decoys", [(), (10_000,)])
def test_no_threshold_where_no_decoy_or_none_is_high_enough(decoys):
    assert lowest_with_fpir(histogram(*decoys), 0.05) is None
