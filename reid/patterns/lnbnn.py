"""Scores of patterns: how much nearer a deer's photographs are to a probe than chance brings any. Pure numpy.

Local naive Bayes nearest neighbour (McCann and Lowe 2012, arXiv 1112.0059, on Boiman et al. 2008,
doi 10.1109/CVPR.2008.4587598): each keypoint of the probe votes for a photograph by how much nearer its nearest keypoint
there is than the one that a background of other animals' photographs has to offer. Common marks are near everywhere and
say nothing; rare ones decide. Here the background is frozen and drawn from the store, the votes must lie in the same
place of the torso and fit each other (`reid.patterns.geometry`), and each deer is compared by itself: photographs known
as the compared deer's are left out of the background. Sums are counted in spreads of the deer (`reid.patterns.spreads`): some
coats agree with everything a little. So a score depends on the probe, that deer's references and the background alone, and
another deer's new reference changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from reid.antlers import ANY_SEASON, of_one_season
from reid.patterns.blocks import nearest, normalisers
from reid.patterns.geometry import consistent
from reid.patterns.keypoints import UNIT
from reid.patterns.shortlist import best_sums, shortlist
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from reid.patterns.blocks import Block
    from reid.patterns.card import MatcherCard
    from reid.patterns.keypoints import Keypoints

NOT_COMPARABLE: Final = -1
"""Score of a deer that has no reference to compare with, or of a probe that has no background."""
NOBODY: Final = -1
"""Owner of a photograph that is not known as any enrolled deer's."""
NO_ENCOUNTER: Final = -1
"""Encounter of a photograph that has none, or one that no other has."""


@dataclass(frozen=True, slots=True)
class Photographs:
    """Photographs to compare with: a gallery's references, or a background.

    Attributes
    ----------
    block : Block
        Keypoints of the m photographs.
    owners : ndarray of intp, shape (m,)
        Deer of each, as its column; NOBODY where it is not known as an enrolled one's.
    sides : ndarray of int8, shape (m,)
        Flank of each: 1 left, -1 right, 0 not known, which is compared with everything.
    encounters : ndarray of int64, shape (m,)
        Code of each one's encounter; NO_ENCOUNTER where it has none.
    seasons : ndarray of int64, shape (m,), or None
        Antler season of each (`reid.antlers`); None: all count in every season.
    """

    block: Block
    owners: NDArray[np.intp]
    sides: NDArray[np.int8]
    encounters: NDArray[np.int64]
    seasons: NDArray[np.int64] | None = None

    def take(self, positions: NDArray[np.intp]) -> Self:
        """Some of these photographs.

        Parameters
        ----------
        positions : ndarray of intp, shape (k,)
            Which ones.

        Returns
        -------
        Photographs
            In the order of the positions.
        """
        return type(self)(
            self.block.take(positions),
            self.owners[positions],
            self.sides[positions],
            self.encounters[positions],
            None if self.seasons is None else self.seasons[positions],
        )

    def probe(self, position: int) -> Probe:
        """One of these as a photograph to be identified.

        Parameters
        ----------
        position : int
            Which one.

        Returns
        -------
        Probe
            With its side and its encounter, and of no antler season.
        """
        return Probe(
            self.block.photograph(position),
            int(self.sides[position]),
            int(self.encounters[position]),
        )

    def comparable(self, probe: Probe) -> NDArray[np.intp]:
        """Photographs that a probe may be compared with.

        Parameters
        ----------
        probe : Probe
            What is to be compared.

        Returns
        -------
        ndarray of intp
            Positions, ascending: not of the other flank, and not of the probe's own encounter. Of what is then left of a
            deer, those of another antler season are among them only where it has no others.
        """
        own = (self.encounters == probe.encounter) & (self.encounters != NO_ENCOUNTER)
        allowed = (self.sides * probe.side >= 0) & ~own
        if self.seasons is not None and probe.season != ANY_SEASON:
            season = np.array([probe.season], np.int64)
            allowed = of_one_season(allowed[None], season, self.seasons, self.owners)[0]
        found: NDArray[np.intp] = np.flatnonzero(allowed)
        return found


@dataclass(frozen=True, slots=True)
class Probe:
    """Photograph to be identified.

    Attributes
    ----------
    keypoints : Keypoints
        What was found on it.
    side : int
        Its flank: 1 left, -1 right, 0 not known.
    encounter : int
        Code of its encounter; NO_ENCOUNTER where it has none.
    season : int
        Its antler season; ANY_SEASON where that does not matter.
    """

    keypoints: Keypoints
    side: int = 0
    encounter: int = NO_ENCOUNTER
    season: int = ANY_SEASON


