"""Requests of reports on surveys: what they need, what they refuse, and the copy of the estimates that they keep."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from exports.requests.build_spec import report_spec
from exports.requests.errors import RequestRefused
from exports.requests.specs import ReportSpec, ReportType
from exports.requests.surveys import (
    NO_ESTIMATES,
    SETTLED_FIELDS,
    SURVEY_REQUIRED,
    SURVEY_UNUSED,
)
from exports.tests.surveys import document, stored_survey

pytestmark = pytest.mark.django_db

TODAY = date(2025, 11, 15)
GIVEN = {
    "start_date": "2025-10-01",
    "end_date": "2025-10-31",
    "group_by": "week",
    "comparison_periods": [{"label": "a", "start_date": "2025-10-01"}],
    "classifications": ["buck"],
    "cameras": [],
    "deer": [],
}


def refused(**body: object) -> list[tuple[str, str, str]]:
    with pytest.raises(RequestRefused) as caught:
        report_spec({"report_type": "survey"} | body, TODAY)
    return [(item.code, item.field, item.message) for item in caught.value.errors]


def test_a_report_on_a_survey_has_its_days_its_name_and_a_copy_of_its_estimates() -> None:
    survey = stored_survey(document())
    spec = report_spec({"report_type": "survey", "survey": str(survey.pk)}, TODAY)
    assert spec.report_type is ReportType.SURVEY
    assert spec.title == "Survey Rut 2025"
    assert [(one.start, one.end) for one in spec.periods] == [(survey.start, survey.end)]
    assert spec.survey is not None
    assert (spec.survey.id, spec.survey.name) == (survey.pk, "Rut 2025")
    assert spec.survey.document == document()
    assert spec.survey.estimated_at == survey.estimated_at
    assert ReportSpec.from_json(spec.to_json()) == spec


def test_estimates_that_come_later_change_no_report_that_was_asked_for() -> None:
    survey = stored_survey(document(5))
    stored = report_spec({"report_type": "survey", "survey": str(survey.pk)}, TODAY).to_json()
    survey.result = document(50)
    survey.save()
    again = ReportSpec.from_json(stored).survey
    assert again is not None
    assert again.document["deer"] == 5


def test_rules_on_dates_do_not_apply_to_a_survey() -> None:
    """A survey of one day, and one of more than a year, are surveys."""
    days = (date(2025, 10, 1), date(2025, 10, 1)), (date(2023, 1, 1), date(2024, 6, 1))
    for number, (start, end) in enumerate(days):
        survey = stored_survey(document(), f"survey {number}", start=start, end=end)
        assert report_spec({"report_type": "survey", "survey": str(survey.pk)}, TODAY).survey


def test_what_the_survey_has_settled_is_refused_field_by_field() -> None:
    key = str(stored_survey(document()).pk)
    assert set(GIVEN) == set(SETTLED_FIELDS)
    assert {item[:2] for item in refused(survey=key, **GIVEN)} == {
        ("conflict", field) for field in SETTLED_FIELDS
    }
    nulls = dict.fromkeys(GIVEN)
    del nulls["group_by"]  # it takes no null in any report
    assert report_spec({"report_type": "survey", "survey": key} | nulls, TODAY).survey


def test_a_survey_is_needed_and_must_be_there() -> None:
    assert refused() == [("required", "survey", SURVEY_REQUIRED)]
    key = uuid4()
    assert refused(survey=str(key)) == [
        ("not_found", "survey", f"survey: there is no survey {key}")
    ]
    assert [item[:2] for item in refused(survey="Rut")] == [("invalid", "survey")]


def test_a_survey_without_estimates_is_refused_with_what_to_do() -> None:
    survey = stored_survey(None)
    text = NO_ESTIMATES.format(name="Rut 2025")
    assert refused(survey=str(survey.pk)) == [("out_of_range", "survey", text)]
    assert text == "survey: Rut 2025 has no estimates yet: compute them, then ask again"


def test_other_reports_take_no_survey() -> None:
    body = {"start_date": "2025-10-01", "survey": str(uuid4())}
    with pytest.raises(RequestRefused) as caught:
        report_spec(body, TODAY)
    assert [item.message for item in caught.value.errors] == [SURVEY_UNUSED]
