"""Scores of probes against a gallery of enrolled deer. Pure numpy.

Scores are exact (one matrix product, no index that might miss) and become whole ten-thousandths once,
here: everything later compares integers. Cosines are taken in float64, because a float32 product depends
in its last digits on the size of the batch, and a second run must not round a score differently.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Rule = Literal["max", "top3", "centroid"]
Key = UUID | str
"""What names a deer, a detection or an encounter."""

UNITS: Final = 10_000
"""Score units in a similarity of 1.0."""

NOT_COMPARABLE: Final = -1
"""Stands for the score of a pair without a comparable reference."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One enrolled detection: `vector` is its unit row (d,), `encounter` where it was photographed."""

    id: Key
    deer: Key
    encounter: Key | None
    vector: NDArray[np.float32]


def deer_fingerprint(references: Iterable[Key], rule: Rule) -> str:
    """16 hex digits of a deer's reference ids, in any order, and the rule: other digits, stale scores."""
    covered = json.dumps([rule, sorted(map(str, references))])
    return hashlib.sha256(covered.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Gallery:
    """The enrolled deer of one space: `references` (r, d) in the order of `deer`, which is sorted.

    `starts` (n_deer,) is each deer's first reference; `encounters` (r,) codes each reference's encounter
    by `encounter_codes`, where an unknown one has a code that no probe has.
    """

    deer: tuple[Key, ...]
    references: NDArray[np.float64]
    starts: NDArray[np.intp]
    encounters: NDArray[np.int64]
    encounter_codes: dict[Key, int]
    rule: Rule
    deer_fingerprints: tuple[str, ...]
    fingerprint: str

    @classmethod
    def build(cls, references: Sequence[Reference], rule: Rule) -> Gallery:
        """An empty sequence makes an empty gallery, against which nothing is comparable."""
        ordered = sorted(references, key=lambda item: (str(item.deer), str(item.id)))
        of_deer: dict[Key, list[Reference]] = defaultdict(list)
        codes: dict[Key, int] = {}
        for item in ordered:
            of_deer[item.deer].append(item)
            if item.encounter is not None:
                codes.setdefault(item.encounter, len(codes))
        counts = [len(items) for items in of_deer.values()]
        prints = tuple(
            deer_fingerprint([item.id for item in items], rule) for items in of_deer.values()
        )
        whole = json.dumps([rule, list(zip(map(str, of_deer), prints, strict=True))])
        width = len(ordered[0].vector) if ordered else 0
        matrix = np.array([item.vector for item in ordered], np.float64).reshape(
            len(ordered), width
        )
        return cls(
            deer=tuple(of_deer),
            references=matrix,
            starts=np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)[: len(counts)],
            encounters=np.array(
                [-2 if item.encounter is None else codes[item.encounter] for item in ordered],
                np.int64,
            ),
            encounter_codes=codes,
            rule=rule,
            deer_fingerprints=prints,
            fingerprint=hashlib.sha256(whole.encode()).hexdigest(),
        )


def score(
    probes: NDArray[np.float32],
    gallery: Gallery,
    probe_encounters: Sequence[Key | None],
) -> NDArray[np.int32]:
    """Scores (n, n_deer) of probes (n, d), unit rows, by the gallery's rule: 0 to 10,000.

    References of the probe's own encounter do not count; a deer with no other has NOT_COMPARABLE.
    max: the best cosine. top3: the mean of the three best, or of as many as there are. centroid: the
    cosine to the normalised mean of the references (0 where they cancel out). Clipped to [0, 1] and
    rounded, halves to even.
    """
    n, n_deer = len(probes), len(gallery.deer)
    if len(probe_encounters) != n:
        raise ValueError("each probe needs its encounter, or None")
    if n == 0 or n_deer == 0:
        return np.full((n, n_deer), NOT_COMPARABLE, np.int32)
    cosines = probes.astype(np.float64) @ gallery.references.T
    codes = gallery.encounter_codes
    own = np.array(
        [-1 if item is None else codes.get(item, -1) for item in probe_encounters], np.int64
    )
    excluded = own[:, None] == gallery.encounters[None, :]
    left = np.add.reduceat(~excluded, gallery.starts, axis=1, dtype=np.int64)
    reduced = _REDUCE[gallery.rule](cosines, excluded, gallery)
    units = np.rint(np.clip(reduced, 0.0, 1.0) * UNITS).astype(np.int32)
    return np.where(left > 0, units, NOT_COMPARABLE).astype(np.int32)


def _best(
    cosines: NDArray[np.float64], excluded: NDArray[np.bool_], gallery: Gallery
) -> NDArray[np.float64]:
    allowed = np.where(excluded, -np.inf, cosines)
    best: NDArray[np.float64] = np.maximum.reduceat(allowed, gallery.starts, axis=1)
    return best


def _best_three(
    cosines: NDArray[np.float64], excluded: NDArray[np.bool_], gallery: Gallery
) -> NDArray[np.float64]:
    allowed = np.where(excluded, -np.inf, cosines)
    columns = []
    for segment in np.split(allowed, gallery.starts[1:], axis=1):
        best = -np.sort(-segment, axis=1)[:, :3]
        there = np.isfinite(best)
        total = np.where(there, best, 0.0).sum(axis=1)
        columns.append(total / np.maximum(there.sum(axis=1), 1))
    return np.stack(columns, axis=1)


def _centroid(
    cosines: NDArray[np.float64], excluded: NDArray[np.bool_], gallery: Gallery
) -> NDArray[np.float64]:
    # The product with a sum of references is the sum of the products.
    sums = np.add.reduceat(np.where(excluded, 0.0, cosines), gallery.starts, axis=1)
    norms = np.empty_like(sums)
    norms[:] = np.linalg.norm(np.add.reduceat(gallery.references, gallery.starts, axis=0), axis=1)
    # Where a probe's own encounter is left out the centroid is another one; such pairs are few.
    segments = np.split(np.arange(len(gallery.references)), gallery.starts[1:])
    for row, column in np.argwhere(np.logical_or.reduceat(excluded, gallery.starts, axis=1)):
        kept = [item for item in segments[column] if not excluded[row, item]]
        norms[row, column] = np.linalg.norm(gallery.references[kept].sum(axis=0))
    return np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 1e-9)


_REDUCE: Final = {"max": _best, "top3": _best_three, "centroid": _centroid}


def fuse(scores: NDArray[np.int32]) -> NDArray[np.int32]:
    """One sighting's scores (n_deer,) from its detections' (n, n_deer): the mean, halves rounded up.

    The detections share an encounter, so a deer is comparable with all of them or with none.
    Raises ValueError where there is no detection.
    """
    count = len(scores)
    if count == 0:
        raise ValueError("a sighting without an embedded detection has no score")
    means = (2 * scores.astype(np.int64).sum(axis=0) + count) // (2 * count)
    return np.where((scores < 0).any(axis=0), NOT_COMPARABLE, means).astype(np.int32)