@dataclass(frozen=True, slots=True)
class Matches:
    """Matched points of a probe and one reference that agree in place, size and geometry, heaviest first.

    Attributes
    ----------
    probe, reference : ndarray of float32, shape (n, 2)
        x and y in the upright crops, as fractions of their width and height.
    weights : ndarray of float32, shape (n,)
        How much nearer each is than chance, in lengths of a descriptor: above 0, below the root of 2.
    """

    probe: NDArray[np.float32]
    reference: NDArray[np.float32]
    weights: NDArray[np.float32]

    @property
    def total(self) -> float:
        """Sum of the weights: the score of this reference."""
        return float(self.weights.sum(dtype=np.float64))


def score(
    probe: Probe,
    references: Photographs,
    background: Photographs,
    deer: int,
    card: MatcherCard,
    spreads: NDArray[np.float64],
    similarities: NDArray[np.float32] | None = None,
) -> NDArray[np.int32]:
    """Scores of a probe against all deer.

    Parameters
    ----------
    probe : Probe
        What is to be identified.
    references : Photographs
        References of the deer, each with its owner.
    background : Photographs
        What chance is measured by.
    deer : int
        Number of deer.
    card : MatcherCard
        The matcher's numbers.
    spreads : ndarray of float64, shape (deer,)
        How far sums with each deer spread by chance, above 0; 1 leaves them as they are.
    similarities : ndarray of float32, shape (m,), optional
        Cosine of the probe's embedding to each reference's, NaN where one has none: of each deer only the `shortlist`
        most alike are compared. None: all of them.

    Returns
    -------
    ndarray of int32, shape (deer,)
        Score units: 1 - exp(-s / softness) times 10,000, rounded with halves to even, where s is the mean of the deer's
        best references' sums of margins, in spreads of the deer. NOT_COMPARABLE for a deer without a reference of that flank from another
        encounter, and where the background has too few photographs besides that deer's.
    """
    found = sums(probe, references, background, deer, card, similarities)
    return score_of_sums(found, references.owners, deer, card, spreads)


def score_of_sums(
    sums: NDArray[np.float64],
    owners: NDArray[np.intp],
    deer: int,
    card: MatcherCard,
    spreads: NDArray[np.float64],
) -> NDArray[np.int32]:
    """Scores of a probe, from what its references are worth.

    Parameters
    ----------
    sums : ndarray of float64, shape (m,)
        Sums of margins with each reference; NaN of those that do not count.
    owners : ndarray of intp, shape (m,)
        Deer of each reference.
    deer : int
        Number of deer.
    card : MatcherCard
        The matcher's numbers.
    spreads : ndarray of float64, shape (deer,)
        As for `score`.

    Returns
    -------
    ndarray of int32, shape (deer,)
        As `score` has them.

    Examples
    --------
    The mean of 2 and 4 in spreads of 2 is half of the softness, and 1 - exp(-0.5) is 0.3935:

    >>> from reid.patterns.card import MatcherCard
    >>> card = MatcherCard(softness=3.0)
    >>> score_of_sums(np.array([2.0, 4.0]), np.array([0, 0]), 1, card, np.array([2.0])).tolist()
    [3935]
    """
    best = best_sums(sums, owners, deer, card.best)
    units = np.rint(-np.expm1(-best / spreads / card.softness) * SCORE_UNITS)
    return np.where(np.isnan(best), NOT_COMPARABLE, units).astype(np.int32)


def sums(
    probe: Probe,
    references: Photographs,
    background: Photographs,
    deer: int,
    card: MatcherCard,
    similarities: NDArray[np.float32] | None = None,
) -> NDArray[np.float64]:
    """Sums of margins of a probe with each reference, before they become scores.

    Parameters
    ----------
    probe, references, background, deer, card, similarities
        As for `score`.

    Returns
    -------
    ndarray of float64, shape (m,)
        0 where nothing matches; NaN for references that do not count, or whose deer has no normaliser.
    """
    result = np.full(len(references.block), np.nan)
    positions = references.comparable(probe)
    if similarities is not None:
        listed = shortlist(similarities[positions], references.owners[positions], card.shortlist)
        positions = positions[listed]
    if not len(positions):
        return result
    limits = _limits(probe, background, deer, card)
    owners = references.owners[positions]
    is_measured = ~np.isnan(limits[0, owners])
    positions, owners = positions[is_measured], owners[is_measured]
    result[positions] = 0.0
    votes = _votes(probe, references.block, positions, limits[:, owners], card)
    for column, part in votes.by_photograph():
        kept = consistent(votes.probe[part], votes.reference[part], votes.weights[part])
        result[positions[column]] = votes.weights[part][kept].sum(dtype=np.float64)
    return result


