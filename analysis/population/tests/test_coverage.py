"""Honest intervals cover the truth as often as they say, whatever the errors of identification; `./run bench coverage` prints how often."""

from __future__ import annotations

import os

import pytest

from analysis.population.tests.campaign import MODELS, Scenario, row, scenarios, wanting

FEW = {"M0": 20, "Mt": 20, "Mh": 2, "spatial": 2, "mark-resight": 2}


@pytest.mark.parametrize("model", MODELS)
def test_few_herds_are_covered(model: str) -> None:
    found = row(Scenario(model, 20 if model == "spatial" else 60, 0.05, 60), FEW[model])
    assert found.answered
    assert wanting([found]) == []


def test_naive_intervals_are_not() -> None:
    """15 in 100 captures missed make four herds of ten too many."""
    found = row(Scenario("M0", 60, 0.15, 60), 20)
    assert found.naive < 0.2
    assert found.naive_bias > 0.3


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_every_scenario_is_covered(model: str) -> None:
    """THUMPER_HERDS herds of each: hours with 500 of every model, minutes of M0 and Mt."""
    herds = int(os.environ.get("THUMPER_HERDS", "500"))
    rows = [row(scenario, herds) for scenario in scenarios(model)]
    assert wanting(rows) == []
