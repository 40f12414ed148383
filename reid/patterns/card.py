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

_UNSCALED: Final = (
    "LNBNN: rank-th nearest photograph of the background is the normaliser; place and scale checked; heaviest company "
    "of matches that fit in pairs (a quarter of the step and 0.015); mean of the best photographs a deer; "
    "1 - exp(-sum / softness)"
)
_SCALED: Final = _UNSCALED.replace("sum /", "sum / spread /") + (
    "; spread: root of the mean of two squares, of the base and of the deer's own (10 photographs or more); own: standard "
    "deviation of what `probes` photographs of the background, none of the deer or of an encounter with it, have against "
    "its references, each cut at 8 bases; base: standard deviation, less the highest 2 %, of the probes' sums with each "
    "other; 0.01 at least"
)
RULES: Final = {"1": _UNSCALED, "2": _SCALED}
"""What `reid.patterns.lnbnn` and `reid.patterns.spreads` do, in words, by the card's version; covered by the fingerprint.
Change them with the code. Scorers of version 1, which divided by no spread, score on as they did."""

_FIRST: Final = "1"


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
        Sum of margins at which a score is 1 - 1/e, in spreads of its deer (version 1: as it is).
    shortlist : int
        References of one deer that are compared where the gallery is too large for all of them.
    exact_below : int
        References of one flank in the gallery below which all of them are compared.
    probes : int
        Photographs of the background, at most, that say how far sums spread by chance; 0: sums are divided by nothing.
    name, version : str
        Of the matcher; the version is a key of RULES.
    """

    rank: int = 6
    place: float = 0.25
    scale: float = 0.7
    best: int = 3
    softness: float = 16.0
    shortlist: int = 4
    exact_below: int = 5000
    probes: int = 192
    name: str = "pattern"
    version: str = "2"

    def __post_init__(self) -> None:
        if min(self.rank, self.best, self.shortlist) < 1 or min(self.place, self.scale) <= 0:
            raise ValueError("rank, best and shortlist are 1 or more, place and scale above 0")
        if not self.softness > 0:
            raise ValueError("softness is above 0")
        if self.probes < 0:
            raise ValueError("probes is 0 or above 0")

    def to_json(self) -> dict[str, Any]:
        """This card for a specification, with the rule and the extractor in words."""
        numbers = asdict(self)
        if self.version == _FIRST:
            del numbers["probes"]  # what it did not have moves no fingerprint
        return numbers | {"rule": RULES[self.version], "extractor": keypoints.SPECIFICATION}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The card of a specification. Raises ValueError where this version works in another way."""
        rule = RULES.get(data.get("version", ""))
        if (data.get("rule"), data.get("extractor")) != (rule, keypoints.SPECIFICATION):
            raise ValueError(OTHER_VERSION)
        known = {"probes": 0} | dict(data) if data["version"] == _FIRST else data
        return cls(**{name: known[name] for name in cls.__dataclass_fields__})

    def fingerprint(self, background: str) -> str:
        """SHA-256, as 64 hex digits, of everything that moves a score but references: card, rule, extractor, background."""
        facts = self.to_json() | {"background": background}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


OTHER_VERSION: Final = (
    "This version finds or matches keypoints in another way than that matcher was made with: draw a new background, "
    "which makes a new matcher."
)
