"""Groups of nameless sightings that may be a deer without a profile yet, for a person to look at.

Offered, never made: a person names the group, or those of it that are one deer (`reid.reviewing.name_group`), or
passes on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from django.db.models import Exists, F, OuterRef

from reid.embedding.vectors import vectors_of
from reid.models import Detection, Sighting, Threshold
from reid.suggesting.clustering import Cluster, SightingVector, groups, nearest_share
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from uuid import UUID

    from reid.models import EmbeddingSpace, Scorer

POOL: Final = 3000
"""Sightings that are compared with each other: the latest, since antlers and coats change."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The groups, the largest first, and the cosine that any two sightings of one reach.

    `threshold` is the approved one, where the cosine is that; else the cosine is only what the nearest pairs of the
    pool reach, and a group says that nothing is nearer, not that it is one deer.
    """

    groups: list[Cluster]
    similarity: float
    threshold: Threshold | None


def new_deer(scorer: Scorer, *, similarity: float | None = None) -> list[Cluster]:
    """Groups of sightings that bear no deer, the largest first; `similarity` is a cosine, else as in `offer`."""
    if similarity is None:
        return offer(scorer).groups
    return groups(nameless(scorer.vectors), similarity)


def offer(scorer: Scorer) -> Offer:
    """What may be new deer, as near as the approved threshold asks, else as the nearest pairs are.

    Only a threshold of cosines says how near that is.
    """
    sightings = nameless(scorer.vectors)
    active = Threshold.objects.in_force(scorer) if scorer.gives_cosines else None
    similarity = active.units / SCORE_UNITS if active else nearest_share(sightings)
    return Offer(groups(sightings, similarity), similarity, active)


def nameless(space: EmbeddingSpace) -> list[SightingVector]:
    """The latest sightings of which no detection bears a deer, with their mean embedding."""
    of_sighting = Detection.objects.filter(sighting=OuterRef("pk"))
    identifiable = of_sighting.identifiable().embedded_in(space)
    sightings: dict[UUID, UUID] = dict(
        Sighting.objects.filter(
            Exists(identifiable), ~Exists(of_sighting.filter(deer__isnull=False))
        )
        .order_by(F("encounter__started_at").desc(nulls_last=True), "pk")
        .values_list("pk", "encounter")[:POOL]
    )
    members: defaultdict[UUID, list[Detection]] = defaultdict(list)
    detections = Detection.objects.identifiable().filter(sighting__in=list(sightings))
    vectors = vectors_of(detections, space)
    for item in detections.order_by("pk"):
        if item.sighting_id is not None and item.pk in vectors:
            members[item.sighting_id].append(item)
    pool = []
    for sighting, encounter in sightings.items():
        of = members[sighting]
        mean = np.mean([vectors[item.pk] for item in of], axis=0)
        norm = float(np.linalg.norm(mean))
        if norm > 0:  # opposite vectors have no mean direction
            pool.append(
                SightingVector(
                    sighting=sighting,
                    encounter=encounter,
                    frames=frozenset(item.image_id for item in of),
                    classes=frozenset(item.effective_class for item in of),
                    vector=(mean / norm).astype(np.float32),
                )
            )
    return pool
