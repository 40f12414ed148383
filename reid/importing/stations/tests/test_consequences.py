"""Consequences of a table of stations: names that are much alike are named, photographs' clocks judged anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from reid.importing.clocks.marks import mark_clock_problems
from reid.importing.deployments import import_deployments
from reid.importing.writing import alike
from reid.models import Camera, Deployment, Image
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from reid.importing.deployments import DeploymentReport

pytestmark = pytest.mark.django_db


@pytest.fixture
def bring(tmp_path: Path, settings):
    settings.TIME_ZONE = "America/Chicago"

    def bring(*lines: str, dry_run: bool = False) -> DeploymentReport:
        file = tmp_path / "table.csv"
        file.write_text("\n".join(["camera,started_on,ended_on", *lines]) + "\n")
        return import_deployments(file, dry_run=dry_run)

    return bring


def noted(report: DeploymentReport) -> list[str]:
    return [note.text for note in report.warnings if note.kind == alike.KIND]


def test_a_new_camera_that_is_much_like_a_known_one_is_noted(bring) -> None:
    make.camera("north-gate")
    report = bring("North Gate,2025-10-01,", "elm,2025-10-01,")
    text = alike.CAMERAS.format(name="North Gate", others="'north-gate'")
    assert noted(report) == [text]
    assert noted(bring("North Gate,2025-10-01,")) == []  # it is stored now


def test_two_new_cameras_of_one_table_that_are_much_alike_are_noted(bring) -> None:
    report = bring("cam 1,2025-10-01,", "CAM-1,2025-10-01,")
    assert noted(report) == [alike.CAMERAS.format(name="cam 1", others="'CAM-1'")]


def marks() -> list[str]:
    return list(Image.objects.order_by("captured_at").values_list("clock_problem", flat=True))


@pytest.fixture
def photographs(settings) -> Camera:
    """Of the first of October, November and December at noon."""
    settings.TIME_ZONE = "America/Chicago"
    oak = make.camera("oak")
    for month in (10, 11, 12):
        make.image(camera=oak, captured_at=datetime(2025, month, 1, 18, tzinfo=UTC))
    return oak


def test_photographs_are_judged_anew(bring, photographs: Camera) -> None:
    assert bring("oak,2025-10-01,2025-10-31").marks == 2
    assert marks() == ["", "not_deployed", "not_deployed"]
    report = bring("oak,2025-10-01,2025-11-30")
    assert (report.updated, report.marks) == (1, 1)
    assert marks() == ["", "", "not_deployed"]
    assert bring("oak,2025-10-01,2025-11-30").marks == 0


def test_a_dry_run_says_how_many_and_marks_none(bring, photographs: Camera) -> None:
    assert bring("oak,2025-10-01,2025-10-31", dry_run=True).marks == 2
    assert marks() == ["", "", ""]


def deployed(camera: Camera, start: str, end: str) -> Deployment:
    return Deployment.objects.create(camera=camera, started_on=start, ended_on=end)


def test_the_form_of_a_deployment_judges_anew(client: Client, photographs: Camera) -> None:
    elm = make.camera("elm")
    make.image(camera=elm, captured_at=datetime(2025, 12, 1, 19, tzinfo=UTC))
    days = {"started_on": "2025-10-01", "ended_on": "2025-10-31"}
    client.post(reverse("admin:reid_deployment_add"), {"camera": str(photographs.pk), **days})
    assert marks() == ["", "not_deployed", "not_deployed", ""]
    row = Deployment.objects.get()
    address = reverse("admin:reid_deployment_change", args=[row.pk])
    client.post(address, {"camera": str(elm.pk), **days})
    assert marks() == ["", "", "", "not_deployed"]
    client.post(reverse("admin:reid_deployment_delete", args=[row.pk]), {"post": "yes"})
    assert marks() == ["", "", "", ""]
    deployed(elm, "2025-10-01", "2025-10-31")
    mark_clock_problems([elm])
    client.post(
        reverse("admin:reid_deployment_changelist"),
        {"action": "delete_selected", "_selected_action": str(Deployment.objects.get().pk), "post": "yes"},
    )  # fmt: skip
    assert marks() == ["", "", "", ""]


def test_the_page_of_a_camera_judges_anew(client: Client, photographs: Camera) -> None:
    values = {
        "name": "oak", "deployments-TOTAL_FORMS": "1", "deployments-INITIAL_FORMS": "0",
        "outages-TOTAL_FORMS": "0", "outages-INITIAL_FORMS": "0",
        "deployments-0-started_on": "2025-10-01", "deployments-0-ended_on": "2025-10-31",
    }  # fmt: skip
    client.post(reverse("admin:reid_camera_change", args=[photographs.pk]), values)
    assert marks() == ["", "not_deployed", "not_deployed"]
