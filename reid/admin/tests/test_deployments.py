"""Deployments in the admin's forms: the day of a visit is accepted, an overlap is refused in a sentence."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from reid.models import Camera, Deployment
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def page(camera: Camera, *days: tuple[str, str]) -> dict[str, str]:
    """The camera's page as a browser sends it, with new deployments and no outage."""
    values = {"name": camera.name, "deployments-INITIAL_FORMS": "0", "outages-INITIAL_FORMS": "0"}
    values |= {"deployments-TOTAL_FORMS": str(len(days)), "outages-TOTAL_FORMS": "0"}
    for number, (start, end) in enumerate(days):
        values[f"deployments-{number}-started_on"] = start
        values[f"deployments-{number}-ended_on"] = end
    return values


@pytest.mark.parametrize(("start", "status"), [("2025-10-15", 302), ("2025-10-14", 200)])
def test_a_form_of_one_deployment(client: Client, start: str, status: int) -> None:
    oak = make.camera("oak")
    Deployment.objects.create(camera=oak, started_on=date(2025, 9, 1), ended_on=date(2025, 10, 15))
    address = reverse("admin:reid_deployment_add")
    answer = client.post(address, {"camera": str(oak.pk), "started_on": start})
    assert answer.status_code == status
    if status == 200:
        assert "The camera ran already from 2025-09-01 to 2025-10-15" in answer.content.decode()
    assert Deployment.objects.count() == 1 + (status == 302)


@pytest.mark.parametrize(("start", "status"), [("2025-10-15", 302), ("2025-10-14", 200)])
def test_the_page_of_a_camera(client: Client, start: str, status: int) -> None:
    oak = make.camera("oak")
    address = reverse("admin:reid_camera_change", args=[oak.pk])
    answer = client.post(address, page(oak, ("2025-09-01", "2025-10-15"), (start, "")))
    assert answer.status_code == status
    if status == 200:
        assert "deployments of one camera may not overlap" in answer.content.decode()
    assert Deployment.objects.count() == 2 * (status == 302)


def test_a_stored_deployment_can_be_saved_as_it_is(client: Client) -> None:
    row = Deployment.objects.create(camera=make.camera("oak"), started_on=date(2025, 9, 1))
    address = reverse("admin:reid_deployment_change", args=[row.pk])
    answer = client.post(address, {"camera": str(row.camera_id), "started_on": "2025-09-02"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.started_on == date(2025, 9, 2)
