"""Surveys made, estimated and deleted: what pages, the API and commands do with them."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any, Final

import django_rq
from django.db import IntegrityError
from django.utils import timezone
from rq.exceptions import DuplicateJobError
from rq.job import JobStatus

from analysis.score_log.session import read_only
from analysis.surveys import frozen
from analysis.surveys.audit import findings_of
from analysis.surveys.collect import SurveyProblem, collect
from analysis.surveys.estimating.document import survey_document
from analysis.surveys.estimating.estimates import Audited, estimate
from analysis.surveys.material import Basis
from analysis.thresholds.queued_answers import QUEUE, UNDER_WAY, forget
from reid.models import Survey
from reid.naming import clean_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.contrib.auth.models import User

    from analysis.surveys.material import Material

JOB: Final = "analysis.jobs.estimate_survey"
TIMEOUT_SECONDS: Final = 1_800
MOST_OCCASIONS: Final = 366
LONGEST_NAME: Final = 80
NO_NAME: Final = "The survey has no name: give one, such as 2025 autumn."
LONG_NAME: Final = "The name has {length} letters: {most} are the most."
TAKEN: Final = "There is a survey {name} already: choose another name."
NOT_OVER: Final = "The survey ends on {end}, which is still to come: what its cameras see until then would be missing."
TOO_MANY: Final = "The survey has {count} occasions, and {most} are the most: choose longer occasions or a shorter period."
BAD_HABITAT: Final = "The habitat is an area above 0 square kilometres, or left out."
CHANGED: Final = "The frozen copy of survey {name} is not what was frozen: make the survey anew."
UNFINISHED: Final = "The estimate stopped before its end: compute it again."


class State(StrEnum):
    """How far a survey's estimate is."""

    NONE = "none"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


def make(
    *,
    name: str,
    start: date,
    end: date,
    cameras: Sequence[str] = (),
    occasion_days: int = 7,
    basis: Basis = Basis.BOTH,
    habitat_km2: float | None = None,
    note: str = "",
    by: User | None = None,
    one_side: bool = False,
) -> Survey:
    """A survey with its frozen copy, not yet estimated. Raises SurveyProblem, whose sentence says what to do."""
    name = clean_name(name)
    if not name:
        raise SurveyProblem(NO_NAME)
    if len(name) > LONGEST_NAME:
        raise SurveyProblem(LONG_NAME.format(length=len(name), most=LONGEST_NAME))
    if Survey.objects.filter(name__iexact=name).exists():
        raise SurveyProblem(TAKEN.format(name=name))
    if end > timezone.localdate():
        raise SurveyProblem(NOT_OVER.format(end=end))
    check_habitat(habitat_km2)
    material = gather(start, end, occasion_days, basis, cameras, one_side=one_side)
    copy = frozen.freeze(material)
    try:
        return Survey.objects.create(
            name=name,
            start=start,
            end=end,
            cameras=list(cameras),
            occasion_days=occasion_days,
            basis=basis.value,
            habitat_km2=habitat_km2,
            one_side=one_side,
            note=note,
            made_by=by,
            frozen=copy,
            frozen_sha256=frozen.sha256_of(copy),
        )
    except IntegrityError as error:  # somebody else made it at this moment
        raise SurveyProblem(TAKEN.format(name=name)) from error


def check_habitat(km2: float | None) -> None:
    """Raises SurveyProblem for what is no area."""
    if km2 is not None and not 0 < km2 < inf:
        raise SurveyProblem(BAD_HABITAT)


def gather(
    start: date,
    end: date,
    occasion_days: int,
    basis: Basis = Basis.BOTH,
    cameras: Sequence[str] = (),
    *,
    one_side: bool = False,
) -> Material:
    """The material of a survey that may be made, at one moment of the store; it changes nothing. Raises SurveyProblem."""
    with read_only():
        material = collect(start, end, basis, cameras, one_side=one_side)
    try:
        count = len(material.cut(occasion_days).starts)
    except ValueError as error:
        raise SurveyProblem(str(error)) from error
    if count > MOST_OCCASIONS:
        raise SurveyProblem(TOO_MANY.format(count=count, most=MOST_OCCASIONS))
    return material


def thaw(survey: Survey) -> Material:
    """What the survey rests on, as it was frozen. Raises SurveyProblem where the copy was changed since."""
    if frozen.sha256_of(survey.frozen) != survey.frozen_sha256:
        raise SurveyProblem(CHANGED.format(name=survey.name))
    return frozen.thaw(survey.frozen, one_side=survey.one_side)


def estimate_now(survey: Survey) -> dict[str, Any]:
    """Compute the survey's document and store it. A failure is stored as its problem, and raised."""
    rows = Survey.objects.filter(pk=survey.pk)  # it may be deleted meanwhile
    try:
        found = estimate(thaw(survey), survey.occasion_days, _audited(survey))
        document = survey_document(
            found,
            Basis(survey.basis),
            habitat_km2=survey.habitat_km2,
            survey={"id": str(survey.pk), "name": survey.name},
        )
    except Exception as error:
        rows.update(problem=str(error) or type(error).__name__)
        raise
    rows.update(result=document, estimated_at=timezone.now(), problem="")
    return document


def _audited(survey: Survey) -> Audited | None:
    found = findings_of(survey)
    return None if found is None else Audited(*found)


def request_estimate(survey: Survey) -> None:
    """Queue the estimate; one that is under way is enough. Raises redis.RedisError."""
    queue = django_rq.get_queue(QUEUE)
    key = _key(survey)
    job = queue.fetch_job(key)
    if job is not None:
        if job.get_status(refresh=False) in UNDER_WAY:
            return
        forget(job)
    # Somebody else who asked at this moment has queued it: one is enough.
    with suppress(DuplicateJobError):
        queue.enqueue(JOB, str(survey.pk), job_id=key, unique=True, job_timeout=TIMEOUT_SECONDS)


def state_of(survey: Survey) -> tuple[State, str]:
    """How far the estimate is, and the problem of one that failed. Raises redis.RedisError."""
    job = django_rq.get_queue(QUEUE).fetch_job(_key(survey))
    status = job.get_status(refresh=False) if job is not None else None
    if status in UNDER_WAY:
        return State.WAITING, ""
    if survey.problem:
        return State.FAILED, survey.problem
    if status == JobStatus.FAILED and survey.result is None:
        return State.FAILED, UNFINISHED  # its worker was killed
    return (State.NONE if survey.result is None else State.READY), ""


def delete(survey: Survey) -> None:
    """Delete the survey with its audits; deer and photographs stay."""
    survey.delete()


def _key(survey: Survey) -> str:
    return f"survey-{survey.pk}"
