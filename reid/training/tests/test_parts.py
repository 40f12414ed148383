"""Parts of a training, each alone: recipe, augmentation, losses, projection, head."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from reid.networks import efficientnet_lite0
from reid.training import augment as augment_module
from reid.training import head, losses
from reid.training.augment import augment
from reid.training.average import Average
from reid.training.network import (
    Adapted,
    Projection,
    StridedDepthwise,
    both_ways,
    cells,
    gem,
    pool_parts,
)
from reid.training.recipe import Loss, Recipe


def test_recipes_that_train_other_weights_differ() -> None:
    recipe = Recipe()
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert len({recipe.digest, replace(recipe, seed=1).digest, Recipe(epochs=1).digest}) == 3
    assert Recipe(size=224).shape == (224, 336)


def test_an_embedding_has_the_whole_and_twelve_parts() -> None:
    assert Recipe(dimension=10, part_dimension=3).embedding_length == 10 + 12 * 3
    assert Recipe(dimension=10, part_dimension=3, mirrored=True).embedding_length == 92


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
        {"part_dimension": 1},
        {"dimming": 1.5},
        {"most_dimming": -0.1},
    ],
)
def test_what_cannot_be_trained_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Recipe(**bad)


def test_augmentation_repeats_with_its_seed_and_stays_a_picture() -> None:
    pixels = torch.rand(6, 4, 72, 108, generator=torch.Generator().manual_seed(0)) * 255
    first, again, other = (
        augment(pixels.clone(), Recipe(size=64), torch.Generator().manual_seed(seed))
        for seed in (5, 5, 6)
    )
    assert first.shape == (6, 3, 64, 96)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.min() >= 0
    assert first.max() <= 255


def test_augmentation_never_mirrors() -> None:
    """The left third is dark and stays left of the light one in each of forty draws."""
    pixels = torch.full((40, 4, 72, 108), 220.0)
    pixels[:, :3, :, :36] = 20.0
    seen = augment(pixels, Recipe(size=64), torch.Generator().manual_seed(1))
    assert (seen[..., :18].mean((1, 2, 3)) < seen[..., -18:].mean((1, 2, 3))).all()


def test_a_turn_is_one_in_pixels_of_a_picture_that_is_not_square() -> None:
    """A small disc in the middle stays as wide as it is high (its spread along both axes) but for stretch and shear."""
    y, x = torch.meshgrid(torch.arange(96) - 47.5, torch.arange(144) - 71.5, indexing="ij")
    disc = torch.where(x**2 + y**2 < 15**2, 255.0, 0.0)
    moved = augment_module._move(
        disc.expand(200, 4, -1, -1), (96, 144), torch.Generator().manual_seed(0)
    )[:, 0]
    weight = moved / moved.sum((1, 2), keepdim=True)
    across, down = (
        (weight * axis**2).sum((1, 2)) - (weight * axis).sum((1, 2)) ** 2 for axis in (x, y)
    )
    # exp(0.15) and a tenth of shear are what there may be; a turn in squeezed coordinates would add up to 15 %.
    assert (across / down).sqrt().log().abs().max() < 0.19
    assert (across / down).sqrt().log().mean().abs() < 0.02


def test_the_background_is_dimmed_by_hand() -> None:
    """On the mask 227 stays; off it, a quarter of its 100 above grey; half on it, 0.25 + 0.75 / 2 of them."""
    pixels = torch.full((1, 4, 1, 3), 227.0)
    pixels[0, 3, 0] = torch.tensor([255.0, 0.0, 127.5])
    seen = augment_module.dimmed(pixels, torch.full((1, 1, 1, 1), 0.25))
    assert seen[0, 0, 0].tolist() == pytest.approx([227.0, 152.0, 189.5])


def test_arcface_by_hand() -> None:
    """One row on its own centre, at a right angle to the other: logits s cos(m) and 0."""
    recipe = Recipe(scale=2.0, margin=0.5)
    loss = losses.make(torch.arange(2), recipe, torch.Generator().manual_seed(0), 2)
    assert isinstance(loss, losses.ArcFace)
    with torch.no_grad():
        loss.centres.copy_(torch.tensor([[[3.0, 0.0]], [[0.0, 1.0]]]))
    value = loss(torch.tensor([[1.0, 0.0]]), torch.tensor([0])).item()
    own = 2 * math.cos(0.5)
    assert value == pytest.approx(math.log(1 + math.exp(-own)), abs=2e-3)


def test_a_class_is_the_nearest_of_its_sub_centres() -> None:
    recipe = Recipe(scale=2.0, margin=0.0, sub_centres=2)
    loss = losses.make(torch.arange(2), recipe, torch.Generator().manual_seed(0), 2)
    assert isinstance(loss, losses.ArcFace)
    with torch.no_grad():
        loss.centres.copy_(torch.tensor([[[-1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, -1.0]]]))
    value = loss(torch.tensor([[1.0, 0.0]]), torch.tensor([0])).item()
    assert value == pytest.approx(math.log(1 + math.exp(-2.0)), abs=2e-3)


def test_the_other_flank_is_no_negative_by_hand() -> None:
    """Three classes, of which 0 and 1 are a deer's flanks: for a row of class 0 only class 2, at a right angle, counts."""
    recipe = Recipe(scale=2.0, margin=0.0)
    loss = losses.make(torch.tensor([7, 7, 9]), recipe, torch.Generator().manual_seed(0), 2)
    assert isinstance(loss, losses.ArcFace)
    with torch.no_grad():
        loss.centres.copy_(torch.tensor([[[1.0, 0.0]], [[1.0, 0.1]], [[0.0, 1.0]]]))
    row = torch.tensor([[1.0, 0.0]])
    assert loss(row, torch.tensor([0])).item() == pytest.approx(
        math.log(1 + math.exp(-2.0)), abs=2e-3
    )
    # The other way round, a row of class 2 has both flanks for negatives: at cosines of about 1, from 0.
    assert loss(row, torch.tensor([2])).item() == pytest.approx(
        math.log(1 + math.exp(2.0) + math.exp(2.0 / math.sqrt(1.01))), abs=2e-3
    )


