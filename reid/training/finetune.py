"""Training loop: crops and their classes in, a network out, resumed from its last checkpoint.

Everything random in an epoch comes from the recipe's seed and the epoch's number, so a run that was killed
and goes on ends with the weights of one that was not. Mirrored copies are classes of their own: the left
flank of a deer, mirrored, looks like a right one, and is not that deer's.
"""

from __future__ import annotations

import io
import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from reid.networks import efficientnet_lite0
from reid.training import checkpoint as checkpoints
from reid.training import losses
from reid.training.augment import augment
from reid.training.average import Average
from reid.training.network import Adapted, both_ways
from reid.training.recipe import Loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from reid.training.recipe import Recipe

MEAN: Final = 127.0
STD: Final = 128.0
"""Of RGB pixels from 0 to 255, as the published weights want them."""
_LONGEST_GRADIENT: Final = 5.0
_LAST_RATE: Final = 0.01  # of the full learning rate, at the end of the cosine
AT_ONCE: Final = 64
"""Crops through the network where nothing is learned."""


@dataclass(frozen=True, slots=True)
class Progress:
    """After a step: `step` of `steps`, counted over all epochs; the mean loss of this epoch so far."""

    step: int
    steps: int
    epoch: int
    loss: float


def fit(
    crops: NDArray[np.uint8],
    chosen: NDArray[np.intp],
    classes: NDArray[np.int64],
    recipe: Recipe,
    weights: bytes,
    checkpoint: Path,
    *,
    device: torch.device,
    on_step: Callable[[Progress], None] = lambda _: None,
) -> Adapted:
    """Train on the `chosen` (k,) of crops (n, side, side, 3), a memory map, with class numbers (k,) from 0 on.

    `weights` are the published ones of the backbone, verified. After each epoch `checkpoint` is replaced as a
    whole; where it is there already, training goes on from it. `on_step` may raise, which ends the training
    between two steps. Raises checkpoint.OtherTraining where the checkpoint is of another training.
    """
    torch.manual_seed(recipe.seed)
    network = _network(weights, recipe)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    count = int(classes.max()) + 1
    drawn = torch.Generator().manual_seed(recipe.seed)
    loss = losses.make(2 * count, recipe, drawn, recipe.dimension).to(device)
    optimiser = _optimiser(network, loss, recipe)
    state: dict[str, Any] = {"network": network, "loss": loss, "optimiser": optimiser}
    average = Average(network, recipe.average) if recipe.average else None
    if average is not None:
        state["average"] = average
    inputs = [recipe.digest, chosen.tolist(), classes.tolist()]
    done = checkpoints.load(checkpoint, state, inputs, device)
    if done == 0:
        _start(network, loss, crops, chosen, classes, recipe, device)
        if average is not None:
            average.begin(network)
        checkpoints.save(checkpoint, state, inputs, 0)
    a_epoch = max(1, len(chosen) // recipe.batch)
    steps = a_epoch * recipe.epochs
    for epoch in range(done, recipe.epochs):
        network.train()
        total = 0.0
        batches = _batches(crops, chosen, classes, recipe, epoch, count, device)
        for number, (x, y) in enumerate(batches):
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
    network: Adapted, pixels: NDArray[np.uint8], device: torch.device, *, mirrored: bool = False
) -> NDArray[np.float32]:
    """Prepared crops (n, size, size, 3) -> unit rows (n, dimension), in float32 as the space will be.

    `mirrored`: (n, 2 dimension), as `network.both_ways` makes them.
    """
    network.eval()
    x = _normalised(pixels, device)
    with torch.inference_mode():
        answer = both_ways(network, x) if mirrored else network(x)
        rows: NDArray[np.float32] = answer.cpu().numpy()
    return rows


def mixed_precision(device: torch.device) -> AbstractContextManager[Any]:
    """bfloat16 where the device is quick at it, else float32: weights and losses stay float32 anyway."""
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.autocast("cuda", dtype=torch.bfloat16)
    # Older processors emulate bfloat16, which is slower than float32.
    if device.type == "cpu" and torch.backends.cpu.get_cpu_capability().startswith("AVX512"):
        return torch.autocast("cpu", dtype=torch.bfloat16)
    return nullcontext()


