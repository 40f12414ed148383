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
    """A multinomial logistic regression on standardised embeddings.

    Attributes
    ----------
    flanks : tuple of str, length c
        The classes, sorted.
    mean, scale : ndarray of float64, shape (d,)
        By which embeddings are standardised.
    weights : ndarray of float64, shape (d + 1, c)
        Of the standardised embedding and 1.
    """

    flanks: tuple[str, ...]
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def fit(cls, vectors: NDArray[np.float32], flanks: Sequence[str]) -> Self:
        """The model of known photographs.

        Parameters
        ----------
        vectors : ndarray of float32, shape (n, d)
            Embeddings.
        flanks : sequence of str, length n
            The flank of each, at least two different ones.

        Returns
        -------
        Model
            The minimum of the mean log loss plus PENALTY / 2 times the squared weights, but for those of 1. The
            problem is convex, so the same photographs give the same model (L-BFGS-B, scipy).

        Examples
        --------
        Embeddings of one number, 1 for the left flank and -1 for the right one:

        >>> vectors = np.array([[1.0], [1.0], [-1.0], [-1.0]], np.float32)
        >>> model = Model.fit(vectors, ["left", "left", "right", "right"])
        >>> model.flanks, model.guess(np.array([[9.0], [-9.0], [0.0]], np.float32))
        (('left', 'right'), ['left', 'right', 'unknown'])
        """
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
        """Guesses of flanks.

        Parameters
        ----------
        vectors : ndarray of float32, shape (n, d)
            Embeddings.

        Returns
        -------
        list of str, length n
            The flank where its probability is SURE or more, else unknown.
        """
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
    """The quality of guesses on deer that the model has not seen.

    Attributes
    ----------
    known, groups : int
        Photographs of known flank, and the deer (encounters, where the deer is unknown) that they are of.
    guessed, right : int
        How many of them were guessed, and how many of those rightly.
    balanced_accuracy : float
        Mean over the flanks of the share of right ones among the guessed; 0 for a flank that is never guessed.
    """

    known: int
    groups: int
    guessed: int
    right: int
    balanced_accuracy: float

    @property
    def suffices(self) -> bool:
        """Whether guesses are good enough to be stored."""
        return self.balanced_accuracy >= NEEDED


def learnable(flanks: Sequence[str], deer: Sequence[Hashable]) -> set[str]:
    """The flanks that can be learned.

    Parameters
    ----------
    flanks : sequence of str, length n
        Known flanks; unknown is none.
    deer : sequence of hashable, length n
        Deer of each photograph; its encounter, where the deer is unknown.

    Returns
    -------
    set of str
        Flanks with at least LEAST photographs of at least LEAST_DEER deer.

    Raises
    ------
    TooFewFlanks
        Where those are less than two.

    Examples
    --------
    >>> sorted(learnable(["left"] * 40 + ["right"] * 40 + ["front"], [*range(40), *range(40), 0]))
    ['left', 'right']
    """
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

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, d)
        Embeddings.
    flanks : sequence of str, length n
        The flank of each.
    deer : sequence of hashable, length n
        The deer of each. Deer are dealt to FOLDS folds by their number of photographs, which makes folds of like
        size and needs no chance.

    Returns
    -------
    FlankAccuracy
        Over all folds.

    Examples
    --------
    Ten deer, a left and a right photograph of each, which differ clearly:

    >>> vectors = np.array([[1.0] * 64, [-1.0] * 64] * 10, np.float32)
    >>> quality = measure(vectors, ["left", "right"] * 10, np.arange(10).repeat(2).tolist())
    >>> quality.guessed, quality.right, quality.balanced_accuracy
    (20, 20, 1.0)
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
