"""Trials of one fold: detections embedded by the parent and by the derived network. Pure numpy.

They compare as the product does: the gallery and its rule, flanks weighed, antler seasons as they count, the detections of a sighting fused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.score_log.trials import Trials
from reid.matching.similarity import Gallery, Reference, fuse, score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reid.matching.similarity import Rule

Pair = tuple[Trials, Trials]
"""Of the parent, and of the derived embedding."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """All detections, as the embeddings of one fold see them: unit rows of both, (n, d) and (n, k); codes of deer,
    sightings and encounters (n,); flanks by name; `unseen` (n,) are those of the fold's deer, of which the derived
    one learned nothing. `deal` is the number of the deal that the fold is of, from 0 on. `seasons` (n, 2) are the antler
    seasons of each as a probe and as a reference; None: all references count.
    """

    parent: NDArray[np.float32]
    derived: NDArray[np.float32]
    deer: NDArray[np.int64]
    sightings: NDArray[np.int64]
    encounters: NDArray[np.int64]
    flanks: NDArray[np.str_]
    unseen: NDArray[np.bool_]
    deal: int = 0
    seasons: NDArray[np.int64] | None = None


def trials(
    fold: Examined,
    rule: Rule,
    is_probe: NDArray[np.bool_],
    is_reference: NDArray[np.bool_],
) -> Pair:
    """The trials of the parent and of the derived embedding: one a sighting with a probe in it.

    `is_probe` and `is_reference` (n,) choose among the detections. A sighting is never compared with its own
    encounter.
    """
    probes, references = np.flatnonzero(is_probe), np.flatnonzero(is_reference)
    parent, derived = (
        _of_rows(rows, fold, rule, probes, references) for rows in (fold.parent, fold.derived)
    )
    return parent, derived


def sightings_of_deer(fold: Examined, fewest: int, most: int | None) -> NDArray[np.int64]:
    """The codes of the deer with from `fewest` to `most` sightings; None: however many."""
    sightings = np.unique(np.stack((fold.deer, fold.sightings)), axis=1)
    deer, count = np.unique(sightings[0], return_counts=True)
    return deer[(count >= fewest) & (count <= (most or count.max()))]


def of_deer(pair: Pair, deer: NDArray[np.int64]) -> Pair:
    """The trials of sightings of these deer (k,) alone, against the whole gallery."""
    parent, derived = (whole.take(np.isin(whole.deer, deer)) for whole in pair)
    return parent, derived


def detection_scores(
    rows: NDArray[np.float32],
    fold: Examined,
    rule: Rule,
    probes: NDArray[np.intp],
    references: NDArray[np.intp],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Scores (n, D) in score units of the detections `probes` (n,), and the codes (D,) of the deer of `references`.

    `rows` are unit rows of all detections, as `fold.parent` and `fold.derived` are. A pair that shares all its
    encounters is NOT_COMPARABLE.
    """
    seasons = np.zeros((len(fold.deer), 2), np.int64) if fold.seasons is None else fold.seasons
    gallery = Gallery.build(
        [
            Reference(
                id=str(item),
                deer=str(fold.deer[item]),
                encounter=str(fold.encounters[item]),
                vector=rows[item],
                flank=str(fold.flanks[item]),
                season=int(seasons[item, 1]),
            )
            for item in references
        ],
        rule,
    )
    scores = score(
        rows[probes],
        gallery,
        [str(code) for code in fold.encounters[probes]],
        [str(flank) for flank in fold.flanks[probes]],
        seasons[probes, 0].tolist(),
    )
    return scores, np.array([int(str(name)) for name in gallery.deer], np.int64)


def fused_trials(
    scores: NDArray[np.int32],
    columns: NDArray[np.int64],
    sightings: NDArray[np.int64],
    deer: NDArray[np.int64],
) -> Trials:
    """One trial a sighting, from the scores (n, D) of its detections against the deer `columns` (D,).

    `sightings` and `deer` (n,) are codes of each detection's own.
    """
    codes, first, of_probe = np.unique(sightings, return_index=True, return_inverse=True)
    fused = [_fused(scores[of_probe == number]) for number in range(len(codes))]
    own = deer[first]
    column = {int(code): number for number, code in enumerate(columns)}
    return Trials(
        scores=np.array(fused, np.int32).reshape(len(codes), len(columns)),
        eligible=np.ones((len(codes), len(columns)), bool),
        own=np.array([column.get(int(code), -1) for code in own], np.int64),
        deer=own,
    )


def _of_rows(
    rows: NDArray[np.float32],
    fold: Examined,
    rule: Rule,
    probes: NDArray[np.intp],
    references: NDArray[np.intp],
) -> Trials:
    scores, columns = detection_scores(rows, fold, rule, probes, references)
    return fused_trials(scores, columns, fold.sightings[probes], fold.deer[probes])


def _fused(scores: NDArray[np.int32]) -> NDArray[np.int32]:
    """A sighting's scores (D,) from its probes' (n, D)."""
    return fuse(scores) if len(scores) > 1 else scores[0]
