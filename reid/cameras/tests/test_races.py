"""Merges of cameras at the same moment, in transactions of their own: one is made, and the other says why not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from reid.cameras import merging
from reid.cameras.problems import MergeConflict
from reid.models import Camera, CameraMerge, Image
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
        except MergeConflict as problem:
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
