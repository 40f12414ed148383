"""Types of the recommendation: its situation, which is all that a verdict rests on, and the verdict. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from analysis.recommendation.fpir_gate import FpirGate, More
from reid.strata import left_for_review

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from analysis.audit.state import AuditState, CandidateThreshold
    from analysis.labels.cost import LabelCost
    from analysis.recommendation.ranked_review import RankedReview
    from reid.strata import Stratum

MIN_ASSIGNED: Final = 50
"""Assignments below which a threshold is of no use, and an audit of it no economy."""
ALPHA_FDP: Final = 0.05
ALPHAS_FDP: Final = (0.02, 0.05, 0.10)


class Verdict(StrEnum):
    INVALID_DATA = "INVALID_DATA"
    INSUFFICIENT_EVIDENCE = "INSUFFICIENT_EVIDENCE"
    AUDIT_NEEDED = "AUDIT_NEEDED"
    RECOMMEND_BATCH = "RECOMMEND_BATCH"
    NO_USABLE_THRESHOLD = "NO_USABLE_THRESHOLD"
    KEEP_CURRENT = "KEEP_CURRENT"
    RECOMMEND = "RECOMMEND"


@dataclass(frozen=True, slots=True)
class Active:
    """The threshold in force, in score units; `is_proven`: by an audit of this very herd as it stands.

    `only` is the stratum of sightings that it assigns, None: all.
    """

    threshold: int
    is_approved: bool = False
    is_proven: bool = False
    only: Stratum | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BatchSituation:
    """What a batch rests on. `number` is that of the next plan, `scores` those of the pairs that it could freeze.

    `unfinished` is the batch that is open, or certified and not assigned, with how many pairs are `certified`;
    `failed` is the newest batch, where that has failed and nothing was asked since, and `failed_share` the share
    of the pairs that its smallest candidate was.
    """

    number: int
    scores: NDArray[np.int32]
    unfinished: AuditState | None = None
    certified: str = ""
    failed: AuditState | None = None
    failed_share: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """All that a verdict rests on. `assigned(t)` are the scores of what a run at t would assign.

    `stratum` are the sightings that `gate` and `assigned` are about, None: all; `left` unreviewed sightings are of the
    other stratum. Where the threshold in force is for another one, `of_active` are the gate of that and what it assigns.
    `eligible` counts the unreviewed eligible sightings, which are what it assigns; `faults` are sentences
    that say why the data cannot be trusted. `batch` is None where no batch is to be thought of. `labels` are the
    doubts about labels that stand open, and what they cost: they decide nothing.
    """

    gate: FpirGate
    assigned: Callable[[int], NDArray[np.int32]]
    eligible: int
    active: Active
    alpha_fdp: float = ALPHA_FDP
    audit: AuditState | None = None
    faults: Sequence[str] = ()
    review: RankedReview | None = None
    warnings: Sequence[str] = ()
    batch: BatchSituation | None = None
    labels: LabelCost | None = None
    stratum: Stratum | None = None
    left: int = 0
    of_active: tuple[FpirGate, int] | None = None

    @property
    def assigned_by_active(self) -> int:
        """The number of unreviewed sightings that the threshold in force assigns."""
        return self.of_active[1] if self.of_active else len(self.assigned(self.active.threshold))

    @property
    def left_for_review(self) -> str:
        """The sentence on the sightings that a threshold found here does not assign; empty where there are none."""
        if self.stratum is None or self.gate.threshold is None:
            return ""
        return left_for_review(self.stratum)

    def fdp_forecast(self, threshold: int) -> float | None:
        """FDP at most, if strangers are like the enrolled deer: at most every decoy is a wrong assignment.

        Shown and never a gate. None where nothing is assigned, or where there is no decoy.
        """
        assigned = len(self.assigned(threshold))
        if not assigned or not self.gate.trials:
            return None
        return min(1.0, self.gate.upper(threshold) * (self.eligible - self.left) / assigned)


@dataclass(frozen=True, slots=True)
class OfferedCandidate:
    """A share of a batch's pairs: `pairs` of score `threshold` and above.

    `judgements` certify it with 0, 1 and 2 errors among them; None where so many are too many.
    """

    threshold: int
    pairs: int
    share: float
    judgements: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class BatchOffer:
    """A batch that may be opened: which plan of the store it would be, at what risk, of how many pairs."""

    number: int
    risk: float
    pairs: int
    candidates: tuple[OfferedCandidate, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Recommendation:
    """`threshold` in score units is set for RECOMMEND and KEEP_CURRENT alone: only those may be applied.

    `batch` is set for RECOMMEND_BATCH while none is under way.
    """

    verdict: Verdict
    reason: str
    situation: Situation
    threshold: int | None = None
    candidates: tuple[CandidateThreshold, ...] = ()
    more: More = field(default_factory=More)
    batch: BatchOffer | None = None
