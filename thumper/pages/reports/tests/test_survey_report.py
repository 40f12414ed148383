"""A report on a survey that was made and estimated: what the estimator stores is what the report reads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from django.utils.html import escape

from analysis.surveys import services
from analysis.surveys.tests.herds import herd
from exports.report import page
from exports.report.surveys import files, numbers
from exports.requests.build_spec import report_spec

if TYPE_CHECKING:
    from reid.models import Survey

pytestmark = pytest.mark.django_db
START, END = date(2025, 10, 1), date(2025, 10, 21)


@pytest.fixture
def survey() -> Survey:
    """Nine deer, a third of them bucks, at three cameras for 21 days; each is seen at each on a day with 0.1."""
    herd(deer=9, days=21, chance=0.1, seed=4)
    survey = services.make(name="autumn", start=START, end=END, occasion_days=3, habitat_km2=2.5)
    services.estimate_now(survey)
    return survey


def test_what_the_estimator_stores_is_what_the_report_reads(survey: Survey) -> None:
    spec = report_spec({"report_type": "survey", "survey": str(survey.pk)}, timezone.localdate())
    assert spec.survey is not None
    found = numbers.read(spec.survey.document)
    assert (found.deer, len(found.cameras), len(found.starts)) == (9, 3, 7)
    assert found.accumulation[-1] == (63.0, 9)
    report = page.compose(found, spec)
    assert report.notice == found.refused
    assert report.notice  # nobody has judged an audit of it
    assert report.lead
    assert report.notice not in report.lead
    html = page.as_html(report)
    for sentence in (*report.lead, *(f"deer {number:02}" for number in range(9))):
        assert escape(sentence) in html
    assert all(files.written(name, spec.survey.document)[1] for name in files.NAMES)
