"""Most alike pictures: of a deer the reference of each flank that is nearest to some detections, by their embeddings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reid.embedding.vectors import vectors_of
from reid.models import Detection

if TYPE_CHECKING:
    from collections.abc import Sequence
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
    """A reference; `similarity` is its best cosine to the detections, in [0, 1], and `probe` the one that it is of."""

    detection: UUID
    flank: str
    similarity: float
    probe: UUID


def most_alike(asked: Sequence[Asked], space: EmbeddingSpace) -> list[dict[UUID, list[Likeness]]]:
    """Of each question the deer's most alike reference of each flank, best first. Two queries for all of them."""
    rows = Detection.objects.references().filter(
        deer__in={key for one in asked for key in one.deer}
    )
    of_deer: defaultdict[UUID | None, list[tuple[UUID, str, UUID | None]]] = defaultdict(list)
    listed = rows.order_by("pk").values_list("pk", "deer", "flank", "image__encounter")
    for key, deer, flank, encounter in listed:
        of_deer[deer].append((key, flank, encounter))
    wanted = {key for references in of_deer.values() for key, _, _ in references}
    vectors = vectors_of([*wanted.union(*(one.detections for one in asked))], space)
    answers = []
    for one in asked:
        probes = [key for key in one.detections if key in vectors]
        matrix = np.array([vectors[key] for key in probes])
        answers.append(
            {
                deer: _best(
                    probes,
                    matrix,
                    {
                        key: (flank, vectors[key])
                        for key, flank, encounter in of_deer[deer]
                        if key in vectors and (encounter is None or encounter != one.encounter)
                    },
                )
                for deer in one.deer
            }
        )
    return answers


def _best(
    probes: Sequence[UUID],
    matrix: NDArray[np.float32],
    references: dict[UUID, tuple[str, NDArray[np.float32]]],
) -> list[Likeness]:
    best: dict[str, Likeness] = {}
    for key, (flank, vector) in references.items() if probes else ():
        cosines = matrix @ vector
        nearest = int(cosines.argmax())
        similarity = float(np.clip(cosines[nearest], 0.0, 1.0))
        if flank not in best or best[flank].similarity < similarity:
            best[flank] = Likeness(key, flank, similarity, probes[nearest])
    return sorted(best.values(), key=lambda item: -item.similarity)
