"""Exact histograms of the score log: compared pairs by stratum, sightings by their best score.

A score is an integer of 0 to 10,000 units, so `GROUP BY score` is an exact summary however long the log
is. Everything here only reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Case, Count, F, Q, Value, When

from analysis.score_log.facts import CapturePeriod
from analysis.score_log.sighting_log import SightingLog, read_log
from analysis.score_log.trials import NOT_COMPARED
from reid.models import KNOWN, Scorer, SimilarityScore
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from reid import strata


class Stratum(StrEnum):
    """The knowledge of a compared pair, strongest knowledge first; each pair is in exactly one."""

    GENUINE = "genuine"  # the detection's known identity is this deer
    SEX_MISMATCH = "sex mismatch"  # class and sex rule this deer out
    IMPOSTOR = "impostor"  # the detection's known identity is another deer
    UNLABELLED = "unlabelled"


@dataclass(frozen=True, slots=True)
class SightingScores:
    """Eligible sightings by score: `best` and `decoys` count sightings at each score unit, (10001,).

    `eligible` counts them all, also those for which sex rules every compared deer out. A decoy is the best
    score of a labelled sighting against every deer but its own.
    """

    eligible: int
    best: NDArray[np.int64]
    decoys: NDArray[np.int64]


_KNOWN = Q(detection__identity_source__in=KNOWN)
_OWN = _KNOWN & Q(detection__deer=F("deer"))


def by_stratum(
    scorer: Scorer, period: CapturePeriod | None = None
) -> dict[Stratum, NDArray[np.int64]]:
    """The number of compared pairs at each score, (10001,) a stratum. One query."""
    rows = (
        SimilarityScore.objects.of_eligible(scorer)
        .filter((period or CapturePeriod()).of("detection__image__captured_at"))
        .annotate(
            stratum=Case(
                When(_OWN, then=Value(Stratum.GENUINE.value)),
                When(sex_match=False, then=Value(Stratum.SEX_MISMATCH.value)),
                When(_KNOWN, then=Value(Stratum.IMPOSTOR.value)),
                default=Value(Stratum.UNLABELLED.value),
            )
        )
        .values_list("stratum", "score")
        .annotate(pairs=Count("pk"))
        .order_by()
    )
    pairs_by_score: dict[str, list[tuple[int, int]]] = {item: [] for item in Stratum}
    for stratum, score, pairs in rows:
        pairs_by_score[stratum].append((score, pairs))
    return {item: _histogram(pairs_by_score[item]) for item in Stratum}


def by_sighting(scorer: Scorer, period: CapturePeriod | None = None) -> SightingScores:
    """The best score and the decoy score of every eligible sighting, counted by score."""
    return score_histograms(read_log(scorer, period))


def score_histograms(log: SightingLog, only: strata.Stratum | None = None) -> SightingScores:
    """The same, of a log that has been read; `best` and `decoys` of one stratum of sightings, or of all."""
    decoys = log.trials.decoys[log.is_of(only, log.trial_sightings)]
    best = log.best_of_all[log.is_of(only, log.eligible)]
    return SightingScores(
        eligible=len(log.best_of_all),
        best=_counted(best[best > NOT_COMPARED]),
        decoys=_counted(decoys[decoys > NOT_COMPARED]),
    )


def _counted(scores: NDArray[np.int32]) -> NDArray[np.int64]:
    return np.bincount(scores, minlength=SCORE_UNITS + 1).astype(np.int64)


def _histogram(pairs: Iterable[tuple[int | None, int]]) -> NDArray[np.int64]:
    counts = np.zeros(SCORE_UNITS + 1, np.int64)
    for score, count in pairs:
        if score is not None:
            counts[score] += count
    return counts
