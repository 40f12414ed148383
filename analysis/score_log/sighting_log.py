"""Sighting log: the score log by sighting, in one pass; labelled ones as trials, others as would-be assignments.

The unit is the one that runs decide on. A sighting's score for a deer is the mean over its detections, its
eligible deer are those that neither sex nor life span of any detection nor a person rules out, and sightings
that share a frame are decided together, by `reid.matching.decide` itself. Memory grows with the number of
sightings, not with that of logged scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.score_log.facts import (
    CapturePeriod,
    SightingFacts,
    known_neighbours,
    read_facts,
    shared_frames,
    sightings_with_pattern,
)
from analysis.score_log.known_impostors import ImpostorKind, KnownImpostors
from analysis.score_log.labels import KnownSighting, Labels
from analysis.score_log.scan import compared_deer, score_blocks
from analysis.score_log.trials import NOT_COMPARED, Trials
from reid.db.query_plans import by_index
from reid.matching.decide import DecisionOutcome, Probe, decide
from reid.matching.eligibility import EligibleDeer, lives_of
from reid.models import Scorer
from reid.scoring.learned_deer import learned_deer
from reid.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.matching.similarity import Key

Fact = tuple["UUID", SightingFacts]
"""A sighting and its facts."""


@dataclass(frozen=True, slots=True, eq=False)
class WouldBe:
    """The assignments that a run at one threshold would make: (sighting, deer) pairs and their scores (n,), units."""

    pairs: tuple[tuple[UUID, UUID], ...]
    scores: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SightingLog:
    """The log of one scorer. `deer` are compared and in the gallery's order, as columns of all scores.

    `trials` are labelled sightings that are evidence, `trial_sightings` and `trial_classes` theirs; `learned` (t,) are
    those of deer that the scorer learned from;
    `labelled` counts labelled ones of any kind. `best_of_all` (e,) are the best scores of all `eligible`
    sightings, labelled or not, NOT_COMPARED where no deer is possible. The unreviewed eligible sightings number `unreviewed`, with
    classes `classes`: those alone in their frames have `best` and `columns` (n,), NOT_COMPARED where no deer
    is possible; the rest are among the probes that share frames. `patterned` are the
    sightings with a pattern score, None where the scorer has no strata. What was certified for a batch is neither labelled
    nor unreviewed, since no run changes it. `impostors` has the scores of pairs that cannot be, by kind.
    """

    deer: tuple[UUID, ...]
    labels: Labels
    trials: Trials
    trial_sightings: tuple[UUID, ...]
    trial_classes: tuple[str, ...]
    learned: NDArray[np.bool_]
    labelled: int
    eligible: tuple[UUID, ...]
    best_of_all: NDArray[np.int32]
    unreviewed: int
    classes: tuple[str, ...]
    sightings: tuple[UUID, ...]
    best: NDArray[np.int32]
    columns: NDArray[np.int64]
    together: tuple[Probe, ...]
    impostors: Mapping[ImpostorKind, NDArray[np.int64]]
    patterned: frozenset[UUID] | None = None

    def would_assign(self, threshold: int, only: Stratum | None = None) -> WouldBe:
        """The assignments among unreviewed sightings that a run at `threshold` would make: of one stratum, or of all."""
        reached = self.best >= threshold
        rows = np.flatnonzero(reached & self.is_of(only, self.sightings))
        pairs = [(self.sightings[row], self.deer[self.columns[row]]) for row in rows]
        scores = self.best[rows].tolist()
        for verdict in decide(self.together, self.deer, threshold, only):
            if verdict.outcome is DecisionOutcome.ASSIGNED:
                pairs.append((verdict.sighting, verdict.deer))  # type: ignore[arg-type] # keys are ours
                scores.append(verdict.score)
        return WouldBe(tuple(pairs), np.array(scores, np.int32))

    def is_of(self, stratum: Stratum | None, sightings: Sequence[Key]) -> NDArray[np.bool_]:
        """Which of some sightings (n,) are of a stratum; None: all are. Of none where the scorer has no strata."""
        if stratum is None:
            return np.ones(len(sightings), np.bool_)
        if self.patterned is None:
            return np.zeros(len(sightings), np.bool_)
        has_pattern = np.array([key in self.patterned for key in sightings], np.bool_)
        return has_pattern if stratum is Stratum.WITH_PATTERN else ~has_pattern


def read_log(scorer: Scorer, period: CapturePeriod | None = None) -> SightingLog:
    """Read it, with a fixed number of queries."""
    return _read(scorer, period or CapturePeriod()).close(learned_deer(scorer))


def read_labels(scorer: Scorer, period: CapturePeriod | None = None) -> Labels:
    """Read the labelled sightings alone, which are few beside the others. A fixed number of queries."""
    return _read(scorer, period or CapturePeriod(), labelled=True).labels()


def _read(scorer: Scorer, period: CapturePeriod, *, labelled: bool = False) -> _Collector:
    facts = read_facts(period)
    shared = shared_frames(facts)
    neighbours = known_neighbours(facts, shared)
    has_strata = scorer.kind == Scorer.Kind.FUSED and not labelled
    patterned = sightings_with_pattern(scorer, period) if has_strata else None
    with by_index():
        compared = compared_deer(scorer)
        deer = [item for item in compared if item.merged_into_id is None]
        eligible = EligibleDeer([item.pk for item in deer], lives_of(deer))
        keys = tuple(item.pk for item in deer)
        collector = _Collector(keys, shared, neighbours, eligible, patterned)
        collector.beside = {
            frozenset({own, other})
            for sighting, others in neighbours.items()
            for own in facts[sighting].known
            for other in others - {own}
        }
        for sightings, scores in score_blocks(scorer, period, compared, labelled=labelled):
            # A run may have logged a sighting's first scores since the facts were read.
            there = [row for row, sighting in enumerate(sightings) if sighting in facts]
            present = [(sightings[row], facts.pop(sightings[row])) for row in there]
            if present:
                collector.add(present, scores[there])
    for sighting, about in facts.items():  # not embedded, but it holds its deer in its frame
        if about.settled and about.frames & shared:
            collector.add_silent(sighting, about)
    return collector


class _Collector:
    """Collector of the one pass: trials, would-be assignments, impostors."""

    def __init__(
        self,
        deer: tuple[UUID, ...],
        shared: set[UUID],
        neighbours: Mapping[UUID, set[UUID]],
        eligible_deer: EligibleDeer,
        patterned: frozenset[UUID] | None,
    ) -> None:
        self.patterned = patterned
        self.deer = deer
        self.shared = shared
        self.neighbours = neighbours
        self.eligible_deer = eligible_deer
        self.beside: set[frozenset[UUID]] = set()
        self.known: list[KnownSighting] = []
        self.alone: list[tuple[UUID, int, int]] = []
        self.together: list[Probe] = []
        self.classes: list[str] = []
        self.labelled = 0
        self.eligible: list[UUID] = []
        self.best: list[int] = []
        self.impostors = KnownImpostors()

    def add(self, sightings: Sequence[Fact], scores: NDArray[np.int32]) -> None:
        """Sightings with their scores (n, n_deer)."""
        known = np.stack([self.eligible_deer.columns(about.known) for _, about in sightings])
        self.impostors.add(scores, known, self._impossible(sightings))
        # A neighbour in the frame holds its deer too, but that is decided for the whole frame.
        possible = np.stack(
            [
                self.eligible_deer.of(about.classes, about.days, about.rejected)
                for _, about in sightings
            ]
        )
        candidates = np.where(possible, scores, NOT_COMPARED)
        columns = candidates.argmax(axis=1)
        best = candidates[np.arange(len(columns)), columns]
        rows = zip(sightings, best.tolist(), columns.tolist(), scores, possible, strict=True)
        for (sighting, about), highest, column, *row in rows:
            self._keep(sighting, about, (highest, column), *row)

    def _impossible(self, sightings: Sequence[Fact]) -> dict[ImpostorKind, NDArray[np.bool_]]:
        """(n, n_deer) by kind: the deer that the sightings cannot be."""
        deer = self.eligible_deer
        beside = [self.neighbours.get(sighting, ()) for sighting, _ in sightings]
        of_sex = [deer.ruled_out_by_sex(frozenset(item.classes)) for _, item in sightings]
        of_life = [deer.ruled_out_by_life(frozenset(item.days)) for _, item in sightings]
        return {
            ImpostorKind.SEX: np.stack(of_sex),
            ImpostorKind.LIFE_SPAN: np.stack(of_life),
            ImpostorKind.SAME_FRAME: np.stack([deer.columns(keys) for keys in beside]),
        }

    def _keep(
        self,
        sighting: UUID,
        about: SightingFacts,
        best: tuple[int, int],
        scores: NDArray[np.int32],
        possible: NDArray[np.bool_],
    ) -> None:
        name = min(about.classes)
        self.eligible.append(sighting)
        self.best.append(best[0])
        if about.known:
            self.labelled += 1
            if len(about.known) == 1:
                self.known.append(
                    KnownSighting(sighting, name, about, scores.copy(), possible.copy())
                )
        elif not about.certified:
            self.classes.append(name)
        frames: frozenset[Key] = frozenset(about.frames & self.shared)
        if frames:
            # Copies, since a view would keep its whole block.
            settled: frozenset[Key] = frozenset(about.settled)
            patterned = self.patterned
            stratum = None if patterned is None else Stratum.of(sighting in patterned)
            probe = Probe(
                sighting, frames, scores.copy(), possible.copy(), settled, stratum=stratum
            )
            self.together.append(probe)
        elif not about.settled:
            self.alone.append((sighting, *best))

    def add_silent(self, sighting: UUID, about: SightingFacts) -> None:
        nobody = np.zeros(len(self.deer), np.bool_)
        frames: frozenset[Key] = frozenset(about.frames & self.shared)
        self.together.append(Probe(sighting, frames, None, nobody, frozenset(about.settled)))

    def labels(self) -> Labels:
        return Labels.of(self.known, self.deer, self.beside)

    def close(self, learned: Collection[UUID]) -> SightingLog:
        labels = self.labels()
        evidence = [item for item in self.known if item.about.is_evidence]
        return SightingLog(
            deer=self.deer,
            labels=labels,
            trials=labels.trials.take(labels.is_evidence),
            trial_sightings=tuple(item.sighting for item in evidence),
            trial_classes=tuple(item.name for item in evidence),
            learned=np.array([item.deer in learned for item in evidence], np.bool_),
            labelled=self.labelled,
            eligible=tuple(self.eligible),
            best_of_all=np.array(self.best, np.int32),
            unreviewed=len(self.classes),
            classes=tuple(self.classes),
            sightings=tuple(item[0] for item in self.alone),
            best=np.array([item[1] for item in self.alone], np.int32),
            columns=np.array([item[2] for item in self.alone], np.int64),
            together=tuple(self.together),
            impostors=self.impostors.counts,
            patterned=self.patterned,
        )
