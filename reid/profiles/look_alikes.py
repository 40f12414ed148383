"""Look-alikes of a deer: other deer whose pictures score highest against its references, from the score log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.models import KNOWN, Deer, IdentityEvent, SimilarityScore

if TYPE_CHECKING:
    from uuid import UUID

    from reid.models import Scorer

SHOWN: Final = 6
"""Look-alikes that are shown at most."""
_LOOKED_AT: Final = 400
"""Highest scores that are looked through: those of one deer may come in a row."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Another deer, its picture that is most alike, and the score of that (from 0 to 1).

    `is_kept_apart`: a person has looked at both and holds them to be two.
    """

    deer: Deer
    detection: UUID
    score: float
    is_kept_apart: bool


def look_alikes(deer: Deer, scorer: Scorer | None) -> list[LookAlike]:
    """The deer that are most alike, the most first, by what people and imports named. Three queries."""
    if scorer is None:
        return []
    rows = (
        SimilarityScore.objects.standing(scorer)
        .filter(
            deer=deer,
            detection__is_valid=True,
            detection__identity_source__in=KNOWN,
            detection__deer__merged_into__isnull=True,
        )
        .exclude(detection__deer=deer)
        .order_by("-score")
    )
    best: dict[UUID, SimilarityScore] = {}
    for row in rows.select_related("detection")[:_LOOKED_AT]:
        if (other := row.detection.deer_id) is not None and len(best) < SHOWN:
            best.setdefault(other, row)
    others = Deer.objects.in_bulk(best)
    apart = IdentityEvent.objects.kept_apart() if best else set()
    return [
        LookAlike(
            others[key],
            row.detection_id,
            row.similarity_score,
            frozenset({key, deer.pk}) in apart,
        )
        for key, row in best.items()
        if key in others
    ]
