"""Measuring: the labelled sightings of bucks that references of two antler years can be tried on, and their scores.

Scores are computed from the stored vectors and keypoints, not read from the log, which has one of the two ways alone. Nothing
is written.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from django.conf import settings

from analysis.antlers import arms
from analysis.antlers.arms import Probes
from analysis.antlers.seasons import MIN_BUCKS, SeasonComparison, SeasonScores, compare_seasons
from analysis.score_log.trials import NOT_COMPARED
from reid.antlers import ANY_SEASON
from reid.embedding.vectors import vectors_of
from reid.matching.calibration import Calibration
from reid.matching.eligibility import EligibleDeer, lives_of
from reid.matching.similarity import fuse
from reid.matching.stored_gallery import stored_references
from reid.models import Deer, Detection, Scorer
from reid.models.antlers import season_of
from reid.scoring.compare import encounters_of
from reid.scoring.learned_deer import learned_deer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from uuid import UUID

    from reid.matching.similarity import Key, Reference, Rule

SEED: Final = 20_130
DRAWS: Final = 1000
AT_MOST: Final = 1000
"""Sightings that are measured; with patterns each of their photographs takes some tenths of a second."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a store has to measure on.

    `bucks` have references of two antler years or more, `sightings` are labelled ones of theirs that can be tried both
    ways; `tried` bucks have such a one. `only_other` sightings are of bucks that are enrolled with other antlers alone:
    those keep all their references.
    """

    bucks: int
    sightings: int
    tried: int
    only_other: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was found, by the scorer itself first, then by its parts; by none where there are too few bucks.

    A comparison is None where a scorer can compare too few bucks both ways, as one of patterns without a torso. `measured` sightings were drawn of those that could be. `learned`: the scorer learned from these bucks, since of others
    there are too few.
    """

    coverage: Coverage
    measured: int = 0
    learned: bool = False
    by_scorer: tuple[tuple[Scorer, SeasonComparison | None], ...] = ()


@dataclass(frozen=True, slots=True)
class _Tried:
    """A sighting of a buck that can be tried both ways."""

    key: UUID
    deer: UUID
    detections: tuple[Detection, ...]


def two_year_bucks(scorer: Scorer) -> int:
    """Bucks with references of two antler years or more. Two queries."""
    seasons: defaultdict[object, set[int]] = defaultdict(set)
    for item in stored_references(scorer):
        seasons[item.deer].add(item.season)
    return sum(len(of - {ANY_SEASON}) > 1 for of in seasons.values())


def measure(
    scorer: Scorer, on_progress: Callable[[int, int], None] = lambda *_: None
) -> Measurement:
    """Measure a scorer, and its parts where it is fused.

    `on_progress` gets how many detections of how many have been scored. Raises NoKeypoints where the file of a pattern
    scorer's background is lost.
    """
    references = stored_references(scorer)
    coverage, tried = _tried(scorer, references)
    learned = learned_deer(scorer)
    unlearned = [item for item in tried if item.deer not in learned]
    is_learned = len({item.deer for item in unlearned}) < MIN_BUCKS
    chosen = sorted(tried if is_learned else unlearned, key=lambda item: _place(item.key))[:AT_MOST]
    if len({item.deer for item in chosen}) < MIN_BUCKS:
        return Measurement(coverage)
    probes = _probes(chosen)
    columns = sorted({item.deer for item in references}, key=str)
    compared = tuple(
        (of, _compared(scores, chosen, columns))
        for of, scores in _scores(scorer, probes, references, columns, on_progress)
    )
    # Learned deer are among them only where the others are too few.
    return Measurement(
        coverage, len(chosen), is_learned and len(unlearned) < len(tried), tuple(compared)
    )


