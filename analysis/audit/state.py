"""State of an audit: its candidate thresholds, and what was judged of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

from analysis.audit.planted_pairs import is_trusted
from analysis.stats.betting_test import Status

if TYPE_CHECKING:
    from analysis.stats.betting_test import Evidence


@dataclass(frozen=True, slots=True)
class CandidateThreshold:
    """A threshold, in score units, and how many sightings it would assign.

    Of a batch: the lowest score of its pairs, and how many they are. So few that all of them are judged are
    `is_judged_whole`.
    """

    threshold: int
    assigned: int
    is_judged_whole: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class JudgedCandidate:
    """A candidate with what has been judged of it so far, in the order of the draw (True: wrong)."""

    candidate: CandidateThreshold
    outcomes: tuple[bool, ...]
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class AuditState:
    """A plan that still holds, candidates high to low. `audited` counts its judgements, each one once.

    Of `planted_shown` wrong pairs that were planted its judges found `planted_missed` right. `batch` is the number of
    a batch, None for the audit of a threshold.
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
    batch: int | None = None

    @property
    def is_trusted(self) -> bool:
        return is_trusted(self.planted_shown, self.planted_missed)

    @property
    def passed(self) -> tuple[JudgedCandidate, ...]:
        """The candidates that are proven: the sequence up to the first that has not passed."""
        if not self.is_trusted:
            return ()
        return tuple(takewhile(lambda item: item.evidence.status is Status.PASSED, self.candidates))
