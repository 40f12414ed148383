"""Surveys over the API of exports: reports that are asked for, previewed and refused, and files of numbers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from exports.api.errors import NO_ESTIMATES
from exports.models import ExportRequest
from exports.report.surveys import files
from exports.tests.surveys import REFUSED, document, stored_survey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


def post(client: Any, path: str, **body: object) -> Any:
    body = {"report_type": "survey"} | body
    return client.post(f"/api/exports/{path}", body, content_type="application/json")


def test_a_report_on_a_survey_is_accepted_and_keeps_what_it_rests_on(client: Any) -> None:
    answer = post(client, "pdf", survey=str(stored_survey(document()).pk))
    assert answer.status_code == 202
    row = ExportRequest.objects.get(job_id=answer.json()["job_id"])
    assert row.title == "Survey Rut 2025"
    assert row.spec["survey"]["document"] == document()


def test_a_survey_without_estimates_is_a_400_of_one_sentence(client: Any) -> None:
    answer = post(client, "pdf", survey=str(stored_survey(None).pk))
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "survey: Rut 2025 has no estimates yet: compute them, then ask again"
    )


def test_a_preview_counts_captures_and_says_the_refusal(client: Any) -> None:
    key = str(stored_survey(document(refused=REFUSED)).pk)
    shown = post(client, "pdf/preview", survey=key).json()
    assert (shown["captures"], shown["deer"], shown["cameras"]) == (10, 5, 4)
    assert (shown["photographs"], shown["sightings"], shown["detections"]) == (None, None, None)
    assert shown["warnings"] == [REFUSED]


@pytest.mark.parametrize("name", files.NAMES)
def test_numbers_are_attachments_named_after_the_survey(client: Any, name: str) -> None:
    survey = stored_survey(document())
    answer = client.get(f"/api/exports/surveys/{survey.pk}/{name}")
    assert answer.status_code == 200
    assert (answer["Content-Type"], answer.content.decode()) == files.written(name, document())
    assert answer["Content-Disposition"] == f'attachment; filename="Rut 2025 {name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_numbers_that_are_not_there_are_answered_as_problems(client: Any) -> None:
    none = stored_survey(None)
    answer = client.get(f"/api/exports/surveys/{none.pk}/survey.json")
    assert (answer.status_code, answer.json()["detail"]) == (409, NO_ESTIMATES)
    for path in (f"{uuid4()}/survey.json", f"{none.pk}/deer.csv"):
        answer = client.get(f"/api/exports/surveys/{path}")
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