def _tried(scorer: Scorer, references: Iterable[Reference]) -> tuple[Coverage, list[_Tried]]:
    """What there is, and the sightings of which every detection can be tried both ways."""
    of_deer: defaultdict[object, list[tuple[int, object]]] = defaultdict(list)
    for item in references:
        of_deer[item.deer].append((item.season, item.encounter))
    bucks = [
        deer for deer, of in of_deer.items() if len({season for season, _ in of} - {ANY_SEASON}) > 1
    ]
    antlered = [deer for deer, of in of_deer.items() if any(season for season, _ in of)]
    rows = Detection.objects.identifiable().known().embedded_in(scorer.vectors)
    rows = rows.filter(
        deer__in=map(str, antlered), sighting__isnull=False, image__captured_at__isnull=False
    )
    members: defaultdict[UUID, list[Detection]] = defaultdict(list)
    for detection in rows.select_related("sighting", "image").order_by("pk"):
        if detection.sighting_id is not None:
            members[detection.sighting_id].append(detection)
    tried, only_other = [], 0
    for key, detections in members.items():
        deer = {detection.deer_id for detection in detections}
        seasons = {season_of(detection.image.captured_at) for detection in detections}
        if len(deer) > 1 or len(seasons) > 1:
            continue  # nobody knows which deer, or it met the turn of the antler year
        own, season = deer.pop(), seasons.pop()
        encounter = detections[0].sighting.encounter_id if detections[0].sighting else None
        apart = {there for there, of in of_deer[own] if of is None or of != encounter}
        if season in apart and apart - {season, ANY_SEASON} and own is not None:
            tried.append(_Tried(key, own, tuple(detections)))
        only_other += not {there for there, _ in of_deer[own]} & {season, ANY_SEASON}
    number = len({item.deer for item in tried})
    return Coverage(len(bucks), len(tried), number, only_other), tried


def _place(key: UUID) -> bytes:
    """Where a sighting comes in the draw, whatever its score."""
    return hashlib.sha256(str(key).encode()).digest()


def _probes(chosen: Sequence[_Tried]) -> Probes:
    detections = [detection for item in chosen for detection in item.detections]
    encounters = encounters_of(detections)
    return Probes(
        ids=[item.pk for item in detections],
        encounters=[encounters[item.sighting_id] for item in detections if item.sighting_id],
        flanks=[item.flank for item in detections],
        classes=[item.effective_class for item in detections],
        seasons=np.array([season_of(item.image.captured_at) for item in detections], np.int64),
    )


def _scores(
    scorer: Scorer,
    probes: Probes,
    references: Sequence[Reference],
    columns: Sequence[Key],
    on_progress: Callable[[int, int], None],
) -> Iterator[tuple[Scorer, SeasonScores]]:
    """By the scorer itself first, then by its parts."""
    seasons = {item.id: item.season for item in references}
    if scorer.kind == Scorer.Kind.PATTERN:
        yield scorer, arms.of_pattern(probes, scorer, seasons, columns, on_progress)
        return
    vectors = vectors_of(list(probes.ids), scorer.vectors)
    rows = np.array([vectors[id_] for id_ in probes.ids], np.float32)
    rule = cast("Rule", settings.REID_PROFILE_SCORE)
    embedding = arms.of_embedding(probes, rows, references, rule, columns)
    if scorer.kind == Scorer.Kind.EMBEDDING:
        yield scorer, embedding
        return
    matcher = scorer.part("pattern")
    pattern = arms.of_pattern(probes, matcher, seasons, columns, on_progress)
    calibration = Calibration.from_json(scorer.specification["calibration"])
    yield scorer, arms.fused(probes, embedding, pattern, calibration)
    yield scorer.part("embedding"), embedding
    yield matcher, pattern


def _compared(
    by_detection: SeasonScores, chosen: Sequence[_Tried], columns: Sequence[Key]
) -> SeasonComparison | None:
    """The comparison of sightings that the scorer can compare both ways; None where they are of too few bucks."""
    ends = np.cumsum([len(item.detections) for item in chosen])[:-1]
    scores = by_detection.each(
        lambda of: np.array([fuse(part) for part in np.split(of, ends)], np.int32)
    )
    column_of = {key: number for number, key in enumerate(columns)}
    own = np.array([column_of[item.deer] for item in chosen], np.int64)
    both_ways = scores.own_year[np.arange(len(own)), own] > NOT_COMPARED
    rows = np.flatnonzero(both_ways)
    if len(np.unique(own[rows])) < MIN_BUCKS:
        return None
    found = Deer.objects.in_bulk(columns)
    possible = EligibleDeer(columns, lives_of(found[key] for key in columns))
    eligible = np.array(
        [
            possible.of(
                [detection.effective_class for detection in item.detections],
                [detection.image.local_day for detection in item.detections],
                (),
            )
            for item in compress(chosen, both_ways)
        ]
    )
    some = scores.each(lambda of: of[rows])
    return compare_seasons(some, eligible, own[rows], seed=SEED, draws=DRAWS)
