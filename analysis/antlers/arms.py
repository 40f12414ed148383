"""Arms of the measurement: the scores of some detections with all references, and with those of some antler years.

They are made by what makes all scores (`reid.matching.similarity`, `reid.patterns.lnbnn`): the rule, flanks and encounters count
as always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.antlers.seasons import SeasonScores
from analysis.score_log.trials import NOT_COMPARED
from reid.antlers import ANY_SEASON, is_other_season, of_one_season
from reid.matching.similarity import Gallery, score
from reid.matching.stored_gallery import pattern_listing
from reid.patterns.lnbnn import score_of_sums, sums
from reid.patterns.spreads.kept import load_gallery
from reid.patterns.stored import stored_keypoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from reid.matching.calibration import Calibration
    from reid.matching.similarity import Key, Reference, Rule
    from reid.models import Scorer


@dataclass(frozen=True, slots=True, eq=False)
class Probes:
    """n detections: their ids, encounters, flanks and classes, and their antler seasons (n,)."""

    ids: Sequence[UUID]
    encounters: Sequence[UUID]
    flanks: Sequence[str]
    classes: Sequence[str]
    seasons: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


def of_embedding(
    probes: Probes,
    vectors: NDArray[np.float32],
    references: Sequence[Reference],
    rule: Rule,
    columns: Sequence[Key],
) -> SeasonScores:
    """By the cosines of unit rows (n, d); the deer of all `references` are the columns."""

    def scored(rows: NDArray[np.intp], chosen: Sequence[Reference]) -> NDArray[np.int32]:
        """Of these probes, against some references, whose seasons count."""
        gallery = Gallery.build(chosen, rule)
        column_of = {key: number for number, key in enumerate(columns)}
        scores = np.full((len(rows), len(columns)), NOT_COMPARED, np.int32)
        found = score(
            vectors[rows],
            gallery,
            [probes.encounters[row] for row in rows],
            [probes.flanks[row] for row in rows],
            probes.seasons[rows].tolist(),
        )
        scores[:, [column_of[key] for key in gallery.deer]] = found
        return scores

    everyone = np.arange(len(probes))
    own, other = np.full((2, len(probes), len(columns)), NOT_COMPARED, np.int32)
    for season in np.unique(probes.seasons).tolist():
        rows = np.flatnonzero(probes.seasons == season)
        own[rows] = scored(rows, [item for item in references if item.season == season])
        others = [item for item in references if item.season not in (ANY_SEASON, season)]
        other[rows] = scored(rows, others)
    every = scored(everyone, [replace(item, season=ANY_SEASON) for item in references])
    return _both_kinds(SeasonScores(every, scored(everyone, references), own, other))


def of_pattern(
    probes: Probes,
    matcher: Scorer,
    season_of_reference: Mapping[Key, int],
    columns: Sequence[Key],
    on_progress: Callable[[int, int], None],
) -> SeasonScores:
    """By matched keypoints; NOT_COMPARED of detections that have none. Raises NoKeypoints where the background is lost."""
    gallery = load_gallery(pattern_listing(matcher))
    owners = gallery.references.owners
    there = np.array([season_of_reference.get(id_, ANY_SEASON) for id_ in gallery.ids], np.int64)
    column_of = {key: number for number, key in enumerate(columns)}
    at = [column_of[key] for key in gallery.deer]
    scores = np.full((4, len(probes), len(columns)), NOT_COMPARED, np.int32)
    for row, id_ in enumerate(probes.ids):
        found = stored_keypoints(id_)
        if found is not None and at:
            # Of any season: all references are compared once, and counted four times.
            probe = gallery.probe(found, probes.flanks[row], probes.encounters[row])
            worth = sums(probe, gallery.references, gallery.background, len(at), gallery.card)
            season = probes.seasons[row : row + 1]
            counted = ~np.isnan(worth)[None]
            masks = (
                counted,
                of_one_season(counted, season, there, owners),
                counted & (there == season),
                counted & is_other_season(season, there),
            )
            for arm, (mask,) in enumerate(masks):
                part = np.where(mask, worth, np.nan)
                scores[arm, row, at] = score_of_sums(
                    part, owners, len(at), gallery.card, gallery.spreads
                )
        on_progress(row + 1, len(probes))
    return _both_kinds(SeasonScores(*scores))


def fused(
    probes: Probes, embedding: SeasonScores, pattern: SeasonScores, calibration: Calibration
) -> SeasonScores:
    """By both, calibrated as the fused scorer does."""
    classes = probes.classes
    return SeasonScores(
        calibration.score(embedding.every, pattern.every, classes),
        calibration.score(embedding.same, pattern.same, classes),
        calibration.score(embedding.own_year, pattern.own_year, classes),
        calibration.score(embedding.other_years, pattern.other_years, classes),
    )


def _both_kinds(scores: SeasonScores) -> SeasonScores:
    """The same, with pairs left out of the two last ones where the deer has references of one kind alone."""
    has_both = (scores.own_year > NOT_COMPARED) & (scores.other_years > NOT_COMPARED)
    return replace(
        scores,
        own_year=np.where(has_both, scores.own_year, NOT_COMPARED),
        other_years=np.where(has_both, scores.other_years, NOT_COMPARED),
    )