def _network(weights: bytes, recipe: Recipe) -> Adapted:
    published = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    backbone = efficientnet_lite0.from_published(published)
    return Adapted(backbone, recipe.frozen_blocks, recipe.dimension)


def _optimiser(network: Adapted, loss: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    groups = [
        {"params": list(network.trained()), "rate": recipe.backbone_rate},
        {"params": list(network.projection.parameters()), "rate": recipe.projection_rate},
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
    crops: NDArray[np.uint8],
    chosen: NDArray[np.intp],
    classes: NDArray[np.int64],
    recipe: Recipe,
    epoch: int,
    count: int,
    device: torch.device,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The augmented batches of an epoch, each crop once at most; half of them mirrored."""
    generator = torch.Generator().manual_seed(recipe.seed * 100_003 + epoch)
    pairs = recipe.loss is Loss.SUPCON
    order = (
        _in_pairs(classes, generator) if pairs else torch.randperm(len(chosen), generator=generator)
    ).numpy()
    for start in range(0, max(1, len(chosen) - recipe.batch + 1), recipe.batch):
        rows = order[start : start + recipe.batch]
        x = torch.from_numpy(crops[chosen[rows]]).permute(0, 3, 1, 2).float()
        y = torch.from_numpy(classes[rows])
        x = augment(x, recipe.size, generator)
        mirrored = torch.rand(len(rows), generator=generator) < 0.5
        if pairs:  # a mirrored crop and its partner as it is would be of two classes
            mirrored[1::2] = mirrored[: 2 * (len(rows) // 2) : 2]
        x[mirrored] = x[mirrored].flip(3)
        x = ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        yield x.to(device), (y + mirrored * count).to(device)


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
    loss: nn.Module,
    optimiser: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    device: torch.device,
) -> float:
    with mixed_precision(device):
        pooled = network.pooled(x)
    value: torch.Tensor = loss(network.projection(pooled), y)
    optimiser.zero_grad()
    value.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.trained(), _LONGEST_GRADIENT)
    optimiser.step()
    return float(value.item())


def _start(
    network: Adapted,
    loss: nn.Module,
    crops: NDArray[np.uint8],
    chosen: NDArray[np.intp],
    classes: NDArray[np.int64],
    recipe: Recipe,
    device: torch.device,
) -> None:
    """The projection from what the untrained backbone sees, and class centres where their crops then are."""
    rows = [
        _pooled(network, crops, chosen, recipe, device, mirrored=mirrored)
        for mirrored in (False, True)
    ]
    network.projection.start(torch.cat(rows))
    if isinstance(loss, losses.ArcFace):
        count = len(loss.centres) // 2
        numbers = torch.from_numpy(classes)
        with torch.inference_mode():
            both = [network.projection(part.to(device)).cpu() for part in rows]
        loss.start(torch.cat(both), torch.cat((numbers, numbers + count)))


def _pooled(
    network: Adapted,
    crops: NDArray[np.uint8],
    chosen: NDArray[np.intp],
    recipe: Recipe,
    device: torch.device,
    *,
    mirrored: bool,
) -> torch.Tensor:
    """The untrained backbone's rows (k, 1280) of the chosen crops, from their middles."""
    edge = (crops.shape[1] - recipe.size) // 2
    rows = []
    network.eval()
    with torch.inference_mode(), mixed_precision(device):
        for start in range(0, len(chosen), AT_ONCE):
            part = crops[chosen[start : start + AT_ONCE]]
            middle = part[:, edge : edge + recipe.size, edge : edge + recipe.size]
            middle = middle[:, :, ::-1] if mirrored else middle
            rows.append(network.pooled(_normalised(middle, device)).cpu())
    return torch.cat(rows)


def _normalised(pixels: NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    x = torch.from_numpy(pixels.copy()).to(device).permute(0, 3, 1, 2).float()
    return ((x - MEAN) / STD).contiguous(memory_format=torch.channels_last)
