"""Candidates for a sighting, from the logged scores: the best five deer, with the references to look at.

The same rules as identification's (`reid.matching.decide`): a sighting's score is the mean over its detections, and
deer are left out that sex, life span, a frame or a person's rejection rules out.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reid.matching.decide import SHOWN
from reid.matching.eligibility import EligibleDeer, lives_of
from reid.matching.similarity import fuse
from reid.models import Deer, Detection, IdentityEvent, SimilarityScore
from reid.suggesting.likeness import Asked, most_alike
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from reid.models import EmbeddingSpace, Scorer, Sighting
    from reid.suggesting.likeness import Likeness


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deer it may be: `rank` from 1, `score` in [0, 1], and its references as `most_alike` orders them."""

    rank: int
    deer: Deer
    score: float
    references: list[Likeness]


@dataclass(frozen=True, slots=True)
class CandidateRanking:
    """Up to five candidates, best first; `margin` is the best score less the second, None without one."""

    candidates: list[Candidate]
    margin: float | None


def compare(
    sighting: Sighting, detections: Sequence[Detection], scorer: Scorer | None
) -> CandidateRanking:
    """The candidates of a sighting from the log of `scorer`; `detections` are all of it, with images."""
    probes = [item for item in detections if item.is_identifiable]
    if scorer is None or not probes:
        return CandidateRanking([], None)
    scores = _scores(probes, scorer)
    deer = Deer.objects.in_bulk(scores)
    possible = sorted(scores.keys() - _taken(sighting, probes))
    rejected = {key for _, key in IdentityEvent.objects.rejected_pairs(item.pk for item in probes)}
    eligible = EligibleDeer(possible, lives_of(deer[key] for key in possible)).of(
        [item.effective_class for item in probes],
        [item.image.local_day for item in probes],
        rejected,
    )
    ranked = sorted(
        (key for key, is_eligible in zip(possible, eligible.tolist(), strict=True) if is_eligible),
        key=lambda key: (-scores[key], str(key)),
    )
    best = ranked[:SHOWN]
    alike = likenesses(sighting, probes, best, scorer.vectors)
    candidates = [
        Candidate(rank, deer[key], scores[key] / SCORE_UNITS, alike[key])
        for rank, key in enumerate(best, 1)
    ]
    margin = scores[ranked[0]] - scores[ranked[1]] if len(ranked) > 1 else None
    return CandidateRanking(candidates, None if margin is None else margin / SCORE_UNITS)


def _scores(probes: Sequence[Detection], scorer: Scorer) -> dict[UUID, int]:
    """Of each deer that all of the sighting's embedded detections are logged with, its score in score units."""
    rows = SimilarityScore.objects.standing(scorer).filter(detection__in=probes)
    logged = rows.values_list("detection", "deer", "score")
    compared = set()
    of_deer: defaultdict[UUID, list[int]] = defaultdict(list)
    for detection, deer, score in logged:
        compared.add(detection)
        of_deer[deer].append(score)
    return {
        deer: int(fuse(np.array(scores, np.int32)[:, None])[0])
        for deer, scores in of_deer.items()
        # A deer that is logged for some of them alone is being scored anew.
        if len(scores) == len(compared)
    }


def _taken(sighting: Sighting, shown: Sequence[Detection]) -> set[UUID]:
    """Deer that are known to be another animal on one of the photographs."""
    frames = {item.image_id for item in shown}
    mates = Detection.objects.valid().known().filter(image__in=frames).exclude(sighting=sighting)
    return {key for key in mates.order_by().values_list("deer", flat=True) if key}


def likenesses(
    sighting: Sighting, detections: Sequence[Detection], deer: Sequence[UUID], space: EmbeddingSpace
) -> dict[UUID, list[Likeness]]:
    """Of each deer its most alike references (`most_alike`), the sighting's encounter left out."""
    asked = Asked(tuple(item.pk for item in detections), tuple(deer), sighting.encounter_id)
    (found,) = most_alike([asked], space)
    return found
