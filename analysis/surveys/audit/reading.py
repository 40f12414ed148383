"""Audits of a survey, read: the answers of the newest closed one as estimates take them, and its rates of error."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from analysis.population.identification_errors import Capture, Judged, Verdict
from analysis.surveys.audit.error_rates import Often, Once, Rates, error_rates
from reid.models import SurveyAudit, SurveyAuditItem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from reid.models import Survey

Answer = SurveyAuditItem.Verdict
Stratum = SurveyAuditItem.Stratum

OF_ANSWER: Final[Mapping[str, Verdict]] = {
    Answer.OWN: Verdict.OWN,
    Answer.OTHER: Verdict.OTHER,
    Answer.NOBODY: Verdict.NOBODY,
}


def findings_of(survey: Survey) -> tuple[Judged, Rates] | None:
    """The answers of the survey's newest closed audit by capture, and the rates of error by them; None without one.

    Profiles are numbered in the order of their names, occasions as the survey has them: the rows and columns of its occasions. A
    capture of which nobody could tell is as one that was not judged.
    """
    audit = newest_closed(survey)
    if audit is None:
        return None
    items = list(audit.items.all())
    return judged(items), error_rates(*strata(items))


def newest_closed(survey: Survey) -> SurveyAudit | None:
    """The audit that gives the survey its rates: of those that were closed, the one that was closed last."""
    closed = SurveyAudit.objects.filter(survey=survey, status=SurveyAudit.Status.CLOSED)
    return closed.order_by("-closed_at").first()


def askable(audit: SurveyAudit) -> QuerySet[SurveyAuditItem]:
    """Items without an answer whose photograph is still there, in the order of the draw."""
    there = {"detection__isnull": False, "detection__hidden_at__isnull": True}
    return audit.items.filter(verdict="", **there).order_by("u")


def judged(items: Sequence[SurveyAuditItem]) -> Judged:
    """The answers to an audit's items, which are all captures of its survey."""
    number = {name: row for row, name in enumerate(sorted({item.profile for item in items}))}
    verdicts: dict[Capture, Verdict] = {}
    other: dict[Capture, int] = {}
    root = {name: name for name in number}

    def leads_to(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    for item in sorted(items, key=lambda one: (one.profile, one.occasion)):
        verdict = OF_ANSWER.get(item.verdict)
        if verdict is None:
            continue
        capture = Capture(number[item.profile], item.occasion)
        if verdict is Verdict.OTHER:
            # Two profiles seen once, each of which is said to be the other, are one deer: one of them stays where it is.
            if item.stratum == Stratum.ONCE and leads_to(item.other) == item.profile:
                verdict = Verdict.OWN
            else:
                other[capture] = number[item.other]
                if item.stratum == Stratum.ONCE:
                    root[item.profile] = item.other
        verdicts[capture] = verdict
    return Judged(verdicts, other)


def strata(items: Sequence[SurveyAuditItem]) -> tuple[Once, Often]:
    """The two strata of an audit with what was answered so far."""
    once = {item.profile for item in items if item.stratum == Stratum.ONCE}
    answers = Counter((item.stratum, item.verdict) for item in items)
    sizes = Counter(item.stratum for item in items)
    of_once = sum(
        item.stratum == Stratum.ONCE and item.verdict == Answer.OTHER and item.other in once
        for item in items
    )
    return (
        Once(
            captures=sizes[Stratum.ONCE],
            apart=answers[Stratum.ONCE, Answer.OWN] + answers[Stratum.ONCE, Answer.NOBODY],
            of_often=answers[Stratum.ONCE, Answer.OTHER] - of_once,
            of_once=of_once,
            cannot_tell=answers[Stratum.ONCE, Answer.CANNOT_TELL],
        ),
        Often(
            captures=sizes[Stratum.OFTEN],
            profiles=len({item.profile for item in items} - once),
            own=answers[Stratum.OFTEN, Answer.OWN],
            other=answers[Stratum.OFTEN, Answer.OTHER],
            nobody=answers[Stratum.OFTEN, Answer.NOBODY],
            cannot_tell=answers[Stratum.OFTEN, Answer.CANNOT_TELL],
        ),
    )
