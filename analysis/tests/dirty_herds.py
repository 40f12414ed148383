"""Simulated herds whose labels are dirty: some are wrong, some deer have two profiles. Seeded, pure numpy.

The vectors are those of `analysis.tests.worlds`. Every labelled sighting is an encounter of its own, and the first of a
deer are its references, wrong ones too, as an import makes them. An oracle who knows the truth works off the list of
doubts until none stands open; the scores are computed anew after each round.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.labels.doubts import Doubts, find_doubts
from analysis.score_log.trials import NOT_COMPARED, Trials
from analysis.tests.worlds import DIMENSION, World, photographer, recommended
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

REFERENCES = 5
NOBODY = -1


@dataclass(eq=False)
class DirtyHerd:
    """`labels` (n,): profile of each labelled sighting, NOBODY where it was taken away; `animal_of` (p,): whose each one is.

    `truth` (n,): the animal that each shows; `unreviewed` and `strangers` are photographs with their animals.
    """

    photographs: NDArray[np.float64]
    truth: NDArray[np.int64]
    labels: NDArray[np.int64]
    animal_of: NDArray[np.int64]
    unreviewed: tuple[NDArray[np.float64], NDArray[np.int64]]
    strangers: NDArray[np.float64]
    is_kept: NDArray[np.bool_] = field(init=False)
    are_two: NDArray[np.bool_] = field(init=False)
    answers: int = 0

    def __post_init__(self) -> None:
        self.is_kept = np.zeros(len(self.labels), bool)
        self.are_two = np.zeros((len(self.animal_of), len(self.animal_of)), bool)

    @property
    def is_wrong(self) -> NDArray[np.bool_]:
        """(n,): labels that are of another animal than their profile's."""
        wrong: NDArray[np.bool_] = (self.labels != NOBODY) & (
            self.animal_of[self.labels] != self.truth
        )
        return wrong

    def references(self, profile: int) -> NDArray[np.intp]:
        return np.flatnonzero(self.labels == profile)[:REFERENCES]

    def shown(self, profile: int) -> int | None:
        """The animal that most pictures of a profile show, whatever it is called; None where it has no picture."""
        animals = self.truth[self.labels == profile]
        return int(np.bincount(animals).argmax()) if len(animals) else None

    def scores(
        self, of: NDArray[np.float64], rows: NDArray[np.intp] | None = None
    ) -> NDArray[np.int32]:
        """(n, p) in score units; `rows` are the labelled sightings that these are, each no reference for itself."""
        table = np.full((len(of), len(self.animal_of)), NOT_COMPARED, np.int32)
        for profile in range(len(self.animal_of)):
            references = self.references(profile)
            if not len(references):
                continue
            cosines = np.clip(of @ self.photographs[references].T, 0, 1)
            if rows is not None:
                cosines[rows[:, None] == references[None, :]] = -1.0
            best = cosines.max(axis=1)
            table[:, profile] = np.where(best < 0, NOT_COMPARED, np.rint(best * SCORE_UNITS))
        return table

    def trials(self) -> Trials:
        rows = np.flatnonzero(self.labels != NOBODY)
        scores = self.scores(self.photographs[rows], rows)
        own = self.labels[rows]
        return Trials(scores, np.ones_like(scores, np.bool_), own, own)

    def doubts(self) -> Doubts:
        return find_doubts(self.trials(), self.is_kept[self.labels != NOBODY], self.are_two)

    def answer(self, doubts: Doubts) -> None:
        """What somebody would answer who knows the animals."""
        rows = np.flatnonzero(self.labels != NOBODY)
        self.answers += len(doubts.labels) + len(doubts.twins)
        for label in doubts.labels:
            row = rows[label.row]
            if not self.is_wrong[row]:
                self.is_kept[row] = True
            elif self.animal_of[label.other] == self.truth[row]:
                self.labels[row] = label.other
            else:
                self.labels[row] = NOBODY
        for pair in doubts.twins:
            shown = self.shown(pair.first)
            if shown is not None and shown == self.shown(pair.second):
                kept = pair.first if self.animal_of[pair.first] == shown else pair.second
                self.labels[np.isin(self.labels, (pair.first, pair.second))] = kept
            else:
                self.are_two[pair.first, pair.second] = self.are_two[pair.second, pair.first] = True

    def work_off(self) -> None:
        """Answer until nothing stands open."""
        doubts = self.doubts()
        while doubts != Doubts():
            self.answer(doubts)
            doubts = self.doubts()

    def assigned(self, seed: int) -> int:
        """Unreviewed sightings that the whole rule would assign, audit included: 0 where it recommends nothing."""
        trials, (photographs, animals) = self.trials(), self.unreviewed
        table = self.scores(photographs)
        best = table.max(axis=1)
        is_wrong = self.animal_of[table.argmax(axis=1)] != animals
        strangers = self.scores(self.strangers).max(axis=1)
        world = World(trials, best, is_wrong, strangers)
        threshold = recommended(world, np.random.default_rng(seed)).threshold
        return 0 if threshold is None else int((best >= threshold).sum())


def dirty_herd(
    generator: np.random.Generator,
    *,
    quality: float,
    wrong: float = 0.05,
    twins: int = 0,
    deer: int = 30,
    labelled: int = 400,
    unreviewed: int = 1500,
    known_share: float = 0.7,
) -> DirtyHerd:
    """A herd of which a share `wrong` of the labels is of another deer, and `twins` deer have two profiles."""
    animals = deer + 200
    own = generator.normal(size=(animals, DIMENSION)) * quality
    photograph = photographer(generator, own)

    often = generator.lognormal(0, 0.8, deer)
    truth = generator.choice(deer, labelled, p=often / often.sum())
    is_known = generator.random(unreviewed) < known_share
    passing = generator.integers(deer, animals, unreviewed)
    who = np.where(is_known, generator.choice(deer, unreviewed, p=often / often.sum()), passing)
    labels = truth.copy()
    second = generator.permutation(deer)[:twins]
    for number, animal in enumerate(second):
        labels[(truth == animal) & (generator.random(labelled) < 0.5)] = deer + number
    is_wrong = generator.random(labelled) < wrong
    labels[is_wrong] = (labels[is_wrong] + generator.integers(1, deer, int(is_wrong.sum()))) % deer
    return DirtyHerd(
        photograph(truth),
        truth,
        labels,
        np.concatenate((np.arange(deer), second)),
        (photograph(who), who),
        photograph(generator.integers(deer, animals, 2000)),
    )
