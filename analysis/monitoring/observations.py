"""Observations for a snapshot: when each eligible sighting came in, what was reviewed, which deer could be learned from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db.models import Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from analysis.monitoring.retraining_advice import Learning
from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.drift import AssignmentCount, coarse
from reid.models import Decision, Detection, Training
from reid.training.material import labelled
from reid.training.methods import MIN_DEER
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from numpy.typing import NDArray

    from analysis.score_log.sighting_log import SightingLog
    from reid.models import EmbeddingSpace, Scorer
    from reid.strata import Stratum

BAR_UNITS: Final = 500
"""Score units in a bar of a snapshot's histograms: 0.05 of similarity."""

_FITTING: Final = (Training.Method.HEAD, Training.Method.FINETUNE)


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """Eligible sightings (n,): best scores in units, when each was first identified (s), its local day.

    `assignable`: whether it is of the stratum that the threshold in force assigns.
    """

    best: NDArray[np.int32]
    entered: NDArray[np.float64]
    days: NDArray[np.int64]
    assignable: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.best)

    def chosen(self, mask: NDArray[np.bool_]) -> Watched:
        """Those of the mask (n,) alone."""
        return Watched(self.best[mask], self.entered[mask], self.days[mask], self.assignable[mask])

    def tally(self, threshold: int) -> AssignmentCount:
        """The number that reach the threshold, in score units, of all."""
        return AssignmentCount(int(self.reaching(threshold).sum()), len(self))

    def reaching(self, threshold: int) -> NDArray[np.bool_]:
        """(n,): those that a threshold, in score units, assigns."""
        return (self.best >= threshold) & self.assignable

    @property
    def compared(self) -> NDArray[np.int32]:
        """The best scores there are: a sighting that every deer is ruled out for has none."""
        return self.best[self.best > NOT_COMPARED]

    @property
    def bars(self) -> list[int]:
        return list(coarse(self.compared, BAR_UNITS, SCORE_UNITS))


def read_watched(scorer: Scorer, log: SightingLog, only: Stratum | None = None) -> Watched:
    """The eligible sightings of a log that has been read, by two queries. The threshold in force assigns `only`.

    One came in with its first decision by this scorer, not with its photographs: what was imported before a
    snapshot and identified after it belongs to the next sample. Scores of a backfill alone have no decision;
    then the detection's own age counts.
    """
    first_decisions = dict(
        Decision.objects.filter(run__scorer=scorer, sighting__isnull=False)
        .order_by()
        .values_list("sighting")
        .annotate(Min("decided_at"))
    )
    rows = (
        Detection.objects.identifiable()
        .filter(sighting__isnull=False)
        .order_by()
        .values_list("sighting")
        .annotate(Min("created_at"), Min("image__captured_at"))
    )
    arrivals: dict[UUID, tuple[float, int]] = {}
    for sighting, created_at, captured_at in rows:
        entered_at = first_decisions.get(sighting, created_at)
        day = timezone.localtime(captured_at or entered_at).toordinal()
        arrivals[sighting] = (entered_at.timestamp(), day)
    return Watched(
        best=log.best_of_all,
        entered=np.array([arrivals[key][0] for key in log.eligible], np.float64),
        days=np.array([arrivals[key][1] for key in log.eligible], np.int64),
        assignable=log.is_of(only, log.eligible),
    )


def reviewed_since(when: datetime | None) -> int:
    """Sightings that a person has reviewed after `when`; None: ever."""
    detections = Detection.objects.identifiable().filter(
        sighting__isnull=False, reviewed_at__isnull=False
    )
    if when is not None:
        detections = detections.filter(reviewed_at__gt=when)
    return detections.values("sighting").distinct().count()


def embedded_in(scorer: Scorer) -> int:
    """Detections that can be compared by the scorer, and so should have scores."""
    return Detection.objects.comparable_in(scorer).filter(sighting__isnull=False).count()


def learning_of(space: EmbeddingSpace) -> Learning:
    """The deer that people know in two sightings or more, and which of them no training of the space has seen.

    A training counts whether the space was its result or its parent: one that was not better has still
    learned what there was, and one without folds has no verdict. Centring learns nothing of deer.
    """
    trainings = Training.objects.filter(Q(space=space) | Q(parent=space), method__in=_FITTING)
    learned = trainings.filter(~Q(verdict="") | Q(space__isnull=False))
    last = learned.order_by("-created_at").first()
    rows = (
        labelled()
        .order_by()
        .values_list("deer", "sighting")
        .annotate(known_at=Min(Coalesce("reviewed_at", "created_at")))
    )
    times_by_deer: dict[UUID | None, list[datetime]] = defaultdict(list)
    for deer, _, known_at in rows:
        times_by_deer[deer].append(known_at)
    second = [sorted(times)[1] for times in times_by_deer.values() if len(times) > 1]
    new = sum(last is None or known_at > last.created_at for known_at in second)
    return Learning(len(second), new, min(MIN_DEER[method] for method in _FITTING))
