"""Requests of reports on surveys: which survey, and nothing that a survey has settled already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from exports.requests import naming, titles
from exports.requests.errors import RequestRefused
from exports.requests.rules import (
    CONFLICT,
    NOT_FOUND,
    OUT_OF_RANGE,
    REQUIRED,
    RuleViolation,
    in_order,
)
from exports.requests.specs import (
    DetectionSelection,
    GroupBy,
    ReportPeriod,
    ReportSpec,
    ReportType,
    SurveyCopy,
)
from reid.models import Survey

if TYPE_CHECKING:
    from exports.requests.parsing import Parsed

NO_PART: Final = "include_charts, include_tables and include_insights cannot all be false: leave one of them true"
SURVEY_UNUSED: Final = "survey is for reports of type survey only"
SURVEY_REQUIRED: Final = "survey is required for reports of type survey: give its id"
SURVEY_UNKNOWN: Final = "survey: there is no survey {id}"
NO_ESTIMATES: Final = "survey: {name} has no estimates yet: compute them, then ask again"
SETTLED: Final = "{field} is not for reports of type survey: the survey says what is counted"
SETTLED_FIELDS: Final = (
    "start_date",
    "end_date",
    "group_by",
    "comparison_periods",
    "classifications",
    "cameras",
    "deer",
)
"""Fields of other reports, which a survey has answered when it was made."""


def report_of(parsed: Parsed, violations: list[RuleViolation], data: Any) -> ReportSpec:
    """The report on a survey, with a copy of its estimates. Raises RequestRefused with every violation.

    `violations` are those of the fields by themselves. Rules on dates do not apply: a survey of more than a year is one.
    """
    given = data if isinstance(data, dict) else {}
    violations = [
        *violations,
        *(
            RuleViolation(CONFLICT, field, SETTLED.format(field=field))
            for field in SETTLED_FIELDS
            if given.get(field) is not None
        ),
        *check_parts(parsed),
    ]
    survey = _named(parsed, violations)
    if violations or survey is None:
        raise RequestRefused(in_order(violations))
    period = ReportPeriod(naming.days(survey.start, survey.end), survey.start, survey.end)
    return ReportSpec(
        report_type=ReportType.SURVEY,
        periods=(period,),
        group_by=GroupBy(parsed.get("group_by")),
        selection=DetectionSelection(),
        include_charts=parsed.get("include_charts"),
        include_tables=parsed.get("include_tables"),
        include_insights=parsed.get("include_insights"),
        title=parsed.get("title") or titles.of_survey(survey.name),
        notify=parsed.get("notify"),
        recipients=parsed.get("recipients") or (),
        survey=_copy(survey),
    )


def check_parts(parsed: Parsed) -> list[RuleViolation]:
    """A report has one of its parts at least."""
    if all(parsed.get(f"include_{part}") is False for part in ("charts", "tables", "insights")):
        return [RuleViolation(CONFLICT, "include_charts", NO_PART)]
    return []


def _copy(survey: Survey) -> SurveyCopy:
    assert survey.estimated_at is not None  # noqa: S101 - it has a result: a constraint of the table
    assert survey.result is not None  # noqa: S101 - checked by _named
    at = timezone.localtime(survey.estimated_at)
    return SurveyCopy(survey.pk, survey.name, at, survey.result)


def _named(parsed: Parsed, violations: list[RuleViolation]) -> Survey | None:
    """The survey of the request; where there is none that can be reported on, `violations` says why."""
    if any(violation.field == "survey" for violation in violations):
        return None
    key = parsed.get("survey")
    if key is None:
        violations.append(RuleViolation(REQUIRED, "survey", SURVEY_REQUIRED))
        return None
    survey = Survey.objects.defer("frozen").filter(pk=key).first()
    if survey is None:
        violations.append(RuleViolation(NOT_FOUND, "survey", SURVEY_UNKNOWN.format(id=key)))
    elif survey.result is None:
        text = NO_ESTIMATES.format(name=survey.name)
        violations.append(RuleViolation(OUT_OF_RANGE, "survey", text))
    return survey
