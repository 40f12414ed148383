"""Merges of cameras in the admin: asked for, done, refused, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from reid.admin import cameras as admin_cameras
from reid.models import Camera, CameraMerge, Deployment, Image
from reid.tests import make
from reid.wording import Number

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


def act(client: Client, model: str, action: str, *rows: Any, **values: str) -> str:
    address = reverse(f"admin:reid_{model}_changelist")
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows], **values}
    return client.post(address, form, follow=True).content.decode()


def test_the_name_that_stays_is_asked_for(client: Client) -> None:
    gate, other = make.camera("gate"), make.camera("other")
    make.image(camera=other)
    page = act(client, "camera", "merge_cameras", gate, other)
    assert "Which camera&#x27;s name stays?" in page
    assert "<strong>other</strong>: 1 photograph,\n  0 deployments" in page
    page = act(client, "camera", "merge_cameras", gate, other, into=str(gate.pk))
    said = {"photographs": Number(1), "deployments": Number(0), "outages": Number(0)}
    assert admin_cameras.MERGED.format(camera="Other", into="gate", **said) in page
    assert Image.objects.get().camera == gate
    listed = client.get(reverse("admin:reid_camera_changelist")).content.decode()
    assert ">gate</a>" in listed
    assert ">other</a>" not in listed


def test_a_merge_is_undone(client: Client) -> None:
    gate, other = make.camera("gate"), make.camera("other")
    make.image(camera=other)
    act(client, "camera", "merge_cameras", gate, other, into=str(gate.pk))
    page = act(client, "cameramerge", "undo_merge", CameraMerge.objects.get())
    assert admin_cameras.UNDONE.format(camera="Other", photographs=Number(1)) in page
    assert Image.objects.get().camera == other
    page = act(client, "cameramerge", "undo_merge", CameraMerge.objects.get())
    assert "This merge was undone by" in page


def test_overlaps_and_other_numbers_of_cameras_are_refused(client: Client) -> None:
    gate, other = make.camera("gate"), make.camera("other")
    for row in (gate, other):
        Deployment.objects.create(camera=row, started_on="2025-09-01")
    page = act(client, "camera", "merge_cameras", gate, other, into=str(gate.pk))
    assert "Other and gate ran at the same time" in page
    assert admin_cameras.SELECT_TWO in act(client, "camera", "merge_cameras", gate)
    assert Camera.objects.count() == 2
