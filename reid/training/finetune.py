"""Training loop: torsos and their classes in, a network out, resumed from its last checkpoint.

Everything random in an epoch comes from the recipe's seed and the epoch's number, so a run that was killed
and goes on ends with the weights of one that was not. Mirrored copies are classes of their own: the left
flank of a deer, mirrored, looks like a right one, and is not that deer's. The flanks of one deer are no
negatives of each other.
"""

from __future__ import annotations

import io
import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import nn

from reid.embedding.preprocessing import GREY, prepare_torso
from reid.networks import efficientnet_lite0
from reid.networks.devices import reckons_in
from reid.training import checkpoint as checkpoints
from reid.training import losses
from reid.training.augment import augment
from reid.training.average import Average
from reid.training.network import Adapted, Mirrored
from reid.training.recipe import Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from reid.training.recipe import Recipe

MEAN: Final = float(GREY)
STD: Final = 128.0
"""Of RGB pixels from 0 to 255, as the published weights want them."""
_LONGEST_GRADIENT: Final = 5.0
_LAST_RATE: Final = 0.01  # of the full learning rate, at the end of the cosine
AT_ONCE: Final = 32
"""Torsos through the network where nothing is learned."""
_MOST_AT_START: Final = 2048
"""Torsos that projections and class centres begin from: their rows, 130 kB each, are all in memory at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """What is learned from.

    `views` (n, 288, 432, 4) uint8, a memory map of torsos with their masks; the `chosen` (k,) of them have the class numbers
    `classes` (k,), from 0 on; `deer` is the number of the deer of each class (max(classes) + 1,).
    """

    views: NDArray[np.uint8]
    chosen: NDArray[np.intp]
    classes: NDArray[np.int64]
    deer: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Progress:
    """After a step: `step` of `steps`, counted over all epochs; the mean loss of this epoch so far."""

    step: int
    steps: int
    epoch: int
    loss: float


def fit(
    lesson: Lesson,
    recipe: Recipe,
    weights: bytes,
    checkpoint: Path,
    *,
    device: torch.device,
    on_step: Callable[[Progress], None] = lambda _: None,
) -> Adapted:
    """Train on a lesson. `weights` are the published ones of the backbone, verified.

    After each epoch `checkpoint` is replaced as a whole; where it is there already, training goes on from it. `on_step`
    may raise, which ends the training between two steps. Raises checkpoint.OtherTraining where the checkpoint is of
    another training.
    """
    torch.manual_seed(recipe.seed)
    network = _network(weights, recipe)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    drawn = torch.Generator().manual_seed(recipe.seed)
    loss = _losses(lesson, network, recipe, drawn).to(device)
    optimiser = _optimiser(network, loss, recipe)
    state: dict[str, Any] = {"network": network, "loss": loss, "optimiser": optimiser}
    average = Average(network, recipe.average) if recipe.average else None
    if average is not None:
        state["average"] = average
    inputs = [recipe.digest, lesson.chosen.tolist(), lesson.classes.tolist()]
    done = checkpoints.load(checkpoint, state, inputs, device)
    if done == 0:
        _start(network, loss, lesson, recipe, device)
        if average is not None:
            average.begin(network)
        checkpoints.save(checkpoint, state, inputs, 0)
    a_epoch = max(1, len(lesson.chosen) // recipe.batch)
    steps = a_epoch * recipe.epochs
    for epoch in range(done, recipe.epochs):
        network.train()
        total = 0.0
        for number, (x, y) in enumerate(_batches(lesson, recipe, epoch, device)):
            step = epoch * a_epoch + number
            _set_rates(optimiser, step, steps, recipe)
            total += _step(network, loss, optimiser, x, y, device)
            if average is not None:
                average.update(network, step)
            on_step(Progress(step + 1, steps, epoch + 1, total / (number + 1)))
        checkpoints.save(checkpoint, state, inputs, epoch + 1)
    if average is not None:
        average.put_into(network)
    return network.eval()


def embed(
    network: Adapted, views: NDArray[np.uint8], recipe: Recipe, device: torch.device
) -> NDArray[np.float32]:
    """Torsos (n, 288, 432, 4) -> unit rows (n, recipe.embedding_length), in float32 as the space will be."""
    answers = Mirrored(network).eval() if recipe.mirrored else network.eval()
    with torch.inference_mode():
        rows: NDArray[np.float32] = answers(_prepared(views, recipe, device)).cpu().numpy()
    return rows


def mixed_precision(device: torch.device) -> AbstractContextManager[Any]:
    """bfloat16 where the device reckons in it, else float32: weights and losses stay float32 anyway."""
    if device.type in ("cuda", "cpu") and reckons_in("bfloat16", str(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def _network(weights: bytes, recipe: Recipe) -> Adapted:
    published = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    backbone = efficientnet_lite0.from_published(published)
    return Adapted(backbone, recipe.frozen_blocks, recipe.dimension, recipe.part_dimension)


def _losses(
    lesson: Lesson, network: Adapted, recipe: Recipe, drawn: torch.Generator
) -> nn.ModuleList:
    """A loss for each of the network's halves. Mirrored classes come last, and are of other animals."""
    deer = torch.from_numpy(lesson.deer)
    groups = torch.cat((deer, deer + deer.max() + 1))
    whole = network.projection.linear.out_features
    lengths = (whole, len(network.parts) * recipe.part_dimension)
    return nn.ModuleList(losses.make(groups, recipe, drawn, length) for length in lengths)


