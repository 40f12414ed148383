"""Answers of a survey's audit: the next item, an answer recorded, the last one taken back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from analysis.audit.answers import JUDGED_ALREADY, JudgedMeanwhileError, UnknownItemError
from analysis.audit.lineup import NotAmongThemError
from analysis.score_log.session import AnalysisError
from analysis.surveys.audit.captures import profiles_of
from analysis.surveys.audit.opening import locked
from analysis.surveys.audit.reading import Answer, Stratum, askable
from reid.models import Deer, SurveyAudit, SurveyAuditItem

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UNKNOWN_ITEM: Final = "There is no item {item} in the open audit: ask for the next one."
NOT_OF_THE_SURVEY: Final = (
    "{name} is no profile of this survey: answer with one of those, or with none of them."
)
NOTHING_TO_UNDO: Final = "You have given no answer in this audit that could be taken back."


def next_item(audit: SurveyAudit) -> SurveyAuditItem | None:
    """The next capture to judge, by the order of the draw; None where all were.

    Both strata are drawn alike often, by chance, so that a profile seen once is asked about far more often than its share, and nobody
    can tell from the turn which one it is. Counts are weighted back (`analysis.surveys.audit.error_rates`).
    """
    rows = askable(audit)
    turn = hashlib.sha256(f"{audit.salt}/{answers_of(audit)}".encode()).digest()[0] % 2
    first, second = (Stratum.ONCE, Stratum.OFTEN) if turn else (Stratum.OFTEN, Stratum.ONCE)
    return rows.filter(stratum=first).first() or rows.filter(stratum=second).first()


def answers_of(audit: SurveyAudit) -> int:
    """Answers given so far, those that nobody could tell among them."""
    return audit.items.exclude(verdict="").count()


def find(audit: SurveyAudit, number: int) -> SurveyAuditItem:
    """The audit's item of that number, which waits for an answer. Raises UnknownItemError."""
    item = askable(audit).filter(pk=number).first()
    if item is None:
        raise UnknownItemError(UNKNOWN_ITEM.format(item=number))
    return item


def version_of(audit: SurveyAudit, item: SurveyAuditItem) -> str:
    """The version that an item is shown and answered with: another one once it was answered."""
    text = f"{audit.salt}{item.pk}{item.verdict}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def record(
    audit: SurveyAudit, number: int, reviewer: User, *, version: str, choice: str | None
) -> SurveyAuditItem:
    """Take an answer: `choice` is the name of the profile that it is, empty where it is none of them, None where nobody can tell.

    Raises AnalysisError for an item that the audit has not, a profile that the survey has not, and an item that somebody has judged
    since it was shown in `version`.
    """
    profiles = profiles_of(audit.survey)
    if choice and choice not in profiles:
        raise NotAmongThemError(NOT_OF_THE_SURVEY.format(name=choice))
    with transaction.atomic():
        audit = locked(audit)
        row = audit.items.select_for_update().filter(pk=number).first()
        if row is None:
            raise UnknownItemError(UNKNOWN_ITEM.format(item=number))
        if version != version_of(audit, row):
            raise JudgedMeanwhileError(row.pk, row.reviewer, row.answered_at)
        if row.verdict:
            raise AnalysisError(JUDGED_ALREADY.format(item=number))
        row.verdict = _verdict(row, choice)
        if choice and row.verdict == Answer.OTHER:
            row.other = choice
            row.other_deer = Deer.objects.filter(pk=profiles[choice].deer_id).first()
        row.reviewer, row.answered_at = reviewer, timezone.now()
        row.save()
    return row


def _verdict(row: SurveyAuditItem, choice: str | None) -> str:
    if choice is None:
        return Answer.CANNOT_TELL
    if not choice:
        return Answer.NOBODY
    return Answer.OWN if choice == row.profile else Answer.OTHER


def take_back(audit: SurveyAudit, reviewer: User) -> SurveyAuditItem:
    """The last answer of this person, taken back: the item waits again. Raises AnalysisError where there is none."""
    with transaction.atomic():
        audit = locked(audit)
        own = audit.items.select_for_update().filter(reviewer=reviewer).exclude(verdict="")
        row = own.order_by("-answered_at", "-pk").first()
        if row is None:
            raise AnalysisError(NOTHING_TO_UNDO)
        row.verdict, row.other, row.other_deer = "", "", None
        row.reviewer, row.answered_at = None, None
        row.save()
    return row
