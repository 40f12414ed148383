"""Scores of probes against a gallery of enrolled deer. Pure numpy.

Scores are exact (one matrix product, no index that might miss) and become whole ten-thousandths once,
here: everything later compares integers. Cosines are taken in float64, because a float32 product depends
in its last digits on the size of the batch, and a second run must not round a score differently.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal
from uuid import UUID

import numpy as np

from reid.antlers import ANY_SEASON, of_one_season
from reid.matching.centroids import Centroids
from reid.matching.flank_weights import on_the_same_side, sides, weights
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Rule = Literal["max", "top3", "centroid"]
Key = UUID | str
"""What names a deer, a detection or an encounter."""


NOT_COMPARABLE: Final = -1
"""Stands for the score of a pair without a comparable reference."""

_CANCELLED: Final = 1e-6
"""A sum of unit rows that is no longer than this is no direction."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One enrolled detection.

    Attributes
    ----------
    id, deer : UUID or str
        The detection, and the deer that it is a reference of.
    encounter : UUID or str or None
        The encounter in which it was photographed.
    vector : ndarray of float32, shape (d,)
        Its embedding, of length 1.
    flank : str
        The flank that it shows: left, right, or another word for whatever is compared with everything.
    season : int
        The antler season it belongs to (`reid.antlers`), outside of which it counts only for want of others; ANY_SEASON
        where it counts in all of them.
    """

    id: Key
    deer: Key
    encounter: Key | None
    vector: NDArray[np.float32]
    flank: str = "unknown"
    season: int = ANY_SEASON


def deer_fingerprint(
    references: Iterable[Key],
    rule: Rule,
    reference_sides: Iterable[int] | None = None,
    seasons: Iterable[int] | None = None,
) -> str:
    """Fingerprint of a deer's references: where it differs, logged scores are stale.

    Parameters
    ----------
    references : iterable of UUID or str
        Ids of the references, in any order.
    rule : {"max", "top3", "centroid"}
        Rule of the gallery.
    reference_sides : iterable of int, optional
        Side of each reference (`reid.matching.flank_weights.sides`), in the same order; None: of none is a flank known.
    seasons : iterable of int, optional
        Antler season of each reference, in the same order; None: all are of ANY_SEASON.

    Returns
    -------
    str
        16 hex digits: the start of a SHA-256.

    Examples
    --------
    >>> deer_fingerprint(["a", "b"], "max") == deer_fingerprint(["b", "a"], "max", [0, 0])
    True
    >>> deer_fingerprint(["a", "b"], "max") == deer_fingerprint(["a", "b"], "max", [1, 0])
    False
    """
    named = list(map(str, references))
    of_side = [0] * len(named) if reference_sides is None else list(map(int, reference_sides))
    of_season = [ANY_SEASON] * len(named) if seasons is None else list(map(int, seasons))
    names = [
        name + (f" {side:+d}" if side else "") + (f" antlers {season}" if season else "")
        for name, side, season in sorted(zip(named, of_side, of_season, strict=True))
    ]
    return hashlib.sha256(json.dumps([rule, names]).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Gallery:
    """The enrolled deer of one space.

    Attributes
    ----------
    deer : tuple of UUID or str
        Sorted; the columns of all scores.
    references : ndarray of float64, shape (r, d)
        Unit rows, in the order of `deer`.
    starts : ndarray of intp, shape (n_deer,)
        First reference of each deer.
    owners : ndarray of intp, shape (r,)
        Deer of each reference, as its column.
    sides : ndarray of int8, shape (r,)
        The flank that each shows: 1 left, -1 right, 0 another (`reid.matching.flank_weights`).
    seasons : ndarray of int64, shape (r,)
        The antler season of each (`reid.antlers`).
    encounters : ndarray of int64, shape (r,)
        Code of each reference's encounter; an unknown one has a code that no probe has.
    encounter_codes : dict
        Encounter to its code.
    rule : {"max", "top3", "centroid"}
        How scores for the references of a deer become one.
    deer_fingerprints : tuple of str
        `deer_fingerprint` of each deer.
    fingerprint : str
        SHA-256 of the whole gallery, 64 hex digits.
    centroids : Centroids or None
        For the rule centroid alone.
    parts : dict
        Of a fused scorer: the key of each part to the fingerprints of the deer (n_deer) by it.
    """

    deer: tuple[Key, ...]
    references: NDArray[np.float64]
    starts: NDArray[np.intp]
    owners: NDArray[np.intp]
    sides: NDArray[np.int8]
    seasons: NDArray[np.int64]
    encounters: NDArray[np.int64]
    encounter_codes: dict[Key, int]
    rule: Rule
    deer_fingerprints: tuple[str, ...]
    fingerprint: str
    centroids: Centroids | None
    parts: dict[Key, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, references: Sequence[Reference], rule: Rule) -> Gallery:
        """The gallery of some references.

        Parameters
        ----------
        references : sequence of Reference
            In any order; an empty one makes an empty gallery, against which nothing is comparable.
        rule : {"max", "top3", "centroid"}
            How scores for the references of a deer become one.

        Returns
        -------
        Gallery
            The same for the same references, whatever their order.
        """
        ordered = sorted(references, key=lambda item: (str(item.deer), str(item.id)))
        of_deer: dict[Key, list[Reference]] = defaultdict(list)
        codes: dict[Key, int] = {}
        for item in ordered:
            of_deer[item.deer].append(item)
            if item.encounter is not None:
                codes.setdefault(item.encounter, len(codes))
        counts = [len(items) for items in of_deer.values()]
        reference_sides = sides(item.flank for item in ordered)
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.intp)[: len(counts)]
        owners = np.repeat(np.arange(len(counts)), counts).astype(np.intp)
        prints = tuple(
            deer_fingerprint(
                [item.id for item in items],
                rule,
                sides(item.flank for item in items).tolist(),
                [item.season for item in items],
            )
            for items in of_deer.values()
        )
        whole = json.dumps([rule, list(zip(map(str, of_deer), prints, strict=True))])
        width = len(ordered[0].vector) if ordered else 0
        matrix = np.array([item.vector for item in ordered], np.float64).reshape(
            len(ordered), width
        )
        return cls(
            deer=tuple(of_deer),
            references=matrix,
            starts=starts,
            owners=owners,
            sides=reference_sides,
            seasons=np.array([item.season for item in ordered], np.int64),
            encounters=np.array(
                [-2 if item.encounter is None else codes[item.encounter] for item in ordered],
                np.int64,
            ),
            encounter_codes=codes,
            rule=rule,
            deer_fingerprints=prints,
            fingerprint=hashlib.sha256(whole.encode()).hexdigest(),
            centroids=Centroids.build(matrix, starts, reference_sides)
            if rule == "centroid" and ordered
            else None,
        )


def score(
    probes: NDArray[np.float32],
    gallery: Gallery,
    probe_encounters: Sequence[Key | None],
    probe_flanks: Sequence[str] | None = None,
    probe_seasons: Sequence[int] | None = None,
) -> NDArray[np.int32]:
    """Scores of probes against a gallery.

    Parameters
    ----------
    probes : ndarray of float32, shape (n, d)
        Embeddings, of length 1.
    gallery : Gallery
        The enrolled deer.
    probe_encounters : sequence of UUID, str or None, length n
        Encounter of each probe. References of the probe's own encounter do not count.
    probe_flanks : sequence of str, length n, optional
        The flank that each shows; None: of no probe is a flank known.
    probe_seasons : sequence of int, length n, optional
        The antler season of each; None: of no probe is one known.

    Returns
    -------
    ndarray of int32, shape (n, n_deer)
        Score units: the cosine, clipped to [0, 1], times 10,000, rounded with halves to even. NOT_COMPARABLE for a
        deer without a reference from another encounter.

        max: the best cosine. top3: the mean of the three best, or of as many as there are. In both, references of
        the other flank count only where the deer has no others. centroid: the cosine to the normalised mean of the
        references (0 where they cancel out), in which those of the other flank weigh half. In all three, references
        of another antler season count only where the deer has no others.

    Raises
    ------
    ValueError
        Where encounters, flanks or seasons are not one a probe.

    Examples
    --------
    The cosines of (0.6, 0.8) to the two axes are 0.6 and 0.8. The second deer's only reference is of the
    encounter of the second probe:

    >>> gallery = Gallery.build(
    ...     [
    ...         Reference("r1", "ada", None, np.array([1.0, 0.0], np.float32)),
    ...         Reference("r2", "bea", "monday", np.array([0.0, 1.0], np.float32)),
    ...     ],
    ...     "max",
    ... )
    >>> probes = np.array([[0.6, 0.8], [0.6, 0.8]], np.float32)
    >>> score(probes, gallery, [None, "monday"]).tolist()
    [[6000, 8000], [6000, -1]]
    """
    n, n_deer = len(probes), len(gallery.deer)
    given = (probe_encounters, probe_flanks, probe_seasons)
    if any(facts is not None and len(facts) != n for facts in given):
        raise ValueError("each probe needs its encounter, or None, its flank and its season")
    if n == 0 or n_deer == 0:
        return np.full((n, n_deer), NOT_COMPARABLE, np.int32)
    cosines = probes.astype(np.float64) @ gallery.references.T
    codes = gallery.encounter_codes
    encounters = np.array(
        [-1 if item is None else codes.get(item, -1) for item in probe_encounters], np.int64
    )
    own = encounters[:, None] == gallery.encounters[None, :]
    probe_sides = sides(probe_flanks) if probe_flanks is not None else np.zeros(n, np.int8)
    starts = gallery.starts
    allowed = ~own
    if probe_seasons is not None and gallery.seasons.any():
        seasons = np.array(probe_seasons, np.int64)
        allowed = of_one_season(allowed, seasons, gallery.seasons, gallery.owners)
    if gallery.centroids is not None:
        counting = weights(allowed, probe_sides, gallery.sides)
        touched = np.logical_or.reduceat(~allowed, starts, axis=1)
        lengths = gallery.centroids.of(counting, probe_sides, touched)
        # The product with a sum of references is the sum of the products.
        sums = np.add.reduceat(cosines * counting, starts, axis=1)
        reduced = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > _CANCELLED)
    else:
        if probe_sides.any():
            allowed = on_the_same_side(allowed, probe_sides, gallery.sides, starts, gallery.owners)
        reduced = _REDUCE[gallery.rule](cosines, allowed, gallery)
    units = np.rint(np.clip(reduced, 0.0, 1.0) * SCORE_UNITS).astype(np.int32)
    comparable = np.logical_or.reduceat(~own, starts, axis=1)
    return np.where(comparable, units, NOT_COMPARABLE).astype(np.int32)


def _best(
    cosines: NDArray[np.float64], allowed: NDArray[np.bool_], gallery: Gallery
) -> NDArray[np.float64]:
    best: NDArray[np.float64] = np.maximum.reduceat(
        np.where(allowed, cosines, -np.inf), gallery.starts, axis=1
    )
    return best


def _best_three(
    cosines: NDArray[np.float64], allowed: NDArray[np.bool_], gallery: Gallery
) -> NDArray[np.float64]:
    counting = np.where(allowed, cosines, -np.inf)
    columns = []
    for segment in np.split(counting, gallery.starts[1:], axis=1):
        best = -np.sort(-segment, axis=1)[:, :3]
        there = np.isfinite(best)
        total = np.where(there, best, 0.0).sum(axis=1)
        columns.append(total / np.maximum(there.sum(axis=1), 1))
    return np.stack(columns, axis=1)


_REDUCE: Final = {"max": _best, "top3": _best_three}


def fuse(scores: NDArray[np.int32]) -> NDArray[np.int32]:
    """One sighting's scores from those of its detections.

    Parameters
    ----------
    scores : ndarray of int32, shape (n, n_deer)
        Scores of its detections, in score units. They share an encounter, so a deer is comparable with all of them
        or with none.

    Returns
    -------
    ndarray of int32, shape (n_deer,)
        The means, halves rounded up; NOT_COMPARABLE where a score is.

    Raises
    ------
    ValueError
        Where there is no detection.

    Examples
    --------
    >>> fuse(np.array([[6000, -1], [6001, -1]], np.int32)).tolist()
    [6001, -1]
    """
    count = len(scores)
    if count == 0:
        raise ValueError("a sighting without an embedded detection has no score")
    means = (2 * scores.astype(np.int64).sum(axis=0) + count) // (2 * count)
    return np.where((scores < 0).any(axis=0), NOT_COMPARABLE, means).astype(np.int32)
