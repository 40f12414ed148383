"""Acts on cameras at the same moment, in transactions of their own: one is done, and the other says why not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from reid.cameras import changes, merging, rules
from reid.cameras.problems import ChangeProblem, MergeConflict
from reid.models import Camera, CameraChange, CameraMerge, Deployment, Image
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> User:
    return get_user_model().objects.create(username="ann")


@pytest.fixture
def cameras() -> tuple[Camera, Camera]:
    gate, other = make.camera("gate"), make.camera("oak")
    for camera in (gate, other):
        make.image(camera=camera)
    return gate, other


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do these in threads that begin together; what each was told instead, empty where it was done."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        try:
            gate.wait(timeout=30)
            act()
        except (MergeConflict, ChangeProblem) as problem:
            return str(problem)
        else:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_cameras_merged_into_one_another_are_merged_once(
    cameras: tuple[Camera, Camera], ann: User
) -> None:
    gate, other = cameras
    told = at_once(
        lambda: merging.merge(gate, other, actor=ann),
        lambda: merging.merge(other, gate, actor=ann),
    )
    assert told == ["", merging.GONE]
    survivor = Camera.objects.get()
    assert set(Image.objects.values_list("camera", flat=True)) == {survivor.pk}
    assert CameraMerge.objects.get().into == survivor


def test_a_merge_that_two_undo_is_undone_once(cameras: tuple[Camera, Camera], ann: User) -> None:
    gate, other = cameras
    key = merging.merge(other, gate, actor=ann).merge.pk
    told = at_once(*[lambda: merging.undo(key, actor=ann)] * 2)
    assert told[0] == ""
    assert told[1].startswith("This merge was undone by ann")
    assert Image.objects.get(camera=other)
    assert Image.objects.get(camera=gate)


def test_one_of_two_who_saw_the_same_camera_changes_it(
    cameras: tuple[Camera, Camera], ann: User
) -> None:
    gate, _other = cameras
    seen = rules.fingerprint(gate)
    told = at_once(
        lambda: changes.edit_camera(gate.pk, {"name": "pond"}, actor=ann, seen=seen),
        lambda: changes.edit_camera(gate.pk, {"notes": "wet"}, actor=ann, seen=seen),
    )
    assert told == ["", changes.SEEN_OTHERWISE]
    assert CameraChange.objects.count() == 1


def test_one_of_two_deployments_of_the_same_days_is_entered(
    cameras: tuple[Camera, Camera], ann: User
) -> None:
    gate, _other = cameras
    days = {"started_on": date(2025, 9, 1)}
    told = at_once(*[lambda: changes.add_deployment(gate.pk, days, actor=ann)] * 2)
    assert told[0] == ""
    assert told[1].startswith("The camera ran already from 2025-09-01")
    assert Deployment.objects.count() == CameraChange.objects.count() == 1


def test_a_change_that_two_undo_is_undone_once(cameras: tuple[Camera, Camera], ann: User) -> None:
    gate, _other = cameras
    key = changes.edit_camera(gate.pk, {"name": "pond"}, actor=ann).pk
    told = at_once(*[lambda: changes.undo(key, actor=ann)] * 2)
    assert told[0] == ""
    assert told[1].startswith("This change was undone by ann")
    gate.refresh_from_db()
    assert gate.name == "gate"


def test_a_deployment_and_a_merge_of_its_camera_wait_for_one_another(
    cameras: tuple[Camera, Camera], ann: User
) -> None:
    gate, other = cameras
    days = {"started_on": date(2025, 9, 1)}
    told = at_once(
        lambda: merging.merge(gate, other, actor=ann),
        lambda: changes.add_deployment(gate.pk, days, actor=ann),
    )
    merged = told == ["", changes.NO_CAMERA]
    assert merged or told == ["", ""]
    assert Deployment.objects.filter(camera=other).count() == (0 if merged else 1)
