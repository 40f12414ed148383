"""Parts of a training, each alone: folds, recipe, augmentation, losses, projection, head."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from reid.networks import efficientnet_lite0
from reid.training import head, losses
from reid.training.augment import augment
from reid.training.average import Average
from reid.training.folds import split
from reid.training.network import Adapted, Projection, StridedDepthwise, both_ways, gem
from reid.training.recipe import Loss, Recipe


def test_a_deer_is_in_one_fold_and_folds_are_even() -> None:
    deer = np.repeat(np.arange(10), [9, 1, 1, 1, 3, 3, 3, 3, 3, 3])
    folds = split(deer, 3, seed=4)
    assert all(len(set(folds[deer == code])) == 1 for code in range(10))
    assert sorted(np.bincount(folds)) == [10, 10, 10]


def test_every_fold_has_a_deer_whatever_their_sizes() -> None:
    folds = split(np.array([7, 7, 7, 7, 7, 8, 9]), 3, seed=0)
    assert len(set(folds)) == 3


def test_the_seed_deals_anew() -> None:
    deer = np.repeat(np.arange(20), 2)
    first, again, other = (split(deer, 4, seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("folds", [1, 4])
def test_folds_without_deer_are_refused(folds: int) -> None:
    with pytest.raises(ValueError, match="of 3 deer"):
        split(np.array([0, 1, 2]), folds, seed=0)


def test_recipes_that_train_other_weights_differ() -> None:
    recipe = Recipe()
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert len({recipe.digest, replace(recipe, seed=1).digest, Recipe(epochs=1).digest}) == 3
    assert Recipe(size=224).cached_size == 252


def test_what_came_later_changes_the_digest_only_where_it_is_used() -> None:
    """A training that an earlier version began goes on."""
    assert Recipe().digest == "63ddc767425511d1"
    assert len({Recipe().digest, Recipe(average=0.9).digest, Recipe(mirrored=True).digest}) == 3
    earlier = {k: v for k, v in Recipe().to_json().items() if k not in ("average", "mirrored")}
    assert Recipe.from_json(earlier) == Recipe()


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"size": 100},
        {"batch": 1},
        {"batch": 7, "loss": Loss.SUPCON},
        {"frozen_blocks": 16},
        {"sub_centres": 0},
        {"average": 1.0},
        {"average": -0.1},
    ],
)
def test_what_cannot_be_trained_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Recipe(**bad)


def test_augmentation_repeats_with_its_seed_and_stays_a_picture() -> None:
    pixels = torch.rand(6, 3, 72, 72, generator=torch.Generator().manual_seed(0)) * 255
    first, again, other = (
        augment(pixels.clone(), 64, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert first.shape == (6, 3, 64, 64)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.min() >= 0
    assert first.max() <= 255


def test_augmentation_never_mirrors() -> None:
    """The left third is dark and stays left of the light one in each of forty draws."""
    pixels = torch.full((40, 3, 72, 72), 220.0)
    pixels[..., :24] = 20.0
    seen = augment(pixels, 64, torch.Generator().manual_seed(1))
    assert (seen[..., :12].mean((1, 2, 3)) < seen[..., -12:].mean((1, 2, 3))).all()


def test_arcface_by_hand() -> None:
    """One row on its own centre, at a right angle to the other: logits s cos(m) and 0."""
    recipe = Recipe(scale=2.0, margin=0.5)
    loss = losses.make(2, recipe, torch.Generator().manual_seed(0), 2)
    assert isinstance(loss, losses.ArcFace)
    with torch.no_grad():
        loss.centres.copy_(torch.tensor([[[3.0, 0.0]], [[0.0, 1.0]]]))
    value = loss(torch.tensor([[1.0, 0.0]]), torch.tensor([0])).item()
    own = 2 * math.cos(0.5)
    assert value == pytest.approx(math.log(1 + math.exp(-own)), abs=2e-3)


def test_a_class_is_the_nearest_of_its_sub_centres() -> None:
    recipe = Recipe(scale=2.0, margin=0.0, sub_centres=2)
    loss = losses.make(2, recipe, torch.Generator().manual_seed(0), 2)
    assert isinstance(loss, losses.ArcFace)
    with torch.no_grad():
        loss.centres.copy_(torch.tensor([[[-1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, -1.0]]]))
    value = loss(torch.tensor([[1.0, 0.0]]), torch.tensor([0])).item()
    assert value == pytest.approx(math.log(1 + math.exp(-2.0)), abs=2e-3)


def test_class_centres_begin_near_the_means_of_their_rows() -> None:
    loss = losses.make(3, Recipe(sub_centres=2), torch.Generator().manual_seed(0), 8)
    assert isinstance(loss, losses.ArcFace)
    before = loss.centres.detach().clone()
    rows = torch.eye(8)[[0, 0, 1]]
    loss.start(rows, torch.tensor([0, 0, 2]))
    near = nn.functional.normalize(loss.centres.detach(), dim=2)
    assert (near[0] @ torch.eye(8)[0] > 0.99).all()
    assert (near[2] @ torch.eye(8)[1] > 0.99).all()
    assert not torch.equal(near[0, 0], near[0, 1])
    # A class without a row stays where it was drawn.
    assert torch.allclose(nn.functional.normalize(before[1], dim=1), near[1])


def test_a_strided_depthwise_convolution_is_exact_under_mixed_precision() -> None:
    plain = efficientnet_lite0.SameConvolution(4, 4, 5, 2, groups=4)
    x = torch.rand(2, 4, 9, 9)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        seen = StridedDepthwise.of(plain)(x)
    assert seen.dtype == torch.float32
    assert torch.allclose(seen, plain(x), atol=1e-6)


def test_supervised_contrast_by_hand() -> None:
    """Two alike rows and one at a right angle: each of the two has log(1 + e^(-1/t)); the third no partner."""
    loss = losses.make(2, Recipe(loss=Loss.SUPCON, temperature=0.5), torch.Generator(), 2)
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert loss(rows, torch.tensor([0, 0, 1])).item() == pytest.approx(
        math.log(1 + math.exp(-2.0)), abs=1e-5
    )
    assert loss(rows, torch.tensor([0, 1, 2])).item() == 0.0


def test_mirroring_makes_the_cosine_the_mean_of_both_by_hand() -> None:
    """Pictures of two pixels: the row is the angle of the left one, and mirrored that of the right one."""

    def rows_of(x: torch.Tensor) -> torch.Tensor:
        angle = x[:, 0, 0, 0]
        return torch.stack((angle.cos(), angle.sin()), 1)

    x = torch.tensor([[0.0, 1.0], [0.5, 1.2]])[:, None, None, :]
    rows = both_ways(rows_of, x)
    first, second = (math.cos(0.5), math.cos(0.2))
    assert torch.allclose(rows.norm(dim=1), torch.ones(2))
    assert (rows[0] @ rows[1]).item() == pytest.approx((first + second) / 2, abs=1e-6)
    left, right = [1.0, 0.0], [math.cos(1.0), math.sin(1.0)]
    assert rows[0].tolist() == pytest.approx([v / math.sqrt(2) for v in left + right], abs=1e-6)


def test_a_moving_average_by_hand() -> None:
    """The first decay is 1/10; 2/11 is more than the 0.15 that was asked for."""
    network = nn.Linear(1, 1)
    network.bias.requires_grad_(False)
    average = Average(network, 0.15)
    with torch.no_grad():
        network.weight.fill_(1.0)
        average.begin(network)
        kept = 1.0
        for step, (weight, decay) in enumerate([(2.0, 0.1), (4.0, 0.15), (0.0, 0.15)]):
            network.weight.fill_(weight)
            average.update(network, step)
            kept = decay * kept + (1 - decay) * weight
        average.put_into(network)
    assert network.weight.item() == pytest.approx(kept, abs=1e-6)
    assert set(average.state_dict()) == {"weight"}


def test_pooling_is_the_root_of_the_mean_cube() -> None:
    features = torch.tensor([[[[1.0, 2.0], [3.0, 0.0]]]])
    assert gem(features).item() == pytest.approx((36 / 4) ** (1 / 3), abs=1e-5)


def test_a_projection_starts_as_the_half_whitening_of_its_rows() -> None:
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(400, 5, generator=generator) * torch.tensor([1.0, 0.5, 0.3, 0.2, 0.1])
    rows[:, 0] += 4.0
    projection = Projection(5, 3)
    projection.start(rows)
    unit = nn.functional.normalize(rows, dim=1)
    spread = projection.linear(unit - unit.mean(0)).std(0)
    before = torch.linalg.svdvals(unit - unit.mean(0))[:3]
    # Spreads of the axes become their square roots, up to one common factor.
    assert torch.allclose(spread / spread[0], (before / before[0]).sqrt(), atol=1e-2)
    assert torch.allclose(projection(rows).norm(dim=1), torch.ones(400), atol=1e-5)


def test_frozen_parts_take_no_gradient() -> None:
    network = Adapted(efficientnet_lite0.EfficientNetLite0(), frozen_blocks=5, dimension=8)
    x = torch.rand(2, 3, 64, 64)
    network.projection(network.pooled(x)).sum().backward()
    learned = {name for name, item in network.named_parameters() if item.grad is not None}
    assert "backbone.head.weight" in learned
    assert "backbone.blocks.5.expand.weight" in learned
    assert not any("depthwise" in name or ".stem." in name for name in learned)
    assert not any(name.startswith(f"backbone.blocks.{k}.") for name in learned for k in range(5))
    network.eval()
    with torch.no_grad():
        assert torch.allclose(network.plain()(x), network(x), atol=1e-5)


def _herd(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows in which a deer is a direction of 8 numbers, drowned in 24 louder ones that are nobody's."""
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(60), 8)
    own = np.random.default_rng(9).normal(size=(60, 8))[codes]
    rows = np.concatenate(
        (own + 0.3 * generator.normal(size=own.shape), 1.2 * generator.normal(size=(480, 24))),
        axis=1,
    )
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), codes


def _first(rows: np.ndarray, codes: np.ndarray) -> float:
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -2)
    return float((codes[cosines.argmax(axis=1)] == codes).mean())


def test_a_head_finds_what_tells_deer_apart_also_of_deer_it_never_saw() -> None:
    rows, codes = _herd(0)
    known = codes < 45
    steps: list[tuple[int, int]] = []
    recipe = Recipe(dimension=16)
    learned = head.fit(rows[known], codes[known], recipe, lambda done, of: steps.append((done, of)))
    unseen = rows[~known]
    assert (
        _first(head.project(learned, unseen), codes[~known]) > _first(unseen, codes[~known]) + 0.1
    )
    assert steps[-1] == (head.STEPS, head.STEPS)


def test_the_same_seed_learns_the_same_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "STEPS", 5)
    rows, codes = _herd(1)
    first, again, other = (head.fit(rows, codes, Recipe(seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(first.linear.weight, again.linear.weight)
    assert not torch.equal(first.linear.weight, other.linear.weight)
