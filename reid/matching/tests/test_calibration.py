"""Calibration: monotone, one scale for pairs with and without a pattern score, and weights that are learned."""

from __future__ import annotations

import numpy as np
import pytest

from reid.matching.calibration import (
    Calibration,
    ImpostorScores,
    Weights,
    fit,
    impostor_scores,
    squashed,
)
from reid.matching.similarity import NOT_COMPARABLE

PLAIN = Weights(embedding=1.0, pattern=0.0, intercept=0.0, alone=1.0, alone_intercept=0.0)
MARKED = Weights(embedding=0.5, pattern=1.0, intercept=-1.0, alone=1.0, alone_intercept=0.0)


def calibration(**of_class: Weights) -> Calibration:
    impostors = ImpostorScores(5000.0, 1000.0, pattern_scale=0.5)
    return Calibration(impostors, {"any": MARKED, **of_class}, "test")


def units(*values: int) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    return np.array([values], np.int32)


def test_a_better_part_never_makes_a_pair_worse() -> None:
    of = calibration()
    scale = np.linspace(0, 10_000, 60).astype(np.int32)
    embedding, pattern = (part.astype(np.int32) for part in np.meshgrid(scale, scale))
    scores = of.score(embedding, pattern, ["doe"] * 60)
    assert (np.diff(scores, axis=0) >= 0).all() and (np.diff(scores, axis=1) >= 0).all()
    assert scores.min() >= 0 and scores.max() <= 10_000


def test_a_class_has_its_own_weights_and_others_the_common_ones() -> None:
    of = calibration(doe=PLAIN)
    pair = units(6000), units(9000)
    # one spread above the middle: log odds 1, and 0.5 + 0.5 / 5
    assert of.score(*pair, ["doe"]).tolist() == [[6000]]
    # 0.5 + 1 x 2.302585 / 0.5 - 1 = 4.10517, and 0.5 + 0.5 x 4.10517 / 8.10517
    assert of.score(*pair, ["buck"]).tolist() == [[7532]]


def test_without_a_pattern_score_the_embedding_stands_alone() -> None:
    assert calibration().score(units(7000), units(NOT_COMPARABLE), ["buck"]).tolist() == [[6667]]


def test_what_the_embedding_cannot_compare_is_not_comparable() -> None:
    found = calibration().score(units(NOT_COMPARABLE), units(9000), ["buck"])
    assert found.tolist() == [[NOT_COMPARABLE]]


def test_each_detection_needs_its_class() -> None:
    with pytest.raises(ValueError, match="class"):
        calibration().score(units(1), units(1), [])


def test_it_is_the_same_again_from_its_json() -> None:
    of = calibration(doe=PLAIN)
    again = Calibration.from_json(of.to_json())
    assert again == of and again.fingerprint == of.fingerprint
    assert again.fingerprint != calibration().fingerprint


@pytest.mark.parametrize("wrong", [{"scale": 0.0}, {"pattern_scale": 0.0}, {"of_class": {}}])
def test_a_calibration_that_could_score_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Calibration.from_json(calibration().to_json() | wrong)


def test_a_better_score_must_not_weigh_against_a_pair() -> None:
    with pytest.raises(ValueError, match="less likely"):
        Weights(-0.1, 0.0, 0.0, 1.0, 0.0)


def test_high_scores_do_not_run_into_one() -> None:
    scores = squashed(np.arange(0.0, 20.0, 0.1))
    assert len(set(scores.tolist())) == len(scores)


def test_the_spread_is_never_nothing() -> None:
    none = np.array([], np.int32)
    of = impostor_scores(np.array([5000, 5000, 5000], np.int32), none)
    assert of == ImpostorScores(5000.0, 1.0, 1.0)
    assert impostor_scores(units(5000), units(0, 0)).pattern_scale == 0.01
    with pytest.raises(ValueError, match="no scores"):
        impostor_scores(units(NOT_COMPARABLE), none)


def test_a_calibration_of_before_evidence_was_measured_scores_as_it_did() -> None:
    written = calibration().to_json()
    del written["pattern_scale"]
    # 0.5 + 1 x 2.302585 - 1 = 1.802585, and 0.5 + 0.5 x 1.802585 / 5.802585
    again = Calibration.from_json(written)
    assert again.score(units(6000), units(9000), ["buck"]).tolist() == [[6553]]


def test_a_part_that_says_nothing_weighs_next_to_nothing() -> None:
    generator = np.random.default_rng(0)
    genuine = np.arange(2000) < 500
    z = generator.normal(size=2000) + 2.0 * genuine
    noise = generator.uniform(0, 2, 2000)
    found = fit(z, noise, genuine)
    assert found.embedding > 1.0
    assert found.pattern < 0.1


def test_a_part_that_separates_better_weighs_more() -> None:
    generator = np.random.default_rng(0)
    genuine = np.arange(2000) < 500
    z = generator.normal(size=2000)
    strength = generator.uniform(0, 0.4, 2000) + 1.0 * genuine
    found = fit(z, strength, genuine)
    assert found.pattern > 1.0
    assert found.embedding < 0.1


def test_weights_need_genuine_pairs_and_impostors() -> None:
    with pytest.raises(ValueError, match="impostors"):
        fit(np.zeros(3), np.zeros(3), np.ones(3, bool))
