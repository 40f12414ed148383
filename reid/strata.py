"""Strata of sightings under a fused scorer: those that patterns help to decide, and those that the embedding alone does. Pure.

The two kinds of scores stand in one ranking, but how often a stranger reaches a score may differ between them. So
strangers are bounded in each, and a threshold may be for one of them alone.
"""

from __future__ import annotations

from enum import StrEnum


class Stratum(StrEnum):
    """Stratum of a sighting: whether any of its detections has a pattern score."""

    WITH_PATTERN = "with_pattern"
    WITHOUT_PATTERN = "without_pattern"

    @classmethod
    def of(cls, has_pattern: bool) -> Stratum:
        """The stratum of a sighting, by whether one of its detections has a pattern score."""
        return cls.WITH_PATTERN if has_pattern else cls.WITHOUT_PATTERN

    @property
    def other(self) -> Stratum:
        """The stratum that a threshold for this one alone leaves for review."""
        return Stratum.of(self is Stratum.WITHOUT_PATTERN)

    @property
    def words(self) -> str:
        """Its sightings, in words."""
        return f"sightings {self.value.replace('_', ' a ')}"


def left_for_review(stratum: str) -> str:
    """The sentence on what a threshold leaves alone; empty where it is for all sightings.

    Examples
    --------
    >>> left_for_review("with_pattern")
    'Sightings without a pattern are left for review: their false names cannot be bounded.'
    >>> left_for_review("")
    ''
    """
    if not stratum:
        return ""
    left = Stratum(stratum).other.words
    return f"{left.capitalize()} are left for review: their false names cannot be bounded."
