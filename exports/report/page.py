"""Page of a report: its parts, composed with their pictures, and the same as HTML for a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string

from exports.report import collect, sections
from exports.report.portraits import portraits
from exports.report.surveys import numbers
from exports.report.surveys import sections as survey_sections

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from exports.report.counting.summary import SeasonSummary
    from exports.report.sections import ReportPage
    from exports.report.surveys.numbers import SurveyNumbers
    from exports.requests.specs import ReportSpec


def collected(spec: ReportSpec) -> SeasonSummary | SurveyNumbers:
    """What the report rests on: counted now, or a survey's estimates as they were when the report was asked for."""
    return numbers.read(spec.survey.document) if spec.survey else collect.summarise(spec)


def compose(summary: SeasonSummary | SurveyNumbers, spec: ReportSpec) -> ReportPage:
    """The parts that `spec` asks for, with the pictures of the deer in them."""
    if isinstance(summary, numbers.SurveyNumbers):
        return survey_sections.compose(summary, spec)
    has_deer = spec.include_tables and len(summary.periods) == 1
    pictures = portraits([deer.portrait for deer in summary.periods[0].deer]) if has_deer else {}
    return sections.compose(summary, spec, pictures)


def as_html(report: ReportPage) -> SafeString:
    """What stands between the head and the foot of a page: text is escaped, pictures are data: addresses."""
    context = {"page": report, "ranch": settings.RANCH_NAME}
    return render_to_string("exports/report_body.html", context)
