"""Simulated herds with known truth, on which the recommendation is tested. Seeded, pure numpy.

A sighting's vector is what all deer have in common, plus its deer's own, plus that of its camera, plus
noise, scaled to one. `quality` scales the deer's own part: 0 has no signal at all, 1.2 tells most deer apart.
Sightings per deer are lognormal, so that a few deer make up most of the photographs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.audit.state import AuditState, JudgedCandidate
from analysis.recommendation.fpir_gate import fpir_gate
from analysis.recommendation.types import Active, Situation
from analysis.recommendation.verdict import recommend
from analysis.score_log.trials import Trials
from analysis.stats import betting_test
from analysis.stats.betting_test import RISK, Status, evidence
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.audit.state import CandidateThreshold
    from analysis.recommendation.types import Recommendation

DIMENSION = 96


@dataclass(frozen=True, eq=False)
class World:
    """`trials`: reviewed sightings. `best` and `is_wrong` (n,): unreviewed ones. `strangers` (s,): their best."""

    trials: Trials
    best: NDArray[np.int32]
    is_wrong: NDArray[np.bool_]
    strangers: NDArray[np.int32]

    def fpir(self, threshold: int) -> float:
        return float((self.strangers >= threshold).mean())

    def fdp(self, threshold: int) -> float:
        assigned = self.best >= threshold
        return float(self.is_wrong[assigned].mean()) if assigned.any() else 0.0


def photographer(
    generator: np.random.Generator, own: NDArray[np.float64]
) -> Callable[[NDArray[np.int64]], NDArray[np.float64]]:
    """What takes photographs, unit rows (n, DIMENSION), of animals (n,) that look like the rows of `own`: twelve cameras."""
    cameras = generator.normal(size=(12, DIMENSION)) * 0.5
    common = generator.normal(size=DIMENSION) * 1.5

    def photograph(who: NDArray[np.int64]) -> NDArray[np.float64]:
        seen = common + own[who] + cameras[generator.integers(0, 12, len(who))]
        vectors = seen + generator.normal(size=seen.shape) * 0.8
        unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    return photograph


def world(
    generator: np.random.Generator,
    *,
    quality: float,
    enrolled: int = 30,
    reviewed: int = 300,
    unreviewed: int = 1500,
    known_share: float = 0.7,
    distinctiveness: float = 1.0,
) -> World:
    """One herd. `distinctiveness` > 1 makes the enrolled deer more striking than strangers are."""
    deer = enrolled + 200
    own = generator.normal(size=(deer, DIMENSION)) * quality
    own[:enrolled] *= distinctiveness
    photograph = photographer(generator, own)

    often = generator.lognormal(0, 0.8, enrolled)
    herd = often / often.sum()
    per_deer = 5
    references = photograph(np.repeat(np.arange(enrolled), per_deer))

    def scores(who: NDArray[np.int64]) -> NDArray[np.int32]:
        cosines = photograph(who) @ references.T
        best = cosines.reshape(len(who), enrolled, per_deer).max(axis=2)
        units: NDArray[np.int32] = np.rint(np.clip(best, 0, 1) * SCORE_UNITS).astype(np.int32)
        return units

    labelled = generator.choice(enrolled, reviewed, p=herd)
    trial_scores = scores(labelled)
    trials = Trials(trial_scores, np.ones_like(trial_scores, np.bool_), labelled, labelled)
    is_known = generator.random(unreviewed) < known_share
    passing = generator.integers(enrolled, deer, unreviewed)
    who = np.where(is_known, generator.choice(enrolled, unreviewed, p=herd), passing)
    population = scores(who)
    strangers = scores(generator.integers(enrolled, deer, 2000))
    return World(
        trials, population.max(axis=1), population.argmax(axis=1) != who, strangers.max(axis=1)
    )


def status_of(outcomes: Sequence[bool], population: int, alpha: float) -> Status:
    """What `evidence` says last, without its bound: a hundredth of its time, for thousands of audits."""
    limit = betting_test.too_many(population, alpha)
    stakes = betting_test._stake(outcomes, population, alpha, limit)
    doubts = betting_test._doubts(outcomes, alpha)
    return betting_test._decide(outcomes, limit, stakes, doubts, RISK)[0]


def audited(
    of: World,
    candidates: tuple[CandidateThreshold, ...],
    alpha: float,
    generator: np.random.Generator,
) -> AuditState:
    """The plan carried through by a person who knows: one random order, candidates from high to low."""
    order = generator.permutation(len(of.best))
    judged: set[int] = set()
    state = []
    for candidate in candidates:
        items = order[of.best[order] >= candidate.threshold]
        wrong = of.is_wrong[items].tolist()
        number, status = 0, Status.OPEN
        while status is Status.OPEN and number < len(wrong) and len(judged) < 300:
            judged.add(int(items[number]))
            number += 1
            status = status_of(wrong[:number], len(items), alpha)
        outcomes = tuple(wrong[:number])
        state.append(JudgedCandidate(candidate, outcomes, evidence(outcomes, len(items), alpha)))
        if status is not Status.PASSED:
            break
    return AuditState("simulated", len(of.best), alpha, 0.05, tuple(state), len(judged))


def recommended(of: World, generator: np.random.Generator, alpha: float = 0.05) -> Recommendation:
    """The whole rule on one world: gate, plan, audit, verdict."""
    trials = of.trials
    situation = Situation(
        gate=fpir_gate(trials.decoys, trials.deer),
        assigned=lambda threshold: of.best[of.best >= threshold],
        eligible=len(of.best),
        active=Active(5500),
        alpha_fdp=alpha,
    )
    first = recommend(situation)
    if not first.candidates:
        return first
    audit = audited(of, first.candidates, alpha, generator)
    return recommend(replace(situation, audit=audit))
