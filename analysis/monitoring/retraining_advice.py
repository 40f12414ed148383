"""Advice on retraining: whether fitting an embedding to the herd anew is worth it, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIN_NEW: Final = 5
GROWTH: Final = 0.25
"""Share by which the deer that could be learned from must have grown since the last training."""

NEW_DEER: Final = (
    "{new} of {trainable} deer with two known sightings have taken no part in a training of it"
)
RATE_HAS_FALLEN: Final = "the assignment rate has fallen"
SCORES_HAVE_DRIFTED: Final = "the scores have drifted"
ADVICE: Final = "A new fit of the embedding is worth its time, because {why}: run train_embedding."


@dataclass(frozen=True, slots=True)
class Learning:
    """`trainable` deer are known, from people, in two sightings or more; `new` of them since the last training.

    `needed` are enough for a training to help.
    """

    trainable: int
    new: int
    needed: int


def advice(learning: Learning, *, has_fallen: bool, has_drifted: bool) -> str:
    """The reason for training again, in a sentence; empty where it would not help.

    Without new deer there is nothing new to learn, whatever the scores do.
    """
    if learning.trainable < learning.needed or not learning.new:
        return ""
    reasons = []
    if learning.new >= max(MIN_NEW, GROWTH * (learning.trainable - learning.new)):
        reasons.append(NEW_DEER.format(new=learning.new, trainable=learning.trainable))
    if has_fallen:
        reasons.append(RATE_HAS_FALLEN)
    if has_drifted:
        reasons.append(SCORES_HAVE_DRIFTED)
    return ADVICE.format(why=" and ".join(reasons)) if reasons else ""
