"""Learned weights: which part counts is decided by deer that nothing was learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.evaluation import learned_weights
from analysis.evaluation.learned_weights import Use, learn
from analysis.evaluation.part_scores import PartScores
from reid.matching.calibration import POOLED
from reid.matching.similarity import NOT_COMPARABLE

if TYPE_CHECKING:
    import pytest
    from numpy.typing import NDArray

DEER = 12
SIGHTINGS = 4


def fold(
    number: int, *, embedding: float, pattern: float | None, name: str = "buck", deal: int = 0
) -> PartScores:
    """Twelve deer in four sightings of one photograph each.

    Scores are normal; a genuine pair's lie so many spreads above the impostors', by each part; None: no patterns.
    """
    draw = np.random.default_rng((number, deal))
    deer = np.repeat(np.arange(DEER), SIGHTINGS) + 100 * number
    genuine = deer[:, None] == np.unique(deer)[None, :]

    def scores(lift: float) -> NDArray[np.int32]:
        drawn: NDArray[np.int32] = np.rint(
            4000 + 500 * (draw.standard_normal(genuine.shape) + lift * genuine)
        ).astype(np.int32)
        return drawn

    return PartScores(
        embedding=scores(embedding),
        pattern=np.full(genuine.shape, NOT_COMPARABLE, np.int32)
        if pattern is None
        else scores(pattern),
        columns=np.unique(deer),
        deer=deer,
        sightings=np.arange(len(deer)) + 1000 * number,
        classes=np.full(len(deer), name),
        deal=deal,
    )


def three(**lifts: float | None) -> list[PartScores]:
    return [fold(number, **lifts) for number in range(3)]  # type: ignore[arg-type]


def test_two_parts_that_know_different_things_both_count() -> None:
    learned = learn(three(embedding=1.5, pattern=1.5), draws=60)
    (finding,) = learned.findings
    weights = learned.of_class[POOLED]
    assert finding.use is Use.BOTH
    assert weights.embedding > 0 and weights.pattern > 0
    assert "both count" in str(finding)


def test_a_pattern_that_says_nothing_is_switched_off_and_that_is_said() -> None:
    learned = learn(three(embedding=1.5, pattern=0.0), draws=60)
    (finding,) = learned.findings
    weights = learned.of_class[POOLED]
    assert finding.use is Use.EMBEDDING
    assert weights.pattern == 0
    assert weights.embedding == weights.alone
    assert "of no use" in str(finding)


def test_an_embedding_that_adds_nothing_leaves_the_pattern_alone() -> None:
    learned = learn(three(embedding=0.0, pattern=2.0), draws=60)
    (finding,) = learned.findings
    weights = learned.of_class[POOLED]
    assert finding.use is Use.PATTERN
    assert weights.embedding == 0 and weights.pattern > 0
    assert weights.alone >= 0, "photographs without a pattern still have their embedding"


def test_a_pattern_without_which_the_ranking_is_worse_is_not_of_no_use() -> None:
    """Both together beat the embedding beyond chance and not the pattern, which beats the embedding by less than chance may."""
    learned = learn(three(embedding=0.4, pattern=0.6), draws=60)
    (finding,) = learned.findings
    assert finding.over_embedding is not None
    low = finding.over_embedding.difference["map"].low
    assert low is not None and low > 0
    assert finding.use is Use.PATTERN
    assert "of no use" not in str(finding)
    assert learned.of_class[POOLED].embedding == 0


def test_without_any_pattern_the_embedding_counts_alone() -> None:
    learned = learn(three(embedding=1.5, pattern=None), draws=20)
    (finding,) = learned.findings
    assert finding.use is Use.EMBEDDING and finding.over_pattern is None
    assert learned.of_class[POOLED].pattern == 0
    assert "too few photographs with a pattern" in str(finding)


def test_each_class_has_its_own_weights_where_it_has_deer_enough() -> None:
    parts = [
        *three(embedding=1.5, pattern=1.5),
        *(fold(number, embedding=1.5, pattern=0.0, name="doe") for number in range(3, 6)),
    ]
    learned = learn(parts, draws=60)
    uses = {finding.classification: finding.use for finding in learned.findings}
    assert uses["buck"] is Use.BOTH
    assert uses["doe"] is Use.EMBEDDING
    assert set(learned.of_class) == {POOLED, "buck", "doe"}


def test_a_small_class_is_served_by_the_weights_of_all() -> None:
    parts = three(embedding=1.5, pattern=1.5)
    few = parts[0].classes.copy()
    few[: 2 * SIGHTINGS] = "fawn"
    parts[0] = replace(parts[0], classes=few)
    assert set(learn(parts, draws=20).of_class) == {POOLED, "buck"}


def test_weights_are_tried_on_deer_that_they_were_not_learned_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each fold's trials are made with weights of its own deal's other folds."""
    seen: list[tuple[int, ...]] = []
    parts = [fold(n, embedding=1.5, pattern=1.5, deal=d) for d in range(2) for n in range(2)]
    number_of = {id(part): number for number, part in enumerate(parts)}
    fitted = learned_weights._fitted

    def noted(chosen: list[PartScores], name: str, use: Use) -> object:
        seen.append(tuple(number_of[id(part)] for part in chosen))
        return fitted(chosen, name, use)

    monkeypatch.setattr(learned_weights, "_fitted", noted)
    learn(parts, draws=20)
    assert set(seen) == {(0, 1, 2, 3), (1,), (0,), (3,), (2,)}
