"""Questions about doubtful labels: what a person is asked, the most evident first, each with its pictures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.labels.doubts import find_doubts
from analysis.score_log.trials import NOT_COMPARED
from reid.models import Deer, Detection, IdentityEvent, Sighting
from reid.suggesting.likeness import Asked, most_alike
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from analysis.labels.doubts import DoubtfulLabel, Doubts, LikelyTwins
    from analysis.score_log.labels import Labels
    from reid.models import EmbeddingSpace, Scorer
    from reid.suggesting.likeness import Likeness

PICTURES: Final = 3
"""Photographs of each of two likely twins: one alone may bear a wrong label itself."""


@dataclass(frozen=True, slots=True)
class LabelQuestion:
    """Is this sighting the `deer` whose name it bears, or the `other` one that it looks like?

    `detections` are all of the sighting, by time; the scores are in [0, 1], against either deer; `own` and `alike` the
    most alike reference of either, None where it has no embedded one from another encounter.
    """

    sighting: Sighting
    detections: list[Detection]
    deer: Deer
    other: Deer
    own_score: float
    other_score: float
    own: Likeness | None
    alike: Likeness | None


@dataclass(frozen=True, slots=True)
class TwinQuestion:
    """Are these two profiles one deer? `deer`, of fewer sightings, would be merged into `into`.

    `score`, in [0, 1], is what half of the sightings of each reach against the other. `pictures` are references of
    `deer`, `into_pictures` of `into`, the two that are most alike first.
    """

    deer: Deer
    into: Deer
    score: float
    sightings: int
    into_sightings: int
    pictures: list[UUID]
    into_pictures: list[UUID]


@dataclass(frozen=True, slots=True)
class Questions:
    """The first questions of each kind, and how many there are in all. Likely twins come first: each is many labels."""

    twins: list[TwinQuestion]
    labels: list[LabelQuestion]
    all_twins: int
    all_labels: int


def open_doubts(labels: Labels) -> Doubts:
    """The doubts that no person has answered, and that no photograph contradicts. Three queries."""
    column_of = {key: at for at, key in enumerate(labels.deer)}
    are_two = np.zeros((len(column_of), len(column_of)), np.bool_)
    for pair in labels.beside | IdentityEvent.objects.kept_apart():
        columns = [column_of[key] for key in pair if key in column_of]
        if len(columns) == 2:
            are_two[columns, columns[::-1]] = True
    return find_doubts(labels.trials, labels.is_kept, are_two)


def ask(labels: Labels, scorer: Scorer, count: int | None = None) -> Questions:
    """The first `count` questions of each kind, all where it is None. A fixed number of queries."""
    doubts = open_doubts(labels)
    twins, doubtful = doubts.twins[:count], doubts.labels[:count]
    columns = {at for pair in twins for at in (pair.first, pair.second)}
    columns |= {at for label in doubtful for at in (label.other, int(labels.trials.own[label.row]))}
    deer = Deer.objects.in_bulk([labels.deer[at] for at in columns])
    by_column = {at: deer[labels.deer[at]] for at in columns}
    return Questions(
        _twin_questions(labels, twins, by_column, scorer.vectors),
        _label_questions(labels, doubtful, by_column, scorer.vectors),
        len(doubts.twins),
        len(doubts.labels),
    )


def _label_questions(
    labels: Labels,
    doubtful: Sequence[DoubtfulLabel],
    deer: dict[int, Deer],
    space: EmbeddingSpace,
) -> list[LabelQuestion]:
    keys = [labels.sightings[label.row] for label in doubtful]
    sightings = Sighting.objects.select_related("encounter__camera").in_bulk(keys)
    members: defaultdict[UUID | None, list[Detection]] = defaultdict(list)
    rows = Detection.objects.filter(sighting__in=keys).select_related("image", "deer")
    for item in rows.order_by("image__captured_at", "image__path", "x", "pk"):
        members[item.sighting_id].append(item)
    pairs = [(deer[int(labels.trials.own[item.row])], deer[item.other]) for item in doubtful]
    asked = [
        Asked(
            tuple(item.pk for item in members[key] if item.is_identifiable),
            (own.pk, other.pk),
            sightings[key].encounter_id,
        )
        for key, (own, other) in zip(keys, pairs, strict=True)
    ]
    found = most_alike(asked, space)
    return [
        LabelQuestion(
            sightings[key],
            members[key],
            own,
            other,
            label.own_score / SCORE_UNITS,
            label.other_score / SCORE_UNITS,
            next(iter(alike[own.pk]), None),
            next(iter(alike[other.pk]), None),
        )
        for key, label, (own, other), alike in zip(keys, doubtful, pairs, found, strict=True)
    ]


def _twin_questions(
    labels: Labels, twins: Sequence[LikelyTwins], deer: dict[int, Deer], space: EmbeddingSpace
) -> list[TwinQuestion]:
    own = labels.trials.own
    known = np.bincount(own[own > NOT_COMPARED], minlength=len(labels.deer)).tolist()
    pairs = [
        sorted((pair.first, pair.second), key=lambda at: (known[at], deer[at].name))
        for pair in twins
    ]
    references: defaultdict[UUID | None, list[UUID]] = defaultdict(list)
    rows = Detection.objects.references().filter(
        deer__in=[deer[at] for pair in pairs for at in pair]
    )
    for key, owner in rows.order_by("pk").values_list("pk", "deer"):
        references[owner].append(key)
    asked = [Asked(tuple(references[deer[at].pk]), (deer[into].pk,)) for at, into in pairs]
    questions = []
    for pair, (at, into), alike in zip(twins, pairs, most_alike(asked, space), strict=True):
        best = alike[deer[into].pk][:1]
        questions.append(
            TwinQuestion(
                deer[at],
                deer[into],
                pair.score / SCORE_UNITS,
                known[at],
                known[into],
                _first([one.probe for one in best], references[deer[at].pk]),
                _first([one.detection for one in best], references[deer[into].pk]),
            )
        )
    return questions


def _first(best: Sequence[UUID], others: Sequence[UUID]) -> list[UUID]:
    return list(dict.fromkeys([*best, *others]))[:PICTURES]
