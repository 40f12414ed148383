"""Fit of mask heads, on maps that hold the answer; and heads as bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from reid.networks.model_card import DEFAULT, ModelRefused, read_weights
from reid.networks.sentinels import sentinel_crops
from reid.torsos.features import CELLS, CHANNELS, Trunk
from reid.torsos.fit import agreement, fit
from reid.torsos.head import MaskHead, from_bytes, to_bytes
from reid.torsos.prepare import GRID, prepare
from reid.torsos.tests.heads import middle_head


def drawn(count: int, seed: int) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """Maps of noise, whose first fine channel says where the torso is: a square somewhere."""
    chance = np.random.default_rng(seed)
    maps = [
        chance.normal(0, 0.3, size=(count, channels, cells, cells)).astype(np.float32)
        for channels, cells in zip(CHANNELS, CELLS, strict=True)
    ]
    masks = np.zeros((count, GRID, GRID), np.float32)
    for mask in masks:
        y, x = chance.integers(2, 20, 2)
        mask[y : y + 14, x : x + 14] = 1.0
    maps[0][:, 0] += 4 * masks
    return tuple(torch.from_numpy(level) for level in maps), torch.from_numpy(masks)


def test_a_head_learns_what_its_maps_say_and_finds_it_in_others() -> None:
    head = fit(*drawn(48, seed=1), epochs=60)
    maps, masks = drawn(16, seed=2)
    assert agreement(head, maps, masks) > 0.9


def test_the_same_pictures_give_the_same_head() -> None:
    assert to_bytes(fit(*drawn(8, seed=1))) == to_bytes(fit(*drawn(8, seed=1)))


def test_a_fit_goes_on_where_a_head_stands() -> None:
    learned = to_bytes(fit(*drawn(48, seed=1), epochs=60))
    maps, masks = drawn(16, seed=2)
    few = drawn(4, seed=3)
    assert agreement(fit(*few, start=learned), maps, masks) > 0.9
    assert agreement(fit(*few), maps, masks) < 0.8


def test_a_fit_leaves_the_random_numbers_of_others_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(*drawn(4, seed=1))
    torch.testing.assert_close(torch.rand(3), expected)


def test_agreement_is_intersection_over_union() -> None:
    """The head that finds an ellipse of 0.7 x 0.4, against its left half and against nothing."""
    head = from_bytes(middle_head())
    maps = tuple(
        torch.zeros(2, channels, n, n) for channels, n in zip(CHANNELS, CELLS, strict=True)
    )
    ellipse = (head(maps)[0] > 0).float()
    assert float(ellipse.mean()) == pytest.approx(np.pi * 0.35 * 0.2, abs=0.01)
    half = ellipse.clone()
    half[:, GRID // 2 :] = 0
    assert agreement(head, maps, torch.stack((half, torch.zeros_like(half)))) == pytest.approx(0.25)


def test_a_head_reads_back_from_few_bytes() -> None:
    torch.manual_seed(1)
    head = MaskHead()
    content = to_bytes(head)
    assert len(content) < 100_000
    assert to_bytes(from_bytes(content)) == content


@pytest.mark.parametrize("content", [b"", b"too short", middle_head() + b"\0\0"])
def test_bytes_of_another_length_are_refused(content) -> None:
    with pytest.raises(ModelRefused, match="Train it again"):
        from_bytes(content)


def test_numbers_that_are_none_are_refused() -> None:
    broken = np.full(len(middle_head()) // 2, np.nan, "<f2").tobytes()
    with pytest.raises(ModelRefused, match="Train it again"):
        from_bytes(broken)


def test_the_trunk_gives_vectors_of_one_length_at_three_scales() -> None:
    trunk = Trunk(read_weights(DEFAULT, Path()), torch.device("cpu"))
    maps = trunk.maps(np.stack([prepare(crop) for crop in sentinel_crops()]))
    assert [tuple(level.shape) for level in maps] == [
        (4, channels, cells, cells) for channels, cells in zip(CHANNELS, CELLS, strict=True)
    ]
    for level in maps:
        torch.testing.assert_close(
            level.norm(dim=1), torch.full_like(level[:, 0], 8.0), atol=1e-3, rtol=0
        )


def test_a_trunk_without_its_weights_is_refused() -> None:
    with pytest.raises(ModelRefused):
        Trunk(b"no weights", torch.device("cpu"))


def test_preparation_is_exact_to_the_pixel() -> None:
    pixels = np.stack([prepare(crop) for crop in sentinel_crops()])
    assert pixels.shape == (4, 288, 288, 3)
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == PREPARED


PREPARED = "eadae95b2bd74e057691944c1909cf49e9797a11d54d5d1613291e356592120d"
