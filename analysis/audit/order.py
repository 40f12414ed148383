"""Order of an audit's items: the random draw, second looks among them, planted pairs for people.

What was called wrong comes once more, but not at once: whoever has just judged it would only repeat himself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef

from analysis.audit.answers import Outcome, state_of, under_test
from analysis.audit.planted_pairs import place
from reid.models import Detection

if TYPE_CHECKING:
    from datetime import datetime

    from analysis.audit.state import JudgedCandidate
    from reid.models import AuditItem, AuditPlan

ANSWERS_BETWEEN: Final = 5
"""Other answers between two looks at one item, where there are others left."""


def next_items(plan: AuditPlan, count: int) -> list[AuditItem]:
    """Up to `count` items of the candidate under test, for programs and terminals; second looks unmarked."""
    current = under_test(state_of(plan))
    items = [] if current is None else _drawn(plan, current, count)
    return sorted(items, key=lambda item: item.pk)  # by sighting, so that the order reveals nothing


def next_shown(plan: AuditPlan, current: JudgedCandidate) -> AuditItem | None:
    """The next item for a person: now and then a planted pair (`analysis.audit.planted_pairs`), unmarked."""
    items = _drawn(plan, current, 1)
    if not items:
        return None
    return _planted_now(plan) or items[0]


def _drawn(plan: AuditPlan, current: JudgedCandidate, count: int) -> list[AuditItem]:
    """In the order of the draw; second looks that are not due yet only where nothing else is left."""
    open_items = (
        plan.items.filter(is_planted=False, score__gte=current.candidate.threshold)
        .order_by("u")
        .select_related("deer")
    )
    times = _answer_times(plan)
    due: list[AuditItem] = []
    early: list[AuditItem] = []
    for item in open_items.filter(outcome=Outcome.WRONG, second_look=""):
        between = sum(item.judged_at is not None and time > item.judged_at for time in times)
        (due if between >= ANSWERS_BETWEEN else early).append(item)
    return [*due, *open_items.filter(outcome="")[:count], *early][:count]


def _answer_times(plan: AuditPlan) -> list[datetime]:
    items = plan.items.filter(judged_at__isnull=False)
    return [time for time in items.values_list("judged_at", flat=True) if time]


def answers_of(plan: AuditPlan) -> int:
    """Answers given so far: every look is one, second ones and planted pairs too, so it reveals none of them."""
    return plan.items.exclude(outcome="").count() + plan.items.exclude(second_look="").count()


def _planted_now(plan: AuditPlan) -> AuditItem | None:
    pairs = plan.items.filter(is_planted=True)
    answers = pairs.exclude(outcome="").count()
    if answers_of(plan) < place(plan.salt, answers):
        return None
    # What a later review gave that very deer is no wrong pair any more, and of a merged one nobody knows.
    same_deer = Detection.objects.filter(sighting=OuterRef("sighting"), deer=OuterRef("deer"))
    wrong = pairs.filter(~Exists(same_deer), outcome="", deer__merged_into__isnull=True)
    return wrong.order_by("u").select_related("deer").first()
