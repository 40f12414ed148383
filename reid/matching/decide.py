"""Decision rule: a sighting's scores assign it to one deer, or rank its candidates for a person. Pure numpy.

The frame is what makes this more than a maximum: two animals on one photograph are two deer, so the
sightings that share frames are decided together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reid.matching.similarity import Key
    from reid.strata import Stratum

SHOWN: Final = 5
"""Candidates that a ranking shows."""


class DecisionOutcome(StrEnum):
    """Outcome of a decision; the same values as the decision log's."""

    ASSIGNED = "assigned"
    BELOW_THRESHOLD = "below_threshold"
    RANKED = "ranked"
    FRAME_CONFLICT = "frame_conflict"
    UNBOUNDED = "unbounded"
    NO_REFERENCE = "no_reference"
    NO_ELIGIBLE = "no_eligible"
    NO_EMBEDDING = "no_embedding"
    REVIEWED = "reviewed"
    CERTIFIED = "certified"


@dataclass(frozen=True, slots=True)
class Probe:
    """One sighting to decide on.

    Attributes
    ----------
    sighting : UUID or str
        Its id.
    frames : frozenset of UUID or str
        The images it is on.
    scores : ndarray of int32, shape (n_deer,), or None
        In score units, negative where not comparable; None where no detection of it is embedded.
    eligible : ndarray of bool, shape (n_deer,)
        Whether neither sex nor life span rules the deer out.
    known : frozenset of UUID or str
        Its settled deer, enrolled or not: reviewed, imported, or certified for a batch.
    is_certified : bool
        Whether they were certified, and neither a person nor an import gave one.
    stratum : Stratum or None
        Whether a pattern score helps to decide it; None under scorers that have no patterns beside embeddings.
    """

    sighting: Key
    frames: frozenset[Key]
    scores: NDArray[np.int32] | None
    eligible: NDArray[np.bool_]
    known: frozenset[Key] = field(default=frozenset())
    is_certified: bool = False
    stratum: Stratum | None = None

    def is_left(self, only: Stratum | None) -> bool:
        """Whether a threshold for one stratum leaves it for review.

        Parameters
        ----------
        only : Stratum or None
            The stratum that the threshold is for; None: all sightings.

        Returns
        -------
        bool
        """
        return only is not None and self.stratum is not only

    @property
    def settled(self) -> DecisionOutcome:
        """The outcome where its deer is known."""
        return DecisionOutcome.CERTIFIED if self.is_certified else DecisionOutcome.REVIEWED


@dataclass(frozen=True, slots=True)
class SightingDecision:
    """The decision on one sighting.

    Attributes
    ----------
    sighting : UUID or str
        Its id.
    outcome : DecisionOutcome
        Why the decision is what it is.
    deer, score : UUID or str, and int; or None
        The assigned deer with its score in score units; else the best candidate.
    margin : int or None
        The best score less the second; None without a second.
    candidates : tuple of (UUID or str, int)
        Up to SHOWN eligible deer with their scores, best first.
    """

    sighting: Key
    outcome: DecisionOutcome
    deer: Key | None
    score: int | None
    margin: int | None
    candidates: tuple[tuple[Key, int], ...]


def decide(
    probes: Sequence[Probe],
    deer: Sequence[Key],
    threshold: int | None,
    only: Stratum | None = None,
) -> list[SightingDecision]:
    """The decisions on some sightings. All sightings of a frame must be in one call.

    Two animals on one photograph are two deer, so sightings that share frames, directly or through others, are
    decided together. Pairs that are ineligible, not comparable or below the threshold are struck out, known
    identities on a shared frame reserve their deer, and what is left is matched one to one for the highest total
    (the assignment problem, scipy's linear_sum_assignment). Ties go to the deer that comes first in `deer`, for the
    sighting whose id sorts first.

    Parameters
    ----------
    probes : sequence of Probe
        The sightings.
    deer : sequence of UUID or str, length n_deer
        Columns of their scores.
    threshold : int or None
        In score units; a score at it is matched. None: everything is only ranked.
    only : Stratum or None
        The threshold assigns sightings of this stratum alone, since strangers are not bounded among the others; those
        are left for review. None: it assigns all.

    Returns
    -------
    list of SightingDecision
        One a sighting, in the order given.

    Examples
    --------
    Two animals of one frame. Both are most like ada, but a total of 9000 + 7500 is more than 8000 + 7000:

    >>> both = np.array([True, True])
    >>> probes = [
    ...     Probe("s1", frozenset({"frame"}), np.array([9000, 7000], np.int32), both),
    ...     Probe("s2", frozenset({"frame"}), np.array([8000, 7500], np.int32), both),
    ... ]
    >>> [(item.sighting, item.deer, item.score) for item in decide(probes, ["ada", "bea"], 6000)]
    [('s1', 'ada', 9000), ('s2', 'bea', 7500)]

    At 7501 the second one is left without a deer, though its best score is above the threshold:

    >>> decide(probes, ["ada", "bea"], 7501)[1].outcome.value
    'frame_conflict'
    """
    chosen: dict[Key, int] = {}
    if threshold is not None:
        for group in _sharing_frames(probes):
            chosen |= _one_to_one(group, deer, threshold, only)
    return [_verdict(probe, deer, threshold, only, chosen.get(probe.sighting)) for probe in probes]


