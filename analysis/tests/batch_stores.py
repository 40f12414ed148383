"""Simulated stores with few deer, whose owners certify one batch after the other. Seeded, pure numpy.

Ten times new sightings come in, the owner has a batch judged, and some sightings are reviewed: new references
and now and then a new deer. A batch that fails is asked again at once, with smaller shares. All of it goes
through the functions that the product uses; what is judged, assigned and left over is known to be right or wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.stats import betting_test
from analysis.stats.batch_certificate import HALF, MIN_PAIRS, cuts, likely_share, risk_of
from analysis.stats.betting_test import Status, too_many
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCHES: Final = 10
RESTARTS: Final = 2
BUDGET: Final = 300
REVIEWED: Final = 25
"""Sightings that are named before the first batch for each deer's references aside, and after each one."""
DIMENSION: Final = 96
STRANGERS: Final = 120


@dataclass(frozen=True, slots=True)
class Herd:
    """A kind of store: `quality` scales what tells deer apart, `known_share` of the sightings are of named deer."""

    deer: int
    quality: float
    known_share: float = 0.7
    arriving: int = 120
    alpha: float = 0.05
    waved_through: float = 0.0


@dataclass(slots=True)
class Outcome:
    """What became of one store: (pairs, wrong ones) of each certificate, and what it took."""

    certified: list[tuple[int, int]] = field(default_factory=list)
    plans: int = 0
    judgements: int = 0
    sightings: int = 0
    right: int = 0
    """Sightings, and those among them whose best deer is right: what an oracle could assign."""

    def is_broken(self, alpha: float) -> bool:
        return any(wrong >= too_many(pairs, alpha) for pairs, wrong in self.certified)


def decided(wrong: NDArray[np.bool_], alpha: float, risk: float) -> tuple[Status, int]:
    """The status of a candidate whose pairs, in the order of the draw, are `wrong`; and judgements until then."""
    outcomes = wrong.tolist()
    if len(outcomes) < MIN_PAIRS:
        return (Status.FAILED if all(outcomes) else Status.PASSED), len(outcomes)
    limit = too_many(len(outcomes), alpha)
    stakes = betting_test._stake(outcomes, len(outcomes), alpha, limit)
    doubts = betting_test._doubts(outcomes, alpha)
    return betting_test._decide(outcomes, limit, stakes, doubts, risk)


class Store:
    """One store in the course of its batches."""

    def __init__(self, generator: np.random.Generator, herd: Herd) -> None:
        self.generator, self.herd = generator, herd
        self.own = generator.normal(size=(herd.deer + STRANGERS, DIMENSION)) * herd.quality
        self.cameras = generator.normal(size=(12, DIMENSION)) * 0.5
        self.common = generator.normal(size=DIMENSION) * 1.5
        often = generator.lognormal(0, 0.8, len(self.own))
        self.often = often
        self.enrolled = list(range(herd.deer))
        named = np.repeat(np.arange(herd.deer), 3)
        self.references, self.of = self._photograph(named), named
        self.pool = np.zeros((0, DIMENSION))
        self.who = np.zeros(0, np.int64)
        self.outcome = Outcome()

    def run(self) -> Outcome:
        for _ in range(BATCHES):
            self._arrive()
            share: float | None = None
            for _ in range(1 + RESTARTS):
                share = self._certify(share)
                if share is None:
                    break
            self._review()
        return self.outcome

    def _photograph(self, who: NDArray[np.int64]) -> NDArray[np.float64]:
        seen = self.common + self.own[who] + self.cameras[self.generator.integers(0, 12, len(who))]
        vectors = seen + self.generator.normal(size=seen.shape) * 0.8
        unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def _draw(self, among: NDArray[np.int64], count: int) -> NDArray[np.int64]:
        often = self.often[among]
        return self.generator.choice(among, count, p=often / often.sum())

    def _arrive(self) -> None:
        count = self.herd.arriving
        everybody = np.arange(len(self.own))
        known = np.array(self.enrolled)
        is_known = self.generator.random(count) < self.herd.known_share
        others = np.setdiff1d(everybody, known)
        who = np.where(is_known, self._draw(known, count), self._draw(others, count))
        self.pool = np.concatenate((self.pool, self._photograph(who)))
        self.who = np.concatenate((self.who, who))

    def _scores(self, vectors: NDArray[np.float64]) -> NDArray[np.int32]:
        """(n, n_enrolled)."""
        cosines = vectors @ self.references.T
        best = np.stack([cosines[:, self.of == deer].max(axis=1) for deer in self.enrolled], axis=1)
        units: NDArray[np.int32] = np.rint(np.clip(best, 0, 1) * SCORE_UNITS).astype(np.int32)
        return units

    def _decoys(self) -> NDArray[np.int32]:
        """Labelled sightings are the references themselves; their own deer is left out, as for a decoy."""
        scores = self._scores(self.references)
        scores[np.array(self.enrolled)[None, :] == self.of[:, None]] = 0
        decoys: NDArray[np.int32] = scores.max(axis=1)
        return decoys

    def _certify(self, failed: float | None) -> float | None:
        """One plan; the smallest share that failed, or None where there is nothing to ask again."""
        if not len(self.pool):
            return None
        herd, outcome = self.herd, self.outcome
        scores = self._scores(self.pool)
        best, column = scores.max(axis=1), scores.argmax(axis=1)
        wrong = np.array(self.enrolled)[column] != self.who
        share = likely_share(best, self._decoys(), herd.alpha)
        if failed is not None:
            share = min(share, failed * HALF)
        outcome.plans += 1
        risk = risk_of(outcome.plans)
        judged_wrong = wrong & (self.generator.random(len(wrong)) >= herd.waved_through)
        order = self.generator.permutation(len(best))
        judged: set[int] = set()
        taken: NDArray[np.bool_] | None = None
        candidates = cuts(best, (share * HALF, share))
        for cut, _ in candidates:
            items = order[best[order] >= cut]
            status, count = decided(judged_wrong[items], herd.alpha, risk)
            judged |= set(items[:count].tolist())
            if status is not Status.PASSED or len(judged) > BUDGET:
                break
            taken = best >= cut
            if len(best) < MIN_PAIRS:
                taken &= ~judged_wrong  # all are judged, and those found right are certified
        outcome.judgements += len(judged)
        refused = np.zeros(len(best), np.bool_)
        refused[list(judged)] = judged_wrong[list(judged)]
        if taken is not None:
            outcome.certified.append((int(taken.sum()), int((taken & wrong).sum())))
            outcome.sightings += int((taken & ~refused).sum())
            outcome.right += int((taken & ~refused & ~wrong).sum())
        keep = ~refused if taken is None else ~refused & ~taken
        self.pool, self.who = self.pool[keep], self.who[keep]
        return None if taken is not None else candidates[0][1] / len(best)

    def _review(self) -> None:
        """Some sightings are named by a person: new references, and the strangers among them new deer."""
        chosen = self.generator.permutation(len(self.who))[:REVIEWED]
        new = [
            int(one) for one in dict.fromkeys(self.who[chosen].tolist()) if one not in self.enrolled
        ]
        self.enrolled += new[:1]
        named = chosen[np.isin(self.who[chosen], self.enrolled)]
        self.references = np.concatenate((self.references, self.pool[named]))
        self.of = np.concatenate((self.of, self.who[named]))
        keep = np.ones(len(self.who), np.bool_)
        keep[named] = False
        self.pool, self.who = self.pool[keep], self.who[keep]