def _optimiser(network: Adapted, loss: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    projections = [*network.projection.parameters(), *network.parts.parameters()]
    groups = [
        {"params": list(network.trained()), "rate": recipe.backbone_rate},
        {"params": projections, "rate": recipe.projection_rate},
        {"params": list(loss.parameters()), "rate": recipe.centre_rate},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]], weight_decay=recipe.weight_decay
    )


def _set_rates(optimiser: torch.optim.Optimizer, step: int, steps: int, recipe: Recipe) -> None:
    """Linear warm-up times a cosine from 1 to nearly 0; a function of the step alone, so it resumes."""
    warm = min(1.0, (step + 1) / recipe.warm_up)
    share = warm * (0.5 * (1 + math.cos(math.pi * step / steps)) + _LAST_RATE)
    for group in optimiser.param_groups:
        group["lr"] = share * group["rate"]


def _batches(
    lesson: Lesson, recipe: Recipe, epoch: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The augmented batches of an epoch, each torso once at most; half of them mirrored."""
    generator = torch.Generator().manual_seed(recipe.seed * 100_003 + epoch)
    pairs = recipe.loss is Loss.SUPCON
    order = (
        _in_pairs(lesson.classes, generator)
        if pairs
        else torch.randperm(len(lesson.chosen), generator=generator)
    ).numpy()
    for start in range(0, max(1, len(order) - recipe.batch + 1), recipe.batch):
        rows = order[start : start + recipe.batch]
        x = torch.from_numpy(lesson.views[lesson.chosen[rows]]).permute(0, 3, 1, 2).float()
        y = torch.from_numpy(lesson.classes[rows])
        x = augment(x, recipe, generator)
        mirrored = torch.rand(len(rows), generator=generator) < 0.5
        if pairs:  # a mirrored torso and its partner as it is would be of two classes
            mirrored[1::2] = mirrored[: 2 * (len(rows) // 2) : 2]
        x[mirrored] = x[mirrored].flip(3)
        yield _normalised(x.to(device)), (y + mirrored * len(lesson.deer)).to(device)


def _in_pairs(classes: NDArray[np.int64], generator: torch.Generator) -> torch.Tensor:
    """All row numbers (k,), at random, but two of a class side by side; those left without a partner come last.

    In a batch drawn from hundreds of classes hardly a crop would meet another of its own, and learn from it.
    """
    drawn = torch.randperm(len(classes), generator=generator)
    waiting: dict[int, int] = {}
    pairs: list[list[int]] = []
    for row in drawn.tolist():
        partner = waiting.pop(int(classes[row]), None)
        if partner is None:
            waiting[int(classes[row])] = row
        else:
            pairs.append([partner, row])
    mixed = [pairs[number] for number in torch.randperm(len(pairs), generator=generator).tolist()]
    return torch.tensor([*(row for pair in mixed for row in pair), *waiting.values()])


def _step(
    network: Adapted,
    loss: nn.ModuleList,
    optimiser: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    device: torch.device,
) -> float:
    with mixed_precision(device):
        pooled = network.pooled(x)
    halves = network.halves(pooled)
    value = torch.stack([part(rows, y) for part, rows in zip(loss, halves, strict=True)]).sum()
    optimiser.zero_grad()
    value.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.trained(), _LONGEST_GRADIENT)
    optimiser.step()
    return float(value.item())


def _start(
    network: Adapted, loss: nn.ModuleList, lesson: Lesson, recipe: Recipe, device: torch.device
) -> None:
    """The projections from what the untrained backbone sees, and class centres where their torsos then are."""
    network.eval()
    begun = _first_of_each_class(lesson.classes, _MOST_AT_START)
    sides = []
    for mirrored in (False, True):
        rows = []
        with torch.inference_mode(), mixed_precision(device):
            for start in range(0, len(begun), AT_ONCE):
                part = lesson.views[lesson.chosen[begun[start : start + AT_ONCE]]]
                part = part[:, :, ::-1] if mirrored else part
                rows.append(network.pooled(_prepared(part, recipe, device)).cpu())
        sides.append(torch.cat(rows))
    pooled = torch.cat(sides)
    network.start(pooled)
    numbers = torch.from_numpy(lesson.classes[begun])
    both = torch.cat((numbers, numbers + len(lesson.deer)))
    with torch.inference_mode():
        halves = network.halves(pooled.to(device))
    for one, half in zip(loss, halves, strict=True):
        if isinstance(one, losses.ArcFace):
            one.start(half.cpu(), both)


def _first_of_each_class(classes: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """Row numbers, `most` of them at most: the first of each class, then the second of each, and so on."""
    order = np.argsort(classes, kind="stable")
    of_sorted = classes[order]
    number_in_class = np.arange(len(order)) - np.searchsorted(of_sorted, of_sorted)
    chosen: NDArray[np.intp] = order[np.argsort(number_in_class, kind="stable")][:most]
    return chosen


def _prepared(views: NDArray[np.uint8], recipe: Recipe, device: torch.device) -> torch.Tensor:
    """Torsos (n, 288, 432, 4) as the network of the space will get them."""
    pixels = np.stack([prepare_torso(view, *recipe.shape, recipe.dimming) for view in views])
    return _normalised(torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float())


def _normalised(x: torch.Tensor) -> torch.Tensor:
    return ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)
