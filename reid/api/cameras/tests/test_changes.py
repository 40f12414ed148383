"""Changes of cameras over HTTP: done, listed, undone, and refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from reid.models import Camera, CameraChange, Deployment, Outage
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> Camera:
    return make.camera("Gate")


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"/api/{address}", body, content_type="application/json")


def test_a_camera_is_renamed_listed_and_undone(client: Client, gate: Camera) -> None:
    done = post(client, f"cameras/{gate.pk}/edit", name="Oak", latitude="30.1", longitude="-98.2")
    assert done.status_code == 201, done.content
    made = done.json()
    assert (made["camera"], made["subject"], made["actor"]) == (str(gate.pk), "camera", "local")
    assert made["after"] == {"name": "Oak", "latitude": "30.100000", "longitude": "-98.200000"}
    assert client.get("/api/camera-changes").json()["results"] == [made]
    undone = post(client, f"camera-changes/{made['id']}/undo")
    assert undone.status_code == 200, undone.content
    assert undone.json()["undone_by"] == "local"
    gate.refresh_from_db()
    assert (gate.name, gate.latitude) == ("Gate", None)
    again = post(client, f"camera-changes/{made['id']}/undo")
    assert again.status_code == 409
    assert "was undone by local" in again.json()["detail"]


def test_days_are_entered_changed_and_removed(client: Client, gate: Camera) -> None:
    days = {"started_on": "2026-09-01", "ended_on": "2026-09-09"}
    for name, rows in (("deployment", Deployment.objects), ("outage", Outage.objects)):
        assert post(client, f"cameras/{gate.pk}/add-{name}", **days).status_code == 201
        twice = post(client, f"cameras/{gate.pk}/add-{name}", **days)
        assert twice.status_code == 400, twice.content
        assert "started_on" in str(twice.json()["errors"])
        row: Any = rows.get()
        changed = post(client, f"{name}s/{row.pk}/edit", ended_on="2026-09-12")
        assert changed.json()["before"] == {"ended_on": "2026-09-09"}
        assert client.get(f"/api/{name}s/{row.pk}").json()["ended_on"] == "2026-09-12"
        removed = post(client, f"{name}s/{row.pk}/remove")
        assert removed.json()["after"] is None
        assert not rows.exists()
        assert post(client, f"{name}s/{row.pk}/remove").status_code == 404
        post(client, f"camera-changes/{removed.json()['id']}/undo")
        assert rows.get().pk == row.pk


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "pond"},
        {"latitude": "91", "longitude": "0"},
        {"latitude": "30"},
        {"colour": "green"},
        {},
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, gate: Camera, body: dict[str, Any]) -> None:
    make.camera("Pond")
    assert post(client, f"cameras/{gate.pk}/edit", **body).status_code == 400
    assert not CameraChange.objects.exists()


def test_what_is_not_there_is_said(client: Client) -> None:
    for address in ("cameras/{}/edit", "camera-changes/{}/undo", "outages/{}/remove"):
        assert post(client, address.format(uuid4()), name="x").status_code == 404
