"""The score log by sighting, in one pass: labelled sightings as trials, the others as would-be assignments.

The unit is the one that runs decide on. A sighting's score for a deer is the mean over its detections, its
eligible deer are those that neither sex nor life span of any detection nor a person rules out, and sightings that share a
frame are decided together, by `reid.deciding` itself. Memory grows with the number of sightings, not with
that of logged scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Count, Exists, OuterRef, Sum

from analysis.known_impostors import Kind, KnownImpostors
from analysis.sightings import BLOCK, Period, known_neighbours, read_facts, shared_frames
from analysis.trials import NOT_COMPARED, Trials
from reid.classes import Classification
from reid.deciding import Outcome, Probe, decide
from reid.eligibility import Life, alive_on, sex_matches
from reid.models import Deer, SimilarityScore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from numpy.typing import NDArray

    from analysis.sightings import Facts
    from reid.matching import Key
    from reid.models import EmbeddingSpace


@dataclass(frozen=True, slots=True, eq=False)
class WouldBe:
    """What a run at one threshold would assign: (sighting, deer) pairs and their scores (n,), units."""

    pairs: tuple[tuple[UUID, UUID], ...]
    scores: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class SightingLog:
    """The log of one space. `deer` are compared and in the gallery's order, as columns of all scores.

    `trials` are labelled sightings that are evidence, `trial_sightings` and `trial_classes` theirs;
    `labelled` counts labelled ones of any kind. `best_of_all` (e,) are the best scores of all `eligible`
    sightings, labelled or not, NOT_COMPARED where no deer is possible. The unreviewed eligible sightings number `unreviewed`, with
    classes `classes`: those alone in their frames have `best` and `columns` (n,), NOT_COMPARED where no deer
    is possible; the rest are among the probes that share frames. `impostors` has the scores of pairs that
    cannot be, by kind.
    """

    deer: tuple[UUID, ...]
    trials: Trials
    trial_sightings: tuple[UUID, ...]
    trial_classes: tuple[str, ...]
    labelled: int
    eligible: tuple[UUID, ...]
    best_of_all: NDArray[np.int32]
    unreviewed: int
    classes: tuple[str, ...]
    sightings: tuple[UUID, ...]
    best: NDArray[np.int32]
    columns: NDArray[np.int64]
    together: tuple[Probe, ...]
    impostors: Mapping[Kind, NDArray[np.int64]]

    def would_assign(self, threshold: int) -> WouldBe:
        """The assignments among unreviewed sightings that a run at `threshold` would make."""
        chosen = np.flatnonzero(self.best >= threshold)
        pairs = [(self.sightings[row], self.deer[self.columns[row]]) for row in chosen]
        scores = self.best[chosen].tolist()
        for verdict in decide(self.together, self.deer, threshold):
            if verdict.outcome is Outcome.ASSIGNED:
                pairs.append((verdict.sighting, verdict.deer))  # type: ignore[arg-type] # keys are ours
                scores.append(verdict.score)
        return WouldBe(tuple(pairs), np.array(scores, np.int32))


def read_log(space: EmbeddingSpace, period: Period | None = None) -> SightingLog:
    """Read it, with a fixed number of queries."""
    period = period or Period()
    facts = read_facts(period)
    shared = shared_frames(facts)
    neighbours = known_neighbours(facts, shared)
    compared = SimilarityScore.objects.filter(space=space, deer=OuterRef("pk"))
    deer = list(Deer.objects.filter(Exists(compared), merged_into__isnull=True))
    deer.sort(key=lambda item: str(item.pk))  # the gallery's order, which breaks ties
    possible = _Possible(deer)
    kept = _Kept(tuple(item.pk for item in deer), shared)
    for sighting, scores in _scores(space, period, {key: at for at, key in enumerate(kept.deer)}):
        about = facts.pop(sighting, None)
        if about is not None:
            impossible = possible.impossible(about) | {
                Kind.SAME_FRAME: kept.columns(neighbours.get(sighting, set()))
            }
            kept.add(sighting, about, scores, impossible)
    for sighting, about in facts.items():  # not embedded, but it holds its deer in its frame
        if about.known and about.frames & shared:
            kept.add_silent(sighting, about)
    return kept.close()


def _scores(
    space: EmbeddingSpace, period: Period, column_of: Mapping[UUID, int]
) -> Iterator[tuple[UUID, NDArray[np.int32]]]:
    """(sighting, scores (n_deer,)) of every eligible sighting: means over its detections, halves up."""
    rows = (
        SimilarityScore.objects.of_eligible(space)
        .filter(period.of("detection__image__captured_at"), detection__sighting__isnull=False)
        .order_by("detection__sighting")
        .values_list("detection__sighting", "deer")
        .annotate(detections=Count("pk"), total=Sum("score"))
    )
    for sighting, of_sighting in groupby(rows.iterator(BLOCK), key=itemgetter(0)):
        scores = np.full(len(column_of), NOT_COMPARED, np.int32)
        for _, deer, detections, total in of_sighting:
            scores[column_of[deer]] = (2 * total + detections) // (2 * detections)
        yield sighting, scores


class _Possible:
    """Which deer a sighting cannot show, kept by what decides it."""

    def __init__(self, deer: list[Deer]) -> None:
        self._lives = [Life(item.sex, item.born_on, item.died_on) for item in deer]
        self._has_ends = any(item.born_on or item.died_on for item in deer)
        self._by_class = {
            item.value: ~sex_matches([item.value], self._lives)[0] for item in Classification
        }

    def impossible(self, about: Facts) -> dict[Kind, NDArray[np.bool_]]:
        by_sex = np.asarray(np.logical_or.reduce([self._by_class[name] for name in about.classes]))
        by_life: NDArray[np.bool_] = np.zeros(len(self._lives), np.bool_)
        if self._has_ends and about.days:
            by_life = np.logical_or.reduce(~alive_on(sorted(about.days), self._lives))
        return {Kind.SEX: by_sex, Kind.LIFE_SPAN: by_life}


class _Kept:
    """Collects what the one pass finds."""

    def __init__(self, deer: tuple[UUID, ...], shared: set[UUID]) -> None:
        self.deer = deer
        self.shared = shared
        self.column_of = {key: at for at, key in enumerate(deer)}
        self.trials: list[tuple[UUID, str, UUID, NDArray[np.int32], NDArray[np.bool_]]] = []
        self.alone: list[tuple[UUID, int, int]] = []
        self.together: list[Probe] = []
        self.classes: list[str] = []
        self.labelled = 0
        self.eligible: list[UUID] = []
        self.best: list[int] = []
        self.impostors = KnownImpostors()

    def columns(self, deer: set[UUID]) -> NDArray[np.bool_]:
        """(n_deer,): which columns these deer are."""
        mask = np.zeros(len(self.deer), np.bool_)
        mask[[self.column_of[key] for key in deer if key in self.column_of]] = True
        return mask

    def add(
        self,
        sighting: UUID,
        about: Facts,
        scores: NDArray[np.int32],
        impossible: dict[Kind, NDArray[np.bool_]],
    ) -> None:
        self.impostors.add(scores, self.columns(about.known), impossible)
        # A neighbour in the frame holds its deer too, but that is decided for the whole frame.
        possible = ~(impossible[Kind.SEX] | impossible[Kind.LIFE_SPAN])
        possible &= ~self.columns(about.rejected)
        name = min(about.classes)
        candidates = np.where(possible, scores, NOT_COMPARED)
        column = int(candidates.argmax())
        self.eligible.append(sighting)
        self.best.append(int(candidates[column]))
        if about.known:
            self.labelled += 1
            if about.is_evidence and len(about.known) == 1:
                self.trials.append((sighting, name, next(iter(about.known)), scores, possible))
        else:
            self.classes.append(name)
        frames: frozenset[Key] = frozenset(about.frames & self.shared)
        if frames:
            probe = Probe(sighting, frames, scores, possible, frozenset(about.known))
            self.together.append(probe)
        elif not about.known:
            self.alone.append((sighting, self.best[-1], column))

    def add_silent(self, sighting: UUID, about: Facts) -> None:
        nobody = np.zeros(len(self.deer), np.bool_)
        frames: frozenset[Key] = frozenset(about.frames & self.shared)
        self.together.append(Probe(sighting, frames, None, nobody, frozenset(about.known)))

    def close(self) -> SightingLog:
        shape = (len(self.trials), len(self.deer))
        own = [self.column_of.get(item[2], -1) for item in self.trials]
        _, codes = np.unique([str(item[2]) for item in self.trials], return_inverse=True)
        return SightingLog(
            deer=self.deer,
            trials=Trials(
                scores=np.array([item[3] for item in self.trials], np.int32).reshape(shape),
                eligible=np.array([item[4] for item in self.trials], np.bool_).reshape(shape),
                own=np.array(own, np.int64),
                deer=codes.astype(np.int64),
            ),
            trial_sightings=tuple(item[0] for item in self.trials),
            trial_classes=tuple(item[1] for item in self.trials),
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
        )
