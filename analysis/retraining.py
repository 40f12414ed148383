"""When fitting an embedding to the herd anew is worth it, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MIN_DEER: Final = 30
"""Deer known in two sightings or more below which there is too little to learn from."""
MIN_NEW: Final = 5
GROWTH: Final = 0.25
"""Share by which the deer that could be learned from must have grown since the space was made."""

NEW_DEER: Final = (
    "{new} of {trainable} deer with two known sightings became known after it was made"
)
RATE_FELL: Final = "the assignment rate has fallen"
SCORES_DRIFTED: Final = "the scores have drifted"
ADVICE: Final = "A new fit of the embedding is worth its time, because {why}: run train_embedding."


@dataclass(frozen=True, slots=True)
class Learning:
    """`trainable` deer are known, from people, in two sightings or more; `new` of them since the space was made."""

    trainable: int
    new: int


def advice(learning: Learning, *, has_fallen: bool, has_drifted: bool) -> str:
    """The reason for training again, in a sentence; empty where it would not help.

    Without new deer there is nothing new to learn, whatever the scores do.
    """
    if learning.trainable < MIN_DEER or not learning.new:
        return ""
    reasons = []
    if learning.new >= max(MIN_NEW, GROWTH * (learning.trainable - learning.new)):
        reasons.append(NEW_DEER.format(new=learning.new, trainable=learning.trainable))
    if has_fallen:
        reasons.append(RATE_FELL)
    if has_drifted:
        reasons.append(SCORES_DRIFTED)
    return ADVICE.format(why=" and ".join(reasons)) if reasons else ""
