"""Most alike pictures: of a deer the reference of each flank that is nearest to some detections, by their embeddings.

Those that show a buck with other antlers stand apart: what is most alike of them is no evidence on antlers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reid.antlers import ANY_SEASON, antler_year, is_other_season
from reid.embedding.vectors import vectors_of
from reid.models import Detection
from reid.models.antlers import reference_season, season_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.models import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class Asked:
    """What pictures are asked for: of each of `deer` beside these detections, none from their `encounter`."""

    detections: tuple[UUID, ...]
    deer: tuple[UUID, ...]
    encounter: UUID | None = None


@dataclass(frozen=True, slots=True)
class Likeness:
    """A reference; `similarity` is its best cosine to the detections, in [0, 1], and `probe` the one that it is of.

    `season` is that of its antlers (`reid.antlers`). `is_other_season`: none of the detections is of that one, so that
    the antlers are others, and only the rest of the animal can be compared.
    """

    detection: UUID
    flank: str
    similarity: float
    probe: UUID
    season: int = ANY_SEASON
    is_other_season: bool = False

    @property
    def antler_year(self) -> int | None:
        """The year whose antlers it shows; None where it shows none, or its time is not known."""
        return antler_year(self.season)


class _Reference(NamedTuple):
    id: UUID
    flank: str
    season: int
    encounter: UUID | None


def most_alike(asked: Sequence[Asked], space: EmbeddingSpace) -> list[dict[UUID, list[Likeness]]]:
    """Of each question the deer's most alike reference of each flank, best first. Three queries for all of them.

    Of a buck that has references of another antler year, that year's follow: its most alike one of each flank.
    """
    rows = Detection.objects.references().filter(
        deer__in={key for one in asked for key in one.deer}
    )
    of_deer: defaultdict[UUID | None, list[_Reference]] = defaultdict(list)
    for key, deer, flank, encounter, *shown in rows.order_by("pk").values_list(
        *("pk", "deer", "flank", "image__encounter"),
        *("image__captured_at", "deer__sex", "effective_class"),
    ):
        of_deer[deer].append(_Reference(key, flank, reference_season(*shown), encounter))
    probes = {key for one in asked for key in one.detections}
    times = Detection.objects.filter(pk__in=probes).values_list("pk", "image__captured_at")
    seasons = {key: season_of(time) for key, time in times}
    wanted = {item.id for references in of_deer.values() for item in references}
    vectors = vectors_of([*wanted.union(probes)], space)
    return [
        {deer: _best(one, of_deer[deer], vectors, seasons) for deer in one.deer} for one in asked
    ]


def _best(
    asked: Asked,
    references: Sequence[_Reference],
    vectors: Mapping[UUID, NDArray[np.float32]],
    seasons: Mapping[UUID, int],
) -> list[Likeness]:
    """Of one deer: those of the detections' own antlers first."""
    probes = [key for key in asked.detections if key in vectors]
    best: dict[tuple[bool, str], Likeness] = {}
    of_probes = np.array([seasons.get(key, ANY_SEASON) for key in probes], np.int64)
    for item in references if probes else ():
        own = item.encounter is not None and item.encounter == asked.encounter
        if own or item.id not in vectors:
            continue
        other = is_other_season(of_probes, np.array([item.season], np.int64))[:, 0]
        apart = bool(other.all())
        cosines = np.array([vectors[key] for key in probes]) @ vectors[item.id]
        nearest = int(np.where(other & (not apart), -np.inf, cosines).argmax())
        similarity = float(np.clip(cosines[nearest], 0.0, 1.0))
        place = (apart, item.flank)
        if place not in best or best[place].similarity < similarity:
            best[place] = Likeness(
                item.id, item.flank, similarity, probes[nearest], item.season, apart
            )
    return sorted(best.values(), key=lambda item: (item.is_other_season, -item.similarity))
