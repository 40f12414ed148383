"""State of an audit: its candidate thresholds, and what was judged of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.audit.planted_pairs import is_trusted

if TYPE_CHECKING:
    from analysis.stats.betting_test import Evidence


@dataclass(frozen=True, slots=True)
class CandidateThreshold:
    """A threshold, in score units, and how many sightings it would assign."""

    threshold: int
    assigned: int


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """A candidate with what has been judged of it so far, in the order of the draw (True: wrong)."""

    candidate: CandidateThreshold
    outcomes: tuple[bool, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AuditState:
    """A plan that still holds, candidates high to low. `audited` counts its judgements, each one once.

    Of `planted_shown` wrong pairs that were planted its judges found `planted_missed` right.
    """

    plan: str
    population: int
    alpha: float
    risk: float
    candidates: tuple[JudgedCandidate, ...]
    audited: int
    cannot_tell: int = 0
    second_looks: int = 0
    planted_shown: int = 0
    planted_missed: int = 0

    @property
    def is_trusted(self) -> bool:
        return is_trusted(self.planted_shown, self.planted_missed)
