"""Camera merges over HTTP: made, listed, undone, and refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from reid.cameras import merging
from reid.models import Camera, CameraMerge, Deployment, Image
from reid.tests import make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def cameras() -> tuple[Camera, Camera]:
    """Two names of one camera; the second has a photograph and a deployment."""
    gate, other = make.camera("North Gate"), make.camera("north-gate")
    make.image(camera=other)
    Deployment.objects.create(camera=other, started_on="2025-09-01", ended_on="2025-10-01")
    return gate, other


def post(client: Client, address: str, **body: Any) -> Any:
    return client.post(f"/api/{address}", body, content_type="application/json")


def merge(client: Client, camera: Camera, into: Camera, **body: Any) -> Any:
    return post(client, f"cameras/{camera.pk}/merge", into=str(into.pk), **body)


def test_two_cameras_become_one_and_two_again(
    client: Client, cameras: tuple[Camera, Camera]
) -> None:
    gate, other = cameras
    done = merge(client, other, gate, reason="one tree")
    assert done.status_code == 201, done.content
    made = done.json()["merge"]
    assert (made["camera"], made["into"]) == (str(other.pk), str(gate.pk))
    assert (made["actor"], made["reason"], made["undone_at"]) == ("local", "one tree", None)
    counts = {"photographs": 1, "deployments": 1, "outages": 0}
    assert done.json() == {"merge": made, **counts}
    assert Image.objects.get().camera == gate
    assert client.get("/api/camera-merges").json()["results"] == [made]
    assert [row["name"] for row in client.get("/api/cameras").json()["results"]] == ["North Gate"]
    undone = post(client, f"camera-merges/{made['id']}/undo")
    assert undone.status_code == 200, undone.content
    assert undone.json()["merge"]["undone_by"] == "local"
    assert {name: undone.json()[name] for name in counts} == counts
    assert Image.objects.get().camera == other
    assert client.get(f"/api/camera-merges/{made['id']}").json() == undone.json()["merge"]


def test_a_dry_run_counts_and_changes_nothing(
    client: Client, cameras: tuple[Camera, Camera]
) -> None:
    gate, other = cameras
    tried = merge(client, other, gate, dry_run=True)
    assert (tried.status_code, tried.json()) == (
        200,
        {"merge": None, "photographs": 1, "deployments": 1, "outages": 0},
    )
    assert (Camera.objects.count(), CameraMerge.objects.count()) == (2, 0)
    assert Image.objects.get().camera == other


def test_days_that_both_ran_are_named_and_nothing_is_merged(
    client: Client, cameras: tuple[Camera, Camera]
) -> None:
    gate, other = cameras
    Deployment.objects.create(camera=gate, started_on="2025-09-20")
    answer = merge(client, other, gate)
    assert answer.status_code == 409
    assert "2025-09-01 to 2025-10-01 and 2025-09-20 to now" in answer.json()["detail"]
    assert not CameraMerge.objects.exists()


def test_a_camera_that_was_merged_already_is_a_conflict(
    client: Client, cameras: tuple[Camera, Camera]
) -> None:
    gate, other = cameras
    key = merge(client, other, gate).json()["merge"]["id"]
    for answer in (merge(client, other, gate), merge(client, make.camera("Oak"), other)):
        assert (answer.status_code, answer.json()["detail"]) == (409, merging.GONE)
    assert post(client, f"camera-merges/{key}/undo").status_code == 200
    again = post(client, f"camera-merges/{key}/undo")
    assert again.status_code == 409
    assert "This merge was undone by local" in again.json()["detail"]


def test_what_makes_no_sense_is_refused(client: Client, cameras: tuple[Camera, Camera]) -> None:
    gate, other = cameras
    address = f"cameras/{other.pk}/merge"
    for body in ({}, {"into": "gate"}, {"into": str(uuid4())}, {"into": str(gate.pk), "undo": 1}):
        assert post(client, address, **body).status_code == 400, body
    itself = merge(client, gate, gate)
    assert itself.status_code == 400
    assert merging.SAME in itself.json()["detail"]
    assert post(client, f"cameras/{uuid4()}/merge", into=str(gate.pk)).status_code == 404
    unknown = uuid4()
    answer = post(client, f"camera-merges/{unknown}/undo")
    assert answer.status_code == 404
    assert answer.json()["detail"] == merging.UNKNOWN_MERGE.format(key=unknown)
    assert not CameraMerge.objects.exists()


def test_a_stranger_merges_and_parts_nothing(
    client: Client, cameras: tuple[Camera, Camera], settings: Any
) -> None:
    gate, other = cameras
    key = merge(client, other, gate).json()["merge"]["id"]
    settings.EMBEDDED = False
    assert merge(client, gate, other).status_code in (401, 403)
    assert post(client, f"camera-merges/{key}/undo").status_code in (401, 403)
    assert CameraMerge.objects.get().undone_at is None
