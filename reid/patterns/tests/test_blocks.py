"""Nearest keypoints: exact, whatever the sizes of the photographs and of the multiplication."""

from __future__ import annotations

import numpy as np
import pytest

from reid.patterns import blocks
from reid.patterns.blocks import Block, nearest
from reid.patterns.keypoints import LENGTH, UNIT, Keypoints
from reid.patterns.tests.photographs import photograph


def random(rng: np.random.Generator, count: int) -> Keypoints:
    shares = rng.gamma(0.5, size=(count, LENGTH))
    shares /= shares.sum(axis=1, keepdims=True)
    descriptors = np.minimum(np.rint(UNIT * np.sqrt(shares)), 255).astype(np.uint8)
    return Keypoints(
        rng.random((count, 2)).astype(np.float16), np.full(count, 0.1, np.float16), descriptors
    )


def test_the_nearest_is_found_in_each_photograph() -> None:
    block = Block.of([photograph([(0, 9), (4, 3)]), photograph([(0, 3)])])
    found = nearest(photograph([(0, 3), (0, 9)]), block)
    assert found.distances.tolist() == [[4, 0], [0, 6]]
    assert found.keypoints.tolist() == [[1, 0], [0, 0]]


def test_distances_are_exact() -> None:
    rng = np.random.default_rng(0)
    probe = random(rng, 50)
    others = [random(rng, count) for count in (1, 40, 17, 33, 25, 60, 8, 50, 41, 3)]
    found = nearest(probe, Block.of(others))
    for column, other in enumerate(others):
        one = probe.descriptors.astype(np.int64)[:, None]
        squared = ((one - other.descriptors.astype(np.int64)) ** 2).sum(axis=2)
        assert (found.keypoints[:, column] == squared.argmin(axis=1)).all()
        assert (found.distances[:, column] == np.sqrt(squared.min(axis=1).astype(np.float32))).all()


def test_the_size_of_a_multiplication_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    probe, block = random(rng, 30), Block.of([random(rng, 30) for _ in range(20)])
    once = nearest(probe, block)
    monkeypatch.setattr(blocks, "AT_ONCE", 3)
    again = nearest(probe, block)
    assert once.distances.tobytes() == again.distances.tobytes()
    assert once.keypoints.tobytes() == again.keypoints.tobytes()


def test_chosen_photographs_alone_are_compared() -> None:
    rng = np.random.default_rng(2)
    probe, block = random(rng, 9), Block.of([random(rng, 9) for _ in range(5)])
    whole, part = nearest(probe, block), nearest(probe, block, np.array([4, 1]))
    assert (part.distances == whole.distances[:, [4, 1]]).all()


def test_a_photograph_without_keypoints_has_no_place_in_a_block() -> None:
    with pytest.raises(ValueError, match="without keypoints"):
        Block.of([photograph([])])


def test_a_photograph_comes_out_of_a_block_as_it_went_in() -> None:
    rng = np.random.default_rng(4)
    items = [random(rng, count) for count in (3, 7, 5)]
    block = Block.of(items).take(np.array([2, 0]))
    for position, item in enumerate((items[2], items[0])):
        assert block.photograph(position).to_bytes() == item.to_bytes()
