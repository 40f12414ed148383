"""Clusters of mutually near sightings, to be offered as a new deer. Pure numpy.

A group is only ever a question to a person: mutual nearness under an embedding proves nothing. What is
known to be two animals is never in one group, and photographs of one encounter, which are near because
they show the same grass, never start one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from reid.taxonomy import contradicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from reid.matching.similarity import Key

NEIGHBOURS: Final = 5
"""Nearest sightings of other encounters among which the nearness must be mutual."""
LARGEST: Final = 40
"""Sightings a group may have."""
NEAREST_SHARE: Final = 0.001
"""Of all pairs this share counts as near where no threshold says what near is."""
_BLOCK: Final = 512


@dataclass(frozen=True, slots=True)
class SightingVector:
    """One sighting without a name.

    Attributes
    ----------
    sighting, encounter : UUID or str
        Its id, and its encounter's.
    frames : frozenset of UUID or str
        The images it is on.
    classes : frozenset of str
        Classes of its detections, such as buck.
    vector : ndarray of float32, shape (d,)
        Its embedding, of length 1.
    """

    sighting: Key
    encounter: Key
    frames: frozenset[Key]
    classes: frozenset[str]
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Sightings that may be one deer.

    Attributes
    ----------
    sightings : tuple of UUID or str
        Sorted, two or more.
    lowest : float
        The smallest cosine between any two of them.
    """

    sightings: tuple[Key, ...]
    lowest: float


def groups(sightings: Sequence[SightingVector], similarity: float) -> list[Cluster]:
    """Clusters of two or more sightings.

    Two sightings are linked where each is among the NEIGHBOURS nearest of the other, encounters apart, and
    their cosine is at least `similarity`. Links are followed from the nearest on; one that would make a
    cluster with a pair below `similarity` (complete linkage), with two animals of one frame, with a buck and a doe,
    or of more than LARGEST sightings, is left out.

    Parameters
    ----------
    sightings : sequence of SightingVector
        Sightings without a name.
    similarity : float
        Least cosine of any two in a cluster, in [-1, 1].

    Returns
    -------
    list of Cluster
        The largest and then the nearest first.

    Examples
    --------
    Two sightings that look the same, one that does not, each of another encounter:

    >>> rows = [SightingVector(name, name, frozenset({name}), frozenset({"doe"}), np.array(vector, np.float32))
    ...         for name, vector in (("a", [1, 0]), ("b", [1, 0]), ("c", [0, 1]))]
    >>> groups(rows, 0.9)
    [Cluster(sightings=('a', 'b'), lowest=1.0)]
    """
    if not sightings:
        return []
    vectors = np.array([item.vector for item in sightings], np.float32)
    group_of = list(range(len(sightings)))
    members = {number: [number] for number in group_of}
    for first, second in _links(sightings, vectors, similarity):
        ours, theirs = group_of[first], group_of[second]
        if ours == theirs or not _may_join(
            [sightings[item] for item in members[ours]],
            [sightings[item] for item in members[theirs]],
        ):
            continue
        if (vectors[members[ours]] @ vectors[members[theirs]].T).min() < similarity:
            continue
        for item in members[theirs]:
            group_of[item] = ours
        members[ours] += members.pop(theirs)
    clusters = [_group(sightings, vectors, rows) for rows in members.values() if len(rows) > 1]
    return sorted(clusters, key=lambda one: (-len(one.sightings), -one.lowest, str(one.sightings)))


def nearest_share(sightings: Sequence[SightingVector], share: float = NEAREST_SHARE) -> float:
    """The cosine that a share of the pairs of two encounters reaches.

    Parameters
    ----------
    sightings : sequence of SightingVector
        At most some thousand sightings: memory grows with their square.
    share : float
        In (0, 1).

    Returns
    -------
    float
        In [-1, 1]; 1.0 where there is no pair.

    Examples
    --------
    One pair, at right angles:

    >>> rows = [SightingVector(name, name, frozenset(), frozenset(), np.array(vector, np.float32))
    ...         for name, vector in (("a", [1, 0]), ("b", [0, 1]))]
    >>> nearest_share(rows)
    0.0
    """
    if not sightings:
        return 1.0
    vectors = np.array([item.vector for item in sightings], np.float32)
    codes = _codes(sightings)
    apart = np.triu(codes[:, None] != codes[None, :])
    cosines = (vectors @ vectors.T)[apart]
    return float(np.quantile(cosines, 1 - share)) if len(cosines) else 1.0


def _links(
    sightings: Sequence[SightingVector], vectors: NDArray[np.float32], similarity: float
) -> Iterator[tuple[int, int]]:
    """Mutual neighbours, the nearest pair first; a block of rows at a time bounds the memory."""
    codes = _codes(sightings)
    near: dict[tuple[int, int], float] = {}
    for start in range(0, len(sightings), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ vectors.T
        cosines[codes[start : start + _BLOCK, None] == codes[None, :]] = -np.inf
        count = min(NEIGHBOURS, len(sightings))
        columns = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        for row, nearest in enumerate(columns):
            for column in nearest:
                if cosines[row, column] >= similarity:
                    near[start + row, int(column)] = float(cosines[row, column])
    mutual = [pair for pair in near if pair[0] < pair[1] and pair[::-1] in near]
    yield from sorted(
        mutual, key=lambda pair: (-near[pair], *(str(sightings[item].sighting) for item in pair))
    )


def _may_join(ours: Sequence[SightingVector], theirs: Sequence[SightingVector]) -> bool:
    if len(ours) + len(theirs) > LARGEST:
        return False
    frames = frozenset[object]().union(*(item.frames for item in ours))
    if any(item.frames & frames for item in theirs):
        return False
    classes = {name for item in (*ours, *theirs) for name in item.classes}
    return not any(contradicts(one, other) for one in classes for other in classes)


def _group(
    sightings: Sequence[SightingVector], vectors: NDArray[np.float32], rows: Sequence[int]
) -> Cluster:
    cosines = vectors[rows] @ vectors[rows].T
    names = sorted((sightings[item].sighting for item in rows), key=str)
    return Cluster(tuple(names), float(cosines[np.triu_indices(len(rows), 1)].min()))


def _codes(sightings: Sequence[SightingVector]) -> NDArray[np.int64]:
    """Each sighting's encounter as a number."""
    codes: defaultdict[Key, int] = defaultdict(lambda: len(codes))
    return np.array([codes[item.encounter] for item in sightings], np.int64)
