"""Line-up of an audit item: the claimed deer hidden among two others, in no order, without scores.

Whoever sees what the machine claims tends to confirm it. The other two are the next most alike deer, and of a
planted pair its own deer is never shown: like a stranger's, its right answer is none of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.audit.answers import UNKNOWN_ITEM, Outcome, UnknownItemError, version_of
from analysis.score_log.session import AnalysisError
from analysis.stats.betting_test import draw_key
from reid.models import Detection
from reid.suggesting import candidates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from reid.models import AuditItem, AuditPlan, Deer
    from reid.suggesting.likeness import Likeness

OTHERS: Final = 2
NOT_AMONG_THEM: Final = (
    "This deer is not among those that were shown: answer with one of them, or none."
)


class NotAmongThemError(AnalysisError):
    """An answer that the item does not offer."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A deer that it may be, with its most alike reference of each flank."""

    deer: Deer
    references: list[Likeness]


@dataclass(frozen=True, slots=True)
class Lineup:
    """The detections of an item, and the deer to choose from."""

    item: AuditItem
    version: str
    detections: list[Detection]
    suspects: list[Suspect]


def lineup(plan: AuditPlan, item: AuditItem) -> Lineup:
    """The item with its pictures. A fixed number of queries."""
    detections = list(
        Detection.objects.filter(sighting=item.sighting_id, is_valid=True)
        .select_related("image__camera", "deer")
        .order_by("image__captured_at", "image__path", "x")
    )
    eligible = [detection for detection in detections if detection.is_identifiable]
    version = version_of(plan, item)
    deer = sorted(_deer(plan, item, eligible), key=lambda one: draw_key(version, str(one.pk)))
    keys = [one.pk for one in deer]
    alike = candidates.likenesses(item.sighting, eligible, keys, plan.scorer.vectors)
    return Lineup(item, version, eligible, [Suspect(one, alike[one.pk]) for one in deer])


def claimed(item: AuditItem) -> Deer:
    """The deer that would be assigned: the profile that stands for it, where it was merged since (of a batch)."""
    deer = item.deer
    while deer.merged_into is not None:
        deer = deer.merged_into
    return deer


def _deer(plan: AuditPlan, item: AuditItem, detections: Sequence[Detection]) -> list[Deer]:
    deer = claimed(item)
    excluded = {deer.pk} | {detection.deer_id for detection in detections if detection.deer_id}
    ranking = candidates.compare(item.sighting, detections, plan.scorer).candidates
    return [deer, *[one.deer for one in ranking if one.deer.pk not in excluded][:OTHERS]]


def find(plan: AuditPlan, number: int) -> AuditItem:
    """The plan's item of that number. Raises UnknownItemError."""
    items = plan.items.select_related("sighting", "deer", "reviewer")
    item = items.filter(pk=number).first()
    if item is None:
        raise UnknownItemError(UNKNOWN_ITEM.format(item=number))
    return item


def outcome_of(plan: AuditPlan, item: AuditItem, answer: UUID | None) -> AuditItem.Outcome:
    """The outcome of the claim when this deer, or none of those shown, is chosen. Raises NotAmongThemError."""
    if answer == claimed(item).pk:
        return Outcome.RIGHT
    if answer is not None and answer not in {
        suspect.deer.pk for suspect in lineup(plan, item).suspects
    }:
        raise NotAmongThemError(NOT_AMONG_THEM)
    return Outcome.WRONG
