"""Cost of doubtful labels: what the first gate would let be assigned, were the doubtful pairs no decoys. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from reid.units import as_score
from reid.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.labels.doubts import Doubts
    from analysis.score_log.trials import Trials

WHERE: Final = "analyze_reid_performance --labels, or the page /review/labels"


@dataclass(frozen=True, slots=True)
class LabelCost:
    """Doubts that stand open, and the smallest threshold of the first gate with and without their pairs.

    Attributes
    ----------
    labels, twins : int
        Labels that are likely wrong, and pairs of deer that are likely one.
    threshold, without : int or None
        Threshold as the labels stand, and with their doubtful pairs left out, in score units; None where none passes.
    assigned, assigned_without : int
        Unreviewed sightings that would be assigned there; 0 where there is no threshold.
    """

    labels: int
    twins: int
    threshold: int | None
    assigned: int
    without: int | None
    assigned_without: int

    @property
    def says(self) -> str:
        """The doubts and their cost in words; empty where nothing stands open."""
        counts = [
            counted(number, one, many)
            for number, one, many in (
                (self.labels, "label is likely wrong", "labels are likely wrong"),
                (
                    self.twins,
                    "pair of deer is likely one deer",
                    "pairs of deer are likely one deer",
                ),
            )
            if number
        ]
        if not counts:
            return ""
        first = f"{' and '.join(counts)}: look at them first ({WHERE})."
        if self.threshold is None and self.without is None:
            return f"{first} The first gate lets no threshold pass, with the doubtful pairs or without."
        return (
            f"{first} As the labels stand, the first gate "
            f"{_ends(self.threshold, self.assigned)}; without the doubtful pairs it "
            f"{_ends(self.without, self.assigned_without, 'about ')}."
        )


def _ends(threshold: int | None, assigned: int, about: str = "") -> str:
    if threshold is None:
        return "lets no threshold pass"
    return f"ends at {about}{as_score(threshold)}, where {assigned} unreviewed sightings would be assigned"


def without_doubts(trials: Trials, doubts: Doubts) -> Trials:
    """The trials with the pairs left out of the decoys that rest on a doubtful label.

    Parameters
    ----------
    trials : Trials
        Those that the doubts are about.
    doubts : Doubts
        What stands open.

    Returns
    -------
    Trials
        With these pairs no longer eligible: a doubtful sighting and the deer that it looks like; that deer's own
        sightings and the deer that the doubtful one is held to be a picture of; and sightings of likely twins and
        the twin.

    Examples
    --------
    >>> import numpy as np
    >>> from analysis.labels.doubts import DoubtfulLabel, Doubts
    >>> from analysis.score_log.trials import Trials
    >>> table = np.array([[8000, 2000], [2100, 7900], [2000, 8000]], np.int32)
    >>> trials = Trials(table, np.ones((3, 2), bool), np.array([0, 1, 0]), np.arange(3))
    >>> without_doubts(trials, Doubts((DoubtfulLabel(2, 1, 2000, 8000),))).decoys.tolist()
    [2000, -1, -1]
    """
    eligible = trials.eligible.copy()
    for label in doubts.labels:
        eligible[label.row, label.other] = False
        if (own := trials.own[label.row]) >= 0:
            eligible[trials.own == label.other, own] = False
    for pair in doubts.twins:
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            eligible[trials.own == one, other] = False
    return replace(trials, eligible=eligible)


def cost_of(
    doubts: Doubts,
    threshold: int | None,
    without: int | None,
    assigned: Callable[[int], int],
) -> LabelCost:
    """The cost of the doubts.

    Parameters
    ----------
    doubts : Doubts
        What stands open.
    threshold, without : int or None
        Threshold of the first gate as the labels stand, and without the doubtful pairs, in score units.
    assigned : callable
        How many unreviewed sightings a run at a threshold (score units) would assign.

    Returns
    -------
    LabelCost
        Of as many doubts as there are.

    Examples
    --------
    >>> from analysis.labels.doubts import DoubtfulLabel, Doubts
    >>> doubts = Doubts((DoubtfulLabel(0, 1, 2000, 8000),))
    >>> cost = cost_of(doubts, 9000, 7000, {9000: 40, 7000: 310}.get)
    >>> cost.assigned, cost.assigned_without
    (40, 310)
    """
    return LabelCost(
        len(doubts.labels),
        len(doubts.twins),
        threshold,
        0 if threshold is None else assigned(threshold),
        without,
        0 if without is None else assigned(without),
    )
