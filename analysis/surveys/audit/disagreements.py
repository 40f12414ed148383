"""Disagreements of a closed audit: captures that were judged to be another deer than the one whose name they bear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from analysis.surveys.audit.captures import profiles_of
from analysis.surveys.audit.reading import Answer
from reid.models import Detection, SurveyAudit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reid.models import SurveyAuditItem

COMPARED: Final = 6
"""Photographs of a profile among which the one is sought that is shown."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One of them, with its photograph and one of each deer; a photograph that is gone is None, and `other` is empty for nobody."""

    item: SurveyAuditItem
    detection: Detection | None
    named: Detection | None
    chosen: Detection | None


def disagreements(audit: SurveyAudit) -> list[Disagreement]:
    """The disagreements by profile and occasion; none before the audit is closed, so that its judges are blind.

    A fixed number of queries.
    """
    if audit.status != SurveyAudit.Status.CLOSED:
        return []
    wrong = audit.items.filter(verdict__in=(Answer.OTHER, Answer.NOBODY))
    items = list(wrong.order_by("profile", "occasion"))
    if not items:
        return []
    profiles = profiles_of(audit.survey)
    beside = {
        item.pk: (
            profiles[item.profile].photographs(without=item.occasion)[:COMPARED],
            profiles[item.other].photographs()[:COMPARED] if item.other else [],
        )
        for item in items
    }
    keys = {UUID(key) for pair in beside.values() for side in pair for key in side}
    keys |= {item.detection_id for item in items if item.detection_id}
    there = Detection.objects.select_related("image__camera").in_bulk(keys)
    rows = []
    for item in items:
        shown = there.get(item.detection_id) if item.detection_id else None
        named, chosen = (_of_side(side, shown, there) for side in beside[item.pk])
        rows.append(Disagreement(item, shown, named, chosen))
    return rows


def _of_side(
    keys: Sequence[str], shown: Detection | None, there: Mapping[UUID, Detection]
) -> Detection | None:
    """One that is there, of the side that the photograph shows where there is one."""
    found = [there[key] for key in map(UUID, keys) if key in there]
    side = shown.flank if shown else ""
    return next((one for one in found if one.flank == side), next(iter(found), None))
