"""Reports on surveys through the life of an export: built, built again, and shared, with the numbers of when they were asked for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from pypdf import PdfReader

from exports import jobs
from exports.history import keeping
from exports.models import ExportRequest
from exports.requests.build_spec import report_spec
from exports.sharing import frozen, links
from exports.tests.life import live
from exports.tests.surveys import document, stored_survey

if TYPE_CHECKING:
    from pathlib import Path

    from exports.requests.specs import ReportSpec

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]
FIVE = "5 deer were told apart in 10 captures."


@pytest.fixture
def spec() -> ReportSpec:
    """A report on five deer, whose survey says fifty by now."""
    survey = stored_survey(document(5))
    asked = {"report_type": "survey", "survey": str(survey.pk), "include_charts": False}
    spec = report_spec(asked, timezone.localdate())
    survey.result = document(50)
    survey.save()
    return spec


def said(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_report_is_built_and_built_again_with_the_numbers_it_was_asked_for_with(
    spec: ReportSpec, export_root: Path
) -> None:
    owner = get_user_model().objects.create_user("ann").pk
    first = keeping.submit(spec, owner).job_id
    jobs.build_report(str(first), ExportRequest.objects.get(job_id=first).spec)
    again = keeping.resubmit(first, owner).job_id
    jobs.build_report(str(again), ExportRequest.objects.get(job_id=again).spec)
    for job_id in (first, again):
        (path,) = export_root.glob(f"{job_id}.{live(job_id).attempt}.pdf")
        assert FIVE in said(path.read_bytes())


def test_a_shared_report_shows_the_same_on_its_page_and_in_its_pdf(spec: ReportSpec) -> None:
    owner = get_user_model().objects.create_user("ann").pk
    shown = frozen.freeze(links.of_report(spec, owner).link)
    assert FIVE in shown.page
    assert FIVE in said(bytes(shown.pdf))
    assert "29.0" not in shown.page  # where a camera stands is nobody's business outside
