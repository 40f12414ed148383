"""Flank classifier: the flank that an embedding shows, learned from known ones, measured on other deer.

Multinomial logistic regression on standardised embeddings with an L2 penalty: a convex problem, so the same
photographs give the same answer. Pure numpy and scipy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

LEAST: Final = 40
"""Known photographs of a flank from which it can be learned."""
LEAST_DEER: Final = 10
"""Deer (encounters, where the deer is unknown) that they must be of."""
SURE: Final = 0.9
"""A guess is made where the model gives one flank at least this probability."""
NEEDED: Final = 0.9
"""Balanced accuracy that sure guesses must reach on deer that the model has not seen."""
FOLDS: Final = 5
PENALTY: Final = 0.1
"""For embeddings of a thousand numbers and as many photographs; weaker ones were surer and less often right."""

TOO_FEW: Final = f"Guessing takes {LEAST} known photographs of each of two flanks, of {LEAST_DEER} deer: set more in review."
TOO_WEAK: Final = (
    "Sure guesses on deer not seen before reach a balanced accuracy of {accuracy:.1%}, {needed:.0%} are needed: "
    "nothing is guessed in this space."
)


class TooFewFlanks(ValueError):
    """Not enough is known to learn from; str() says what is needed."""


@dataclass(frozen=True, slots=True)
class Model:
    """`weights` (d + 1, c) of standardised embeddings and 1; `flanks` are the classes, sorted."""

    flanks: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], flanks: Sequence[str]) -> Self:
        """Of rows (n, d) and the flank of each; at least two different ones."""
        # Here because it takes longer to load than most of what imports this runs.
        from scipy.optimize import minimize

        names = tuple(sorted(set(flanks)))
        rows = vectors.astype(np.float64)
        mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        inputs = _with_one((rows - mean) / scale)
        truth = np.array([[flank == name for name in names] for flank in flanks], np.float64)
        shape = (inputs.shape[1], len(names))

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            weights = flat.reshape(shape)
            chances = _softmax(inputs @ weights)
            penalty = 0.5 * PENALTY * float((weights[:-1] ** 2).sum())
            surprise = -float(np.log(np.maximum((chances * truth).sum(axis=1), 1e-300)).mean())
            slope = inputs.T @ (chances - truth) / len(rows)
            slope[:-1] += PENALTY * weights[:-1]
            return surprise + penalty, slope.ravel()

        solution = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B")
        return cls(names, mean, scale, solution.x.reshape(shape))

    def guess(self, vectors: NDArray[np.float32]) -> list[str]:
        """The flank of each row where it is sure, else unknown."""
        if not len(vectors):
            return []
        rows = (vectors.astype(np.float64) - self.mean) / self.scale
        chances = _softmax(_with_one(rows) @ self.weights)
        best = chances.argmax(axis=1)
        sure = chances.max(axis=1) >= SURE
        return [
            self.flanks[column] if is_sure else "unknown"
            for column, is_sure in zip(best.tolist(), sure.tolist(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class FlankAccuracy:
    """Accuracy on unseen deer: how many of the `known` photographs of `deer` deer were `guessed`,
    how many of those rightly, and the mean share of right ones over the flanks (0 where one is never guessed).
    """

    known: int
    deer: int
    guessed: int
    right: int
    balanced_accuracy: float

    @property
    def suffices(self) -> bool:
        return self.balanced_accuracy >= NEEDED


def learnable(flanks: Sequence[str], deer: Sequence[Hashable]) -> set[str]:
    """The flanks that enough is known of. Raises TooFewFlanks where those are not two."""
    known_flanks = {
        name
        for name in set(flanks) - {"unknown"}
        if flanks.count(name) >= LEAST
        and len({one for one, flank in zip(deer, flanks, strict=True) if flank == name})
        >= LEAST_DEER
    }
    if len(known_flanks) < 2:
        raise TooFewFlanks(TOO_FEW)
    return known_flanks


def measure(
    vectors: NDArray[np.float32], flanks: Sequence[str], deer: Sequence[Hashable]
) -> FlankAccuracy:
    """Cross-validation: each deer's photographs are guessed by a model that never saw that deer.

    Of those guessed, each true flank's share of right ones is taken, and their mean. Deer are dealt to the
    folds by their number of photographs, which makes folds of like size and needs no chance.
    """
    order = sorted(set(deer), key=lambda one: (-deer.count(one), str(one)))
    fold_of = {one: number % FOLDS for number, one in enumerate(order)}
    folds = np.array([fold_of[one] for one in deer])
    truth = np.array(flanks)
    guesses = np.full(len(flanks), "unknown")
    for fold in range(FOLDS):
        apart = folds == fold
        model = Model.fit(vectors[~apart], truth[~apart].tolist())
        guesses[apart] = model.guess(vectors[apart])
    is_guess = guesses != "unknown"
    right = is_guess & (guesses == truth)
    shares = [
        right[is_guess & (truth == name)].mean() if (is_guess & (truth == name)).any() else 0.0
        for name in sorted(set(flanks))
    ]
    return FlankAccuracy(
        len(truth), len(order), int(is_guess.sum()), int(right.sum()), float(np.mean(shares))
    )


def _with_one(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hstack([rows, np.ones((len(rows), 1))])


def _softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return chances
