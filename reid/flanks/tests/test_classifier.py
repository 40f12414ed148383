"""Flank classifier on vectors whose first number decides the flank, or does not."""

from __future__ import annotations

import numpy as np
import pytest

from reid.flanks import classifier
from reid.flanks.classifier import Model, TooFewFlanks, learnable, measure


@pytest.fixture(autouse=True)
def few_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "PENALTY", 0.001)  # the default is for a thousand


def photographs(
    strength: float, deer: int = 20, each: int = 6, seed: int = 0
) -> tuple[np.ndarray, list[str], list[str]]:
    """Noise in 8 dimensions, with +-`strength` in the first for left and right."""
    chance = np.random.default_rng(seed)
    flanks = [("left", "right")[number % 2] for number in range(deer * each)]
    of = [f"deer {number // each}" for number in range(deer * each)]
    rows = chance.normal(size=(deer * each, 8))
    rows[:, 0] += [strength if flank == "left" else -strength for flank in flanks]
    return rows.astype(np.float32), flanks, of


def test_what_tells_the_flank_is_learned_and_measured_on_other_deer() -> None:
    vectors, flanks, deer = photographs(3.0)
    accuracy = measure(vectors, flanks, deer)
    assert (accuracy.known, accuracy.groups) == (120, 20)
    assert accuracy.guessed > 90
    assert accuracy.balanced_accuracy > 0.97
    assert accuracy.suffices
    fresh, truth, _ = photographs(3.0, seed=1)
    guesses = Model.fit(vectors, flanks).guess(fresh)
    sure = [pair for pair in zip(guesses, truth, strict=True) if pair[0] != "unknown"]
    assert len(sure) > 90
    assert sum(one == other for one, other in sure) / len(sure) > 0.97


def test_noise_is_never_good_enough() -> None:
    assert not measure(*photographs(0.0)).suffices


def test_a_model_that_knows_the_deer_by_heart_does_not_pass() -> None:
    """One direction a deer and flank: told at once for a deer that was seen, and by nothing for another."""
    rows = np.eye(40, dtype=np.float32).repeat(4, axis=0)
    flanks = [("left", "right")[number // 4 % 2] for number in range(160)]
    deer = [number // 8 for number in range(160)]
    seen = Model.fit(rows, flanks).guess(rows)
    assert all(one in (two, "unknown") for one, two in zip(seen, flanks, strict=True))
    assert not measure(rows, flanks, deer).suffices


def test_it_is_sure_or_says_nothing() -> None:
    vectors, flanks, _ = photographs(3.0)
    model = Model.fit(vectors, flanks)
    far, between = np.zeros((1, 8), np.float32), np.zeros((1, 8), np.float32)
    far[0, 0] = 9
    assert model.guess(far) == ["left"]
    assert model.guess(-far) == ["right"]
    assert model.guess(between) == ["unknown"]
    assert model.guess(far[:0]) == []


def test_the_same_photographs_give_the_same_answer_in_any_order() -> None:
    vectors, flanks, deer = photographs(1.0)
    order = np.random.default_rng(3).permutation(len(flanks))
    again = measure(vectors[order], [flanks[i] for i in order], [deer[i] for i in order])
    assert again == measure(vectors, flanks, deer)


def test_two_flanks_are_needed_of_enough_photographs_and_deer() -> None:
    _, flanks, deer = photographs(1.0)
    assert learnable(flanks, deer) == {"left", "right"}
    assert learnable([*flanks, "front"], [*deer, "x"]) == {"left", "right"}
    for few in (
        (["left"] * 120, deer),
        (flanks[: 2 * classifier.LEAST - 2], deer[: 2 * classifier.LEAST - 2]),
        (flanks, ["the same"] * 120),
        ([], []),
    ):
        with pytest.raises(TooFewFlanks, match=classifier.TOO_FEW[:40]):
            learnable(*few)
