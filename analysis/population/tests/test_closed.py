"""Closed estimators agree with sums by hand, with a search over whole numbers, and with simulated herds."""

from __future__ import annotations

from math import inf, lgamma, log

import numpy as np
import pytest

from analysis.population import closed
from analysis.population.histories import History, NotEstimable
from analysis.population.profiles import Model


def history(*rows: str) -> History:
    return History(np.array([[letter == "1" for letter in row] for row in rows]))


def simulated(
    generator: np.random.Generator, animals: int, occasions: int, probability: float
) -> History:
    seen = generator.random((animals, occasions)) < probability
    return History(seen[seen.any(axis=1)])


# 10 captured on the first of two occasions, 8 on the second, 4 of them on both: n = 14.
PETERSEN = history(*["11"] * 4, *["10"] * 6, *["01"] * 4)


def whole_number_likelihood(n: int) -> float:
    """Of Mt for PETERSEN, written out: N! / (N - 14)! * p1^10 (1 - p1)^(N - 10) * p2^8 (1 - p2)^(N - 8)."""
    total = lgamma(n + 1) - lgamma(n - 14 + 1)
    for hits in (10, 8):
        p = hits / n
        total += hits * log(p) + (n - hits) * log(1 - p)
    return total


def test_the_maximum_is_where_a_search_over_whole_numbers_finds_it() -> None:
    result = closed.estimate(PETERSEN, Model.MT)
    best = max(range(14, 60), key=whole_number_likelihood)
    assert result.n == pytest.approx(best, abs=0.5)
    assert result.log_likelihood == pytest.approx(whole_number_likelihood(best), abs=0.01)


def test_many_animals_on_two_occasions_give_petersens_number() -> None:
    """1,000 and 800 captured, 400 on both: 1,000 * 800 / 400 = 2,000 (Darroch, Biometrika 45:343, 1958)."""
    many = history(*["11"] * 400, *["10"] * 600, *["01"] * 400)
    assert closed.estimate(many, Model.MT).n == pytest.approx(2000, rel=0.002)


def test_the_interval_ends_where_the_likelihood_has_fallen_by_1_92() -> None:
    result = closed.estimate(PETERSEN, Model.MT)
    inside = [
        n for n in range(14, 200) if whole_number_likelihood(n) >= result.log_likelihood - 1.92073
    ]
    assert inside[0] - 1 <= result.low <= inside[0]
    assert inside[-1] <= result.high <= inside[-1] + 1


def test_a_herd_captured_completely_has_its_own_number() -> None:
    result = closed.estimate(history(*["1111"] * 12), Model.M0)
    assert (result.n, result.low) == (12, 12)


def test_without_recaptures_there_is_no_number() -> None:
    with pytest.raises(NotEstimable, match="without recaptures"):
        closed.estimate(history("10", "01", "10"), Model.M0)


def test_behaviour_needs_that_new_animals_become_fewer() -> None:
    with pytest.raises(NotEstimable, match="as many deer are new"):
        closed.estimate(history("100", "010", "001", "001"), Model.MB)


def test_shy_animals_do_not_inflate_the_number() -> None:
    """Captured once, each stays away: 100, 50 and 25 new ones, half of those left each time, are 200 animals."""
    shy = history(*["100"] * 100, *["010"] * 50, *["001"] * 25)
    assert closed.estimate(shy, Model.MB).n == pytest.approx(200, rel=0.01)


def test_animals_that_differ_are_more_than_alike_ones_would_be() -> None:
    generator = np.random.default_rng(5)
    easy = generator.random((100, 12)) < 0.4
    hard = generator.random((100, 12)) < 0.05
    seen = np.concatenate([easy, hard])
    mixed = History(seen[seen.any(axis=1)])
    alike, differing = closed.estimate(mixed, Model.M0), closed.estimate(mixed, Model.MH)
    assert alike.high < 200
    assert differing.low <= 200 <= differing.high
    assert differing.aicc < alike.aicc


def test_few_occasions_cannot_tell_kinds_of_animals_apart() -> None:
    with pytest.raises(NotEstimable, match="needs 4 occasions"):
        closed.estimate(history("110", "011"), Model.MH)


def test_chaos_bound_by_hand() -> None:
    """9 captured once, 6 twice in 6 occasions, 38 in all: 38 + 5/6 * 9 * 8 / (2 * 7) = 42.29."""
    rows = ["100000"] * 9 + ["110000"] * 6 + ["111000"] * 23
    bound = closed.chao_bound(history(*rows))
    assert bound.n == pytest.approx(38 + 5 / 6 * 72 / 14)
    assert 38 < bound.low < bound.n < bound.high


def test_chaos_bound_of_a_herd_without_single_captures_is_what_was_seen() -> None:
    bound = closed.chao_bound(history("11", "11"))
    assert (bound.low, bound.n, bound.high) == (2, 2, 2)


def test_every_model_answers_or_says_why_not() -> None:
    results = closed.all_models(history("10", "01", "11"))
    assert isinstance(results[Model.MH], NotEstimable)
    of_time = results[Model.MT]
    assert isinstance(of_time, closed.Estimate)
    assert of_time.aicc == inf  # three animals bear no three parameters


@pytest.mark.parametrize(
    "herds", [60, pytest.param(500, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.parametrize("model", [Model.M0, Model.MT])
def test_intervals_cover_the_true_number(model: Model, herds: int) -> None:
    """95 % of 60 are 57, of 500 are 475; by chance fewer than 51 and 460 in one of a thousand."""
    generator = np.random.default_rng(16)
    covered = 0
    for _ in range(herds):
        result = closed.estimate(simulated(generator, 80, 8, 0.15), model)
        covered += result.low <= 80 <= result.high
    assert covered >= (51 if herds == 60 else 460)


@pytest.mark.parametrize(("short", "ends"), [(0.001, False), (0.1, True)])
def test_a_profile_that_runs_level_at_the_edge_has_no_upper_end(short: float, ends: bool) -> None:
    """Highest at 20 animals, and for many it stays a little below the height at which an interval ends."""

    def profile(n: np.ndarray) -> np.ndarray:
        apart = np.abs(np.log(n / 20))
        heights: np.ndarray = -(closed.DROP + short) * (1 - np.exp(-(apart**2)))
        return heights

    found = closed._at_maximum(profile, 10, 2)
    assert found.n == pytest.approx(20, rel=0.01)
    assert np.isfinite(found.high) == ends