def test_class_centres_begin_near_the_means_of_their_rows() -> None:
    loss = losses.make(torch.arange(3), Recipe(sub_centres=2), torch.Generator().manual_seed(0), 8)
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
    loss = losses.make(
        torch.arange(2), Recipe(loss=Loss.SUPCON, temperature=0.5), torch.Generator(), 2
    )
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert loss(rows, torch.tensor([0, 0, 1])).item() == pytest.approx(
        math.log(1 + math.exp(-2.0)), abs=1e-5
    )
    assert loss(rows, torch.tensor([0, 1, 0])).item() > 1.0
    loss = losses.make(torch.tensor([5, 5]), Recipe(loss=Loss.SUPCON), torch.Generator(), 2)
    # The third is the deer's other flank: nothing is left to push the pair from.
    assert loss(rows, torch.tensor([0, 0, 1])).item() == pytest.approx(0.0, abs=1e-6)
    apart = losses.make(torch.arange(3), Recipe(loss=Loss.SUPCON), torch.Generator(), 2)
    assert apart(rows, torch.tensor([0, 1, 2])).item() == 0.0


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


def test_the_cells_of_a_grid_overlap_by_a_quarter_of_a_cell_by_hand() -> None:
    """A map of 8 x 12 in 3 x 4 cells of 8/3 x 3: the first row ends at 3.33 of 8, and so takes in 4; and so on."""
    found = cells(8, 12, 3, 4)
    assert [(y.start, y.stop) for y, _ in found[::4]] == [(0, 4), (2, 6), (4, 8)]
    assert [(x.start, x.stop) for _, x in found[:4]] == [(0, 4), (2, 7), (5, 10), (8, 12)]
    assert len(found) == 12


def test_no_cell_of_a_tiny_map_is_empty() -> None:
    assert all(y.stop > y.start and x.stop > x.start for y, x in cells(1, 2, 3, 4))


def test_parts_are_pooled_cell_by_cell() -> None:
    """One feature is seen in one column: by the whole with its share, by the cells of that column alone."""
    features = torch.zeros(1, 1, 8, 12)
    features[..., 0] = 2.0
    whole, *parts = pool_parts(features)[0, :, 0].tolist()
    assert whole == pytest.approx((8 / 12) ** (1 / 3), abs=1e-3)
    assert parts[::4] == pytest.approx([2 ** (1 / 3)] * 3, abs=1e-3)
    assert max(parts[1:4]) < 1e-5


def test_whole_and_parts_weigh_the_same() -> None:
    network = Adapted(efficientnet_lite0.EfficientNetLite0(), 5, dimension=8, part_dimension=2)
    with torch.no_grad():
        row = network.eval()(torch.rand(2, 3, 64, 96))
    assert row.shape == (2, 8 + 24)
    assert torch.allclose(row[:, :8].norm(dim=1), torch.full((2,), 0.5**0.5), atol=1e-5)
    assert torch.allclose(row.norm(dim=1), torch.ones(2), atol=1e-5)


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
    network = Adapted(efficientnet_lite0.EfficientNetLite0(), 5, dimension=8, part_dimension=2)
    x = torch.rand(2, 3, 64, 96)
    torch.cat(network.halves(network.pooled(x)), 1).sum().backward()
    learned = {name for name, item in network.named_parameters() if item.grad is not None}
    assert "backbone.head.weight" in learned
    assert "backbone.blocks.5.expand.weight" in learned
    assert not any("depthwise" in name or ".stem." in name for name in learned)
    assert not any(name.startswith(f"backbone.blocks.{k}.") for name in learned for k in range(5))
    network.eval()
    with torch.no_grad():
        learned_from = torch.cat(network.halves(network.pooled(x)), 1) / 2**0.5
        assert torch.allclose(network(x), learned_from, atol=1e-5)


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
