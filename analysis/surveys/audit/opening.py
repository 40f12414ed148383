"""Audits of a survey opened and ended: all its captures put into an order by chance, and the answers that are enough.

The captures are those of the frozen copy, so that nothing that happens to the store meanwhile changes the question. Answers change no
deer's record.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from analysis.audit.plans import NoPlanError
from analysis.score_log.session import AnalysisError
from analysis.stats.betting_test import draw_key
from analysis.surveys.audit.captures import profiles_of
from analysis.surveys.audit.error_rates import LEAST
from analysis.surveys.audit.reading import Stratum, askable, strata
from reid.models import Detection, Survey, SurveyAudit, SurveyAuditItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from analysis.surveys.audit.captures import Profile
    from analysis.surveys.audit.error_rates import Often, Once

BATCH: Final = 500
NO_AUDIT: Final = "No audit of {survey} is open: open one first."
OPEN_ALREADY: Final = "An audit of {survey} is open: go on with it, or give it up."
NO_CAPTURES: Final = (
    "The survey {survey} has no capture to judge: nobody can say how often its names are wrong."
)
NOT_ENOUGH: Final = (
    "Too few answers: {once} more of deer seen once and {often} more of the others are needed. "
    "Where nobody can tell, it is no answer."
)


def open_audit(survey: Survey, by: User) -> SurveyAudit:
    """A new audit of all captures of the survey. Raises AnalysisError where one is open, and for a survey without captures."""
    salt = secrets.token_hex(32)
    profiles = profiles_of(survey)
    if not profiles:
        raise AnalysisError(NO_CAPTURES.format(survey=survey.name))
    there = _there(key for profile in profiles.values() for key in profile.photographs())
    with transaction.atomic():
        Survey.objects.select_for_update().get(pk=survey.pk)
        if SurveyAudit.objects.filter(survey=survey, status=SurveyAudit.Status.OPEN).exists():
            raise AnalysisError(OPEN_ALREADY.format(survey=survey.name))
        audit = SurveyAudit.objects.create(survey=survey, salt=salt, made_by=by)
        items = [item for profile in profiles.values() for item in _items(audit, profile, there)]
        SurveyAuditItem.objects.bulk_create(items, batch_size=BATCH)
    return audit


def _there(keys: Iterable[str]) -> set[str]:
    """Those of the photographs that still exist."""
    asked = sorted(set(keys))
    return {
        str(pk)
        for start in range(0, len(asked), BATCH)
        for pk in Detection.objects.filter(pk__in=asked[start : start + BATCH])
        .order_by()
        .values_list("pk", flat=True)
    }


def _items(audit: SurveyAudit, profile: Profile, there: set[str]) -> Iterable[SurveyAuditItem]:
    """An item a capture. One that has no photograph, or nothing of its own profile to be shown beside, is asked nobody.

    A photograph stands for the capture that chance chooses, of all cameras and days: the best one of them all would be right too often.
    """
    is_once = len(profile.captures) == 1
    for occasion, seen in sorted(profile.captures.items()):
        u = draw_key(audit.salt, f"{profile.name}/{occasion}")
        shown = [next((key for key in one.detections if key in there), "") for one in seen]
        shown = sorted((key for key in shown if key), key=lambda key: draw_key(u, key))
        beside = there.intersection(profile.photographs(without=occasion))
        is_asked = bool(shown) and (is_once or bool(beside))
        yield SurveyAuditItem(
            audit=audit,
            profile=profile.name,
            occasion=occasion,
            stratum=Stratum.ONCE if is_once else Stratum.OFTEN,
            u=u,
            detection_id=UUID(shown[0]) if is_asked else None,
        )


def current(survey: Survey) -> SurveyAudit:
    """The open audit of the survey. Raises NoPlanError without one."""
    audit = SurveyAudit.objects.filter(survey=survey, status=SurveyAudit.Status.OPEN).first()
    if audit is None:
        raise NoPlanError(NO_AUDIT.format(survey=survey.name))
    return audit


def missing(audit: SurveyAudit, parts: tuple[Once, Often] | None = None) -> tuple[int, int]:
    """Answers that are wanting before the audit says anything: of deer seen once, and of the others.

    LEAST of each stratum, or all of a smaller one. Where no more can be asked (photographs are gone, nobody can tell) those that are
    there are enough, as long as there is one. `parts` are its strata, where they have been read.
    """
    once, often = parts or strata(list(audit.items.all()))
    named: tuple[tuple[str, Once | Often], ...] = ((Stratum.ONCE, once), (Stratum.OFTEN, often))
    wanting = []
    for name, stratum in named:
        left = askable(audit).filter(stratum=name).count()
        short = max(0, min(LEAST, stratum.captures) - stratum.told)
        is_silent = stratum.captures > 0 and not stratum.told
        wanting.append(max(min(short, left), int(is_silent)))
    return wanting[0], wanting[1]


def close(audit: SurveyAudit) -> SurveyAudit:
    """Close it: the survey has its rates of error by these answers. Raises AnalysisError where they are too few."""
    with transaction.atomic():
        audit = locked(audit)
        once, often = missing(audit)
        if once or often:
            raise AnalysisError(NOT_ENOUGH.format(once=once, often=often))
        return _end(audit, SurveyAudit.Status.CLOSED)


def abandon(audit: SurveyAudit) -> SurveyAudit:
    """Give it up: its answers stay, and nothing rests on them."""
    with transaction.atomic():
        return _end(locked(audit), SurveyAudit.Status.ABANDONED)


def locked(audit: SurveyAudit) -> SurveyAudit:
    """The audit as it stands now, which nobody else changes meanwhile. Raises NoPlanError where it has ended."""
    row = SurveyAudit.objects.select_for_update().get(pk=audit.pk)
    if row.status != SurveyAudit.Status.OPEN:
        raise NoPlanError(NO_AUDIT.format(survey=audit.survey.name))
    return row


def _end(audit: SurveyAudit, status: SurveyAudit.Status) -> SurveyAudit:
    audit.status, audit.closed_at = status, timezone.now()
    audit.save(update_fields=["status", "closed_at"])
    return audit
