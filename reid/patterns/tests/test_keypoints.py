"""Keypoints: found on the torso alone, upright, the same each time, and whole on the way through a file."""

from __future__ import annotations

import numpy as np
import pytest

from reid.patterns import sentinel
from reid.patterns.keypoints import (
    LENGTH,
    MOST,
    UNIT,
    Keypoints,
    NoKeypoints,
    find,
)
from reid.patterns.tests.photographs import spotted


def test_keypoints_lie_on_the_torso() -> None:
    crop, mask = spotted(1)
    mask[:, 216:] = 0
    found = find(crop, mask)
    assert len(found) > 20
    assert found.places[:, 0].max() < 0.5 - 3 / 432  # the outline is left out too


def test_a_plain_torso_has_none() -> None:
    crop = np.full((288, 432, 3), 90, np.uint8)
    found = find(crop, np.full((288, 432), 255, np.uint8))
    assert len(found) == 0
    assert len(Keypoints.from_bytes(found.to_bytes())) == 0


def test_the_strongest_are_kept() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (36, 54, 1), np.uint8)
    crop = noise.repeat(8, 0).repeat(8, 1).repeat(3, 2)
    found = find(crop, np.full((288, 432), 255, np.uint8))
    assert len(found) == MOST


def test_the_same_picture_gives_the_same_keypoints() -> None:
    assert find(*spotted(2)).to_bytes() == find(*spotted(2)).to_bytes()


def test_a_descriptor_is_a_root_of_shares() -> None:
    found = find(*spotted(3))
    lengths = np.linalg.norm(found.descriptors.astype(np.float64), axis=1)
    assert found.descriptors.shape[1] == LENGTH
    assert np.abs(lengths - UNIT).max() < 6  # rounding alone, of 128 numbers


def test_a_turned_picture_has_other_descriptors() -> None:
    """Upright: a mark that leans is another mark."""
    crop, mask = spotted(4)
    straight, turned = find(crop, mask), find(np.rot90(crop, 2).copy(), np.rot90(mask, 2).copy())
    one, other = straight.descriptors[0], turned.descriptors
    place = 1 - straight.places[0].astype(np.float32)
    same = np.abs(turned.places.astype(np.float32) - place).sum(axis=1).argmin()
    assert np.linalg.norm(one.astype(float) - other[same].astype(float)) > UNIT / 4


def test_keypoints_survive_a_file() -> None:
    found = find(*spotted(5))
    read = Keypoints.from_bytes(found.to_bytes())
    np.testing.assert_array_equal(read.descriptors, found.descriptors)
    np.testing.assert_array_equal(read.places, found.places)
    np.testing.assert_array_equal(read.scales, found.scales)


def test_a_file_is_small() -> None:
    descriptors = np.zeros((MOST, LENGTH), np.uint8)
    most = Keypoints(np.zeros((MOST, 2), np.float16), np.ones(MOST, np.float16), descriptors)
    assert len(most.to_bytes()) < 110_000


@pytest.mark.parametrize("cut", [0, 10, 100, -1])
def test_a_part_of_a_file_is_refused(cut: int) -> None:
    content = find(*spotted(5)).to_bytes()
    with pytest.raises(NoKeypoints, match="damaged"):
        Keypoints.from_bytes(content[:cut])


def test_a_changed_byte_is_refused() -> None:
    content = bytearray(find(*spotted(5)).to_bytes())
    content[500] ^= 1
    with pytest.raises(NoKeypoints, match="damaged"):
        Keypoints.from_bytes(bytes(content))


def test_keypoints_of_another_extractor_are_refused() -> None:
    content = bytearray(find(*spotted(5)).to_bytes())
    content[4] ^= 1  # the first byte of the fingerprint
    with pytest.raises(NoKeypoints, match="another way"):
        Keypoints.from_bytes(bytes(content))


def test_crop_and_mask_must_fit() -> None:
    crop, mask = spotted(1)
    with pytest.raises(ValueError, match="one size"):
        find(crop, mask[:-1])


def test_the_sentinel_has_the_keypoints_that_were_recorded() -> None:
    sentinel.check()


def test_another_way_to_find_keypoints_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reid.patterns.keypoints._ENLARGED", 1.6)
    with pytest.raises(sentinel.Drifted, match="OpenCV"):
        sentinel.check()
