"""Population of an audit: the would-be assignments that are frozen as items, and pairs planted among them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.audit import planted_pairs
from analysis.score_log.trials import NOT_COMPARED
from analysis.stats.betting_test import draw_key
from reid.models import AuditItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.score_log.sighting_log import SightingLog, WouldBe
    from reid.models import AuditPlan

Row = tuple[str, str, int]
"""A sighting, the deer that it would get, and its score in score units."""
BATCH: Final = 1000


def rows_of(assignments: WouldBe) -> list[Row]:
    """The pairs in the order of their sightings' ids."""
    return sorted(
        (str(sighting), str(deer), int(score))
        for (sighting, deer), score in zip(assignments.pairs, assignments.scores, strict=True)
    )


def items(
    plan: AuditPlan,
    rows: Iterable[Row],
    log: SightingLog,
    contents: Mapping[str, str] | None = None,
) -> list[AuditItem]:
    """The items of a plan, not stored yet: its pairs and those that are planted among them.

    `contents` says what the sightings of a batch show (`reid.reviewing.contents`).
    """
    made = [_item(plan, row, is_planted=False) for row in rows]
    for one in made:
        one.detections_sha256 = (contents or {}).get(str(one.sighting_id), "")
    made += [_item(plan, row, is_planted=True) for row in _wrong_pairs(log, plan.salt)]
    # so that no number reveals the planted ones
    return sorted(made, key=lambda one: str(one.sighting_id))


def _item(plan: AuditPlan, row: Row, *, is_planted: bool) -> AuditItem:
    sighting, deer, score = row
    return AuditItem(
        plan=plan,
        sighting_id=sighting,
        deer_id=deer,
        score=score,
        u=draw_key(plan.salt, sighting),
        is_planted=is_planted,
    )


def _wrong_pairs(log: SightingLog, salt: str) -> list[Row]:
    """Pairs to plant: a sighting of known identity with the deer most like it that it is not.

    Drawn from the more alike half of them, since what anybody sees measures nobody.
    """
    trials = log.trials
    decoys = trials.decoys
    usable = decoys > NOT_COMPARED
    if not usable.any():
        return []
    alike = np.flatnonzero(usable & (decoys >= np.median(decoys[usable])))
    impostors = np.where(trials.eligible & ~trials.is_own, trials.scores, NOT_COMPARED)
    columns = impostors.argmax(axis=1)
    pairs = [
        (str(log.trial_sightings[row]), str(log.deer[columns[row]]), int(decoys[row]))
        for row in alike.tolist()
    ]
    return sorted(pairs, key=lambda pair: draw_key(salt, pair[0]))[: planted_pairs.MOST]


def sha256(rows: Iterable[Row]) -> str:
    """The fingerprint of these pairs."""
    text = "\n".join(" ".join(map(str, row)) for row in sorted(rows))
    return hashlib.sha256(text.encode()).hexdigest()
