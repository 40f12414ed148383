"""Stored torsos: crop and mask in one file, whole or not at all."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest
from django.core.files.storage import default_storage

from reid.imaging.derived_files import torso_name
from reid.torsos.align import align
from reid.torsos.stored import delete_torso, store_torso, stored_torso

ID = UUID("12345678-0000-4000-8000-000000000000")
HEAD = "ab" * 32

pytestmark = pytest.mark.usefixtures("media_root")


@pytest.fixture
def torso():
    y, x = np.mgrid[0:300, 0:400]
    picture = np.stack((x * 255 // 400, y * 255 // 300, (x + y) // 4), axis=2).astype(np.uint8)
    mask = np.zeros((36, 36), np.float32)
    mask[10:26, 5:31] = 1.0
    return align(picture, mask)


def test_crop_and_mask_come_back_nearly_as_they_were_and_the_head_exactly(torso) -> None:
    store_torso(ID, torso, HEAD, is_aligned=True)
    stored = stored_torso(ID)
    assert stored is not None
    assert stored.head == HEAD
    assert stored.crop.shape == (288, 432, 3)
    assert np.abs(stored.crop.astype(int) - torso.crop).mean() < 2
    assert np.abs(stored.mask.astype(int) - torso.mask).max() < 40  # at the steep edge
    assert np.abs(stored.mask.astype(int) - torso.mask).mean() < 1


def test_it_lies_beside_the_crops_in_a_small_folder() -> None:
    assert torso_name(ID) == f"torsos/12/{ID}.jpg"


def test_there_is_one_of_a_detection_whatever_the_gate_says_of_it_next(torso) -> None:
    store_torso(ID, torso, HEAD, is_aligned=True)
    store_torso(ID, torso, HEAD, is_aligned=False)
    assert stored_torso(ID) is None
    assert stored_torso(ID, is_aligned=False) is not None
    store_torso(ID, torso, HEAD, is_aligned=True)
    assert stored_torso(ID, is_aligned=False) is None


def test_what_is_not_there_or_damaged_or_another_picture_is_none(torso, settings) -> None:
    assert stored_torso(ID) is None
    store_torso(ID, torso, HEAD, is_aligned=True)
    path = settings.MEDIA_ROOT / torso_name(ID)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert stored_torso(ID) is None
    path.write_bytes(b"no picture")
    assert stored_torso(ID) is None


def test_deleting_leaves_nothing_and_may_be_repeated(torso) -> None:
    for is_aligned in (True, False):
        store_torso(ID, torso, HEAD, is_aligned=is_aligned)
        delete_torso(ID)
        delete_torso(ID)
        assert not default_storage.exists(torso_name(ID, is_aligned=is_aligned))