def _sharing_frames(probes: Sequence[Probe]) -> list[list[Probe]]:
    """Groups of sightings connected by shared frames, each sorted by sighting."""
    leader = list(range(len(probes)))

    def find(item: int) -> int:
        while leader[item] != item:
            leader[item] = item = leader[leader[item]]
        return item

    first_on: dict[Key, int] = {}
    for number, probe in enumerate(probes):
        for frame in probe.frames:
            leader[find(number)] = find(first_on.setdefault(frame, number))
    groups: dict[int, list[Probe]] = defaultdict(list)
    for number, probe in enumerate(probes):
        groups[find(number)].append(probe)
    return [sorted(group, key=lambda probe: str(probe.sighting)) for group in groups.values()]


def _one_to_one(
    group: Sequence[Probe], deer: Sequence[Key], threshold: int, only: Stratum | None
) -> dict[Key, int]:
    """Sighting -> column of `deer`, for those of one group that get one."""
    open_probes, rows = [], []
    for probe in group:
        if probe.known or probe.scores is None or probe.is_left(only):
            continue
        reserved: set[Key] = set()
        for other in group:
            if other.known and other.frames & probe.frames:
                reserved |= other.known
        free = np.array([item not in reserved for item in deer], np.bool_)
        allowed = probe.eligible & (probe.scores >= threshold) & free
        if allowed.any():
            open_probes.append(probe)
            rows.append(np.where(allowed, probe.scores, 0).astype(np.float64))
    if not rows:
        return {}
    # Most often: alone, or the others of its frame are known or below the threshold.
    if len(rows) == 1:
        best = int(np.argmax(rows[0]))
        return {open_probes[0].sighting: best} if rows[0][best] > 0 else {}
    # Here because it takes longer to load than most commands run.
    from scipy.optimize import linear_sum_assignment

    scores = np.stack(rows)
    columns = np.flatnonzero(scores.any(axis=0))
    n, m = len(rows), len(columns)
    # A second, smaller goal that makes ties unique: low columns, the first sighting before the others.
    order = np.arange(n, 0, -1)[:, None] * np.arange(m)[None, :]
    benefit = scores[:, columns] * (n * n * m + 1) - np.where(scores[:, columns] > 0, order, 0)
    picked = zip(*linear_sum_assignment(benefit, maximize=True), strict=True)
    return {
        open_probes[row].sighting: int(columns[column])
        for row, column in picked
        if scores[row, columns[column]] > 0
    }


def _verdict(
    probe: Probe,
    deer: Sequence[Key],
    threshold: int | None,
    only: Stratum | None,
    chosen: int | None,
) -> SightingDecision:
    if probe.scores is None:
        outcome = probe.settled if probe.known else DecisionOutcome.NO_EMBEDDING
        return SightingDecision(probe.sighting, outcome, None, None, None, ())
    comparable = probe.scores >= 0
    ranked = np.flatnonzero(comparable & probe.eligible)
    ranked = ranked[np.argsort(-probe.scores[ranked], kind="stable")]
    candidates = tuple((deer[item], int(probe.scores[item])) for item in ranked[:SHOWN])
    best = candidates[0] if candidates else (None, None)
    margin = candidates[0][1] - candidates[1][1] if len(candidates) > 1 else None
    if chosen is not None:
        best, outcome = (deer[chosen], int(probe.scores[chosen])), DecisionOutcome.ASSIGNED
    elif probe.known:
        outcome = probe.settled
    elif not comparable.any():
        outcome = DecisionOutcome.NO_REFERENCE
    elif not candidates:
        outcome = DecisionOutcome.NO_ELIGIBLE
    elif threshold is None:
        outcome = DecisionOutcome.RANKED
    elif candidates[0][1] < threshold:
        outcome = DecisionOutcome.BELOW_THRESHOLD
    elif probe.is_left(only):
        outcome = DecisionOutcome.UNBOUNDED
    else:
        outcome = DecisionOutcome.FRAME_CONFLICT
    return SightingDecision(probe.sighting, outcome, best[0], best[1], margin, candidates)