def explain(
    probe: Probe,
    references: Photographs,
    position: int,
    background: Photographs,
    card: MatcherCard,
) -> Matches:
    """Points in which a probe and one reference agree: what its part of the score is made of.

    Parameters
    ----------
    probe : Probe
        What is to be identified.
    references : Photographs
        References, of any deer.
    position : int
        Which of them.
    background : Photographs
        What chance is measured by, with the same owners as the references.
    card : MatcherCard
        The matcher's numbers.

    Returns
    -------
    Matches
        Heaviest first; none where the two are not comparable. Its total is what `sums` says of the reference.
    """
    if position not in references.comparable(probe):
        return _nothing()
    owner = references.owners[position]
    is_own = (background.owners == owner) & (owner != NOBODY)
    owners = np.where(is_own, 0, NOBODY).astype(np.intp)
    found = _explained(
        probe, references, np.array([position]), replace(background, owners=owners), card
    )
    return found.get(position, _nothing())


def explain_best(
    probe: Probe, references: Photographs, background: Photographs, card: MatcherCard
) -> tuple[int | None, Matches]:
    """Points in which a probe agrees with that reference of a deer that it agrees with most.

    Parameters
    ----------
    probe : Probe
        What is to be identified.
    references : Photographs
        References of this one deer.
    background : Photographs
        What chance is measured by; `owners` are 0 where a photograph is known as this deer's, else NOBODY.
    card : MatcherCard
        The matcher's numbers.

    Returns
    -------
    int or None
        Position of the reference; None where the probe can be compared with none of them.
    Matches
        Heaviest first; none where nothing agrees beyond chance.
    """
    positions = references.comparable(probe)
    if not len(positions):
        return None, _nothing()
    found = _explained(probe, references, positions, background, card)
    if not found:
        return int(positions[0]), _nothing()
    best = max(found, key=lambda position: found[position].total)
    return best, found[best]


def _explained(
    probe: Probe,
    references: Photographs,
    positions: NDArray[np.intp],
    background: Photographs,
    card: MatcherCard,
) -> dict[int, Matches]:
    """Of those of one deer's references with which something agrees; `background` owners are 0 for that deer's."""
    limits = _limits(probe, background, 1, card)
    if np.isnan(limits).any():
        return {}
    votes = _votes(
        probe, references.block, positions, np.repeat(limits, len(positions), axis=1), card
    )
    found = {}
    for column, part in votes.by_photograph():
        here, there, weights = votes.probe[part], votes.reference[part], votes.weights[part]
        kept = np.flatnonzero(consistent(here, there, weights))
        order = kept[np.argsort(-weights[kept], kind="stable")]
        found[int(positions[column])] = Matches(here[order], there[order], weights[order])
    return found


def _nothing() -> Matches:
    places = np.empty((0, 2), np.float32)
    return Matches(places, places, np.empty(0, np.float32))


@dataclass(frozen=True, slots=True)
class _Votes:
    """Votes of a probe's keypoints, in the order of the photographs that they are for."""

    photographs: NDArray[np.intp]
    probe: NDArray[np.float32]
    reference: NDArray[np.float32]
    weights: NDArray[np.float32]

    def by_photograph(self) -> Iterator[tuple[int, slice]]:
        columns, counts = np.unique(self.photographs, return_counts=True)
        ends = np.cumsum(counts)
        for column, start, end in zip(columns.tolist(), ends - counts, ends, strict=True):
            yield column, slice(start, end)


def _limits(
    probe: Probe, background: Photographs, deer: int, card: MatcherCard
) -> NDArray[np.float32]:
    """Normalisers (n, deer) in the background that the probe may be compared with."""
    positions = background.comparable(probe)
    found = nearest(probe.keypoints, background.block, positions)
    return normalisers(found.distances, background.owners[positions], deer, card.rank)


def _votes(
    probe: Probe,
    block: Block,
    positions: NDArray[np.intp],
    limits: NDArray[np.float32],
    card: MatcherCard,
) -> _Votes:
    """Votes for the photographs at `positions` (m,), below the limits (n, m), where place and scale agree."""
    found = nearest(probe.keypoints, block, positions)
    columns, own = np.nonzero(found.distances.T < limits.T)  # in the order of the photographs
    photographs, theirs = positions[columns], found.keypoints[own, columns]
    here = probe.keypoints.places.astype(np.float32)[own]
    there = block.places[photographs, theirs]
    log_scales = np.log(probe.keypoints.scales.astype(np.float32))[own]
    agrees = (np.abs(here - there) < card.place).all(axis=1) & (
        np.abs(log_scales - block.log_scales[photographs, theirs]) < card.scale
    )
    margins = (limits - found.distances)[own, columns] / np.float32(UNIT)
    return _Votes(columns[agrees], here[agrees], there[agrees], margins[agrees])
