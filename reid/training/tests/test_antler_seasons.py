"""Antler seasons of the labelled detections that a training is judged on."""

from __future__ import annotations

import pytest

from reid.tests import make
from reid.training import material

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rule", "seasons"),
    [("all", [[0, 0], [0, 0]]), ("same", [[202504, 202504], [202504, 0]])],
)
def test_seasons_are_those_that_scores_are_made_with(settings, rule, seasons) -> None:
    settings.REID_ANTLER_SEASONS = rule
    scorer = make.scorer(2)
    for name, sex in (("A buck", "buck"), ("B doe", "doe")):
        make.embedding(make.detection(deer=make.deer(name, sex=sex)), scorer, 1, 0)
    assert material.load(scorer.vectors).seasons.tolist() == seasons
