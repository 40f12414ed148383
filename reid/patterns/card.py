"""Card of the pattern matcher: the numbers that a pattern score depends on, and their fingerprint. Pure.

A stored card is what a scorer's specification holds: whoever changes a number here makes another matcher.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from reid.patterns import keypoints

if TYPE_CHECKING:
    from collections.abc import Mapping

RULE: Final = (
    "LNBNN: rank-th nearest photograph of the background is the normaliser; place and scale checked; heaviest company "
    "of matches that fit in pairs (a quarter of the step and 0.015); mean of the best photographs a deer; "
    "1 - exp(-sum / softness)"
)
"""What `reid.patterns.lnbnn` does, in words; covered by the fingerprint. Change it with the code."""


@dataclass(frozen=True, slots=True)
class MatcherCard:
    """Numbers of the matcher.

    Attributes
    ----------
    rank : int
        Which of a background's photographs, by distance, sets the normaliser of a keypoint; 1 is the nearest.
    place : float
        How far a match may lie from its keypoint's own place, each way, as a fraction of the crop.
    scale : float
        By how much the logarithms of two matched diameters may differ.
    best : int
        Photographs of a deer of which its score is the mean.
    softness : float
        Sum of margins at which a score is 1 - 1/e.
    shortlist : int
        References of one deer that are compared where the gallery is too large for all of them.
    exact_below : int
        References of one flank in the gallery below which all of them are compared.
    name, version : str
        Of the matcher.
    """

    rank: int = 6
    place: float = 0.25
    scale: float = 0.7
    best: int = 3
    softness: float = 1.0
    shortlist: int = 4
    exact_below: int = 5000
    name: str = "pattern"
    version: str = "1"

    def __post_init__(self) -> None:
        if min(self.rank, self.best, self.shortlist) < 1 or min(self.place, self.scale) <= 0:
            raise ValueError("rank, best and shortlist are 1 or more, place and scale above 0")
        if not self.softness > 0:
            raise ValueError("softness is above 0")

    def to_json(self) -> dict[str, Any]:
        """This card for a specification, with the rule and the extractor in words."""
        return asdict(self) | {"rule": RULE, "extractor": keypoints.SPECIFICATION}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The card of a specification. Raises ValueError where this version works in another way."""
        if (data.get("rule"), data.get("extractor")) != (RULE, keypoints.SPECIFICATION):
            raise ValueError(OTHER_VERSION)
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})

    def fingerprint(self, background: str) -> str:
        """SHA-256, as 64 hex digits, of everything that moves a score but references: card, rule, extractor, background."""
        facts = self.to_json() | {"background": background}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


OTHER_VERSION: Final = (
    "This version finds or matches keypoints in another way than that matcher was made with: draw a new background, "
    "which makes a new matcher."
)
