"""Roll-up of a classifier's answer: from single classes to what is sure enough, an exact class or a wider one. Pure.

As SpeciesNet's ensemble does it (google/cameratrapai, README, "Taxonomic rollup"): where no class is likely enough by itself, the
classes of one kind are taken together, and again, until one of the wider classes is. Buck, doe and fawn are deer; deer
and all other species are animals.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from reid.taxonomy import PARENT, Classification

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class Activation(StrEnum):
    """How a network's numbers become probabilities."""

    SOFTMAX = "softmax"  # one class is the right one: they add up to 1
    SIGMOID = "sigmoid"  # each class is there or not, whatever the others are
    NONE = "none"  # they are probabilities already, of classes that exclude each other


@dataclass(frozen=True, slots=True)
class Answer:
    """A class, how likely it is (0 to 1), and the network's own word for the likeliest class in it."""

    classification: Classification
    probability: float
    word: str


def _depth(classification: Classification) -> int:
    parent = PARENT.get(classification)
    return 0 if parent is None else 1 + _depth(parent)


_DEEPEST: Final = max(map(_depth, Classification))


def probabilities(numbers: NDArray[np.float32], activation: Activation) -> NDArray[np.float64]:
    """A network's answer (n, c) as probabilities of its classes, of the same shape."""
    wide = numbers.astype(np.float64)
    if activation is Activation.NONE:
        return wide
    if activation is Activation.SIGMOID:
        likely: NDArray[np.float64] = 0.5 * (1 + np.tanh(wide / 2))  # overflows nowhere
        return likely
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def roll_up(
    likely: Sequence[float],
    names: Sequence[str],
    classes: Sequence[Classification | None],
    threshold: float,
    *,
    exclusive: bool = True,
) -> Answer | None:
    """The most exact class that is `threshold` likely or more; None where not even an animal is.

    `likely`, `names` and `classes` have one entry for each class of the network; what is of no class here (None: blank) speaks
    for nothing. Probabilities of classes that exclude each other are added up; else it counts that any of them is there.
    """
    parts: defaultdict[Classification, list[int]] = defaultdict(list)
    for index, classification in enumerate(classes):
        if classification is not None:
            parts[classification].append(index)
    for depth in range(_DEEPEST, -1, -1):
        for classification in [item for item in parts if _depth(item) > depth]:
            parts[PARENT[classification]] += parts.pop(classification)
        masses = {
            item: _together((likely[index] for index in indices), exclusive=exclusive)
            for item, indices in parts.items()
        }
        best = max(masses, key=lambda item: masses[item], default=None)
        if best is not None and masses[best] >= threshold:
            word = names[max(parts[best], key=lambda index: likely[index])]
            return Answer(best, masses[best], word)
    return None


def _together(values: Iterable[float], *, exclusive: bool) -> float:
    if exclusive:
        return min(math.fsum(values), 1.0)
    return 1 - math.prod(1 - value for value in values)
