"""The verdict on simulated herds of two antler years, of which the truth is known: figures of docs/antlers.md."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from analysis.antlers.arms import of_embedding
from analysis.antlers.seasons import compare_seasons
from analysis.tests.antlered import two_years


def verdicts(herds: int, *, body: float, antlers: float) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(herds):
        generator = np.random.default_rng([seed, 12])
        probes, rows, references, own = two_years(generator, body=body, antlers=antlers)
        columns = sorted({str(item.deer) for item in references})
        scores = of_embedding(probes, rows, references, "centroid", columns)
        eligible = np.ones(scores.every.shape, bool)
        comparison = compare_seasons(scores, eligible, own, seed=1, draws=200)
        found[comparison.verdict.value] += 1
    return found


def test_other_years_are_never_said_to_harm_where_the_body_tells_bucks_apart() -> None:
    found = verdicts(20, body=1.0, antlers=0.0)
    assert found["HARM"] == found["BOTH"] == 0
    assert found["HELP"] >= 10


def test_other_years_are_said_to_harm_where_nothing_but_antlers_does() -> None:
    assert verdicts(20, body=0.0, antlers=1.0) == {"HARM": 20}


@pytest.mark.slow
def test_a_harm_that_is_not_there_is_seldom_found() -> None:
    """Where antlers show a little beside the body, other years help on average."""
    found = verdicts(200, body=0.6, antlers=0.4)
    assert found["HARM"] + found["BOTH"] <= 10
