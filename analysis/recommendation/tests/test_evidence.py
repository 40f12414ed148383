"""Evidence on strangers where the scorer learned from some of the labelled deer."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.recommendation.assess import assess
from analysis.recommendation.document import recommendation_document
from analysis.recommendation.evidence import UNKNOWN, about_learned, evidence_of
from analysis.score_log.trials import Trials
from analysis.tests.herds import Herd, herd
from reid.embedding.identities import IDENTITIES, identity
from reid.models import Deer


def of_strangers(decoys: list[int]) -> Trials:
    """Labelled sightings of as many deer, none of them enrolled."""
    count = len(decoys)
    return Trials(
        np.array(decoys, np.int32).reshape(-1, 1),
        np.ones((count, 1), bool),
        np.full(count, -1),
        np.arange(count),
    )


def test_enough_deer_that_were_not_learned_are_the_evidence() -> None:
    trials = of_strangers([5000] * 100)
    learned = np.arange(100) >= 59
    assert evidence_of(trials, learned).sum() == 59
    assert evidence_of(trials, np.arange(100) >= 58).sum() == 100
    assert "59 labelled sightings of 59 deer" in about_learned(trials, learned, 5001)
    assert about_learned(trials, np.zeros(100, bool), 5001) == ""


def test_few_deer_that_were_not_learned_say_how_far_off_the_others_may_be() -> None:
    """One of four unseen ones reaches 6000, and none of 96 others: 25 % beside 1 %."""
    trials = of_strangers([6000, 5000, 5000, 5000] + [5000] * 96)
    said = about_learned(trials, np.arange(100) >= 4, 6000)
    assert "FPIR rests on 96 sightings of deer that the scorer learned from" in said
    assert "(4 sightings of 4 deer; it takes 59 of 10)" in said
    assert "FPIR at 0.6000 may be 80.6% (25.0%, interval 0.6% to 80.6%)" in said
    assert "all together say 1.0%" in said


def test_where_every_deer_was_learned_nobody_can_say_how_far_off_it_is() -> None:
    said = about_learned(of_strangers([5000] * 80), np.ones(80, bool), 6000)
    assert said.endswith(UNKNOWN)


@pytest.fixture
def stored(db: None) -> Herd:
    return herd()


def learn(stored: Herd, *names: str) -> None:
    deer = Deer.objects.filter(name__in=names)
    space = stored.scorer.vectors
    space.specification = {"model": {}, IDENTITIES: [identity(item.pk) for item in deer]}
    space.save()
    stored.scorer.refresh_from_db()


def test_learned_deer_are_left_out_of_every_figure_where_enough_others_are_labelled(
    stored: Herd,
) -> None:
    learn(stored, "stranger 59", "stranger 58")
    assessment = assess(stored.scorer)
    situation = assessment.recommendation.situation
    # The highest decoys were 4059 and 4058.
    assert (situation.gate.threshold, situation.gate.trials) == (4058, 60)
    assert len(assessment.rates.trials) == 60
    assert recommendation_document(assessment)["fpir"]["learned"] == {"counted": 0, "left_out": 2}
    assert any("2 of deer that it learned from are left out" in text for text in situation.warnings)


def test_where_too_few_others_are_labelled_the_report_says_so(stored: Herd) -> None:
    learn(stored, *(f"stranger {number}" for number in range(10)))
    assessment = assess(stored.scorer)
    assert assessment.recommendation.situation.gate.trials == 62
    assert recommendation_document(assessment)["fpir"]["learned"] == {"counted": 10, "left_out": 0}
    warnings = assessment.recommendation.situation.warnings
    assert any(
        "FPIR rests on 10 sightings of deer that the scorer learned from" in text
        for text in warnings
    )
