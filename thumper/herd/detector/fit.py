"""Fit of the sample detector to drawings. Deterministic on one machine: same drawings, same network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from reid.taxonomy import PRIVATE
from thumper.herd.detector.network import STRIDE, SampleNetwork, middles
from thumper.herd.detector.shipped import CLASSES, HEIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from thumper.herd.detector.pictures import DrawnPhotograph

EPOCHS: Final = 14
_BATCH: Final = 16
_RATE: Final = 3e-3
_DECAY: Final = 1e-3
_NEAR: Final = 0.22
"""Share of a box's sides within which a cell is near its middle, to either side."""
_FOCUS: Final = 2.0
_BOXES: Final = 2.0  # weight of the boxes beside the classes
_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Targets:
    """What the cells of one picture should answer: the number of the class (cells,), -1 for none, and the box (cells, 4).

    Boxes are left, top, right and bottom in pixels; of several animals near whose middle a cell is, the smallest one.
    """

    classes: torch.Tensor
    boxes: torch.Tensor


def targets(drawn: DrawnPhotograph) -> Targets:
    """What the network should answer for a drawn photograph."""
    points = middles().T
    answer = Targets(torch.full((len(points),), _NONE), torch.zeros(len(points), 4))
    across, down = WIDTH / drawn.picture.width, HEIGHT / drawn.picture.height
    scale = torch.tensor([across, down, across, down])
    smallest_last = sorted(
        zip(drawn.boxes, drawn.classes, strict=True),
        key=lambda item: -item[0].width * item[0].height,
    )
    for box, classification in smallest_last:
        edges = scale * torch.tensor([box.x, box.y, box.x + box.width, box.y + box.height])
        middle, sides = (edges[:2] + edges[2:]) / 2, edges[2:] - edges[:2]
        reach = (sides * _NEAR).clamp(min=STRIDE / 2)
        is_near = ((points - middle).abs() <= reach).all(1)
        name = "person" if classification in PRIVATE else "animal"
        answer.classes[is_near] = CLASSES.index(name)
        answer.boxes[is_near] = edges
    return answer


def steps(pictures: int, epochs: int) -> int:
    """How many batches `learn` goes through."""
    return epochs * -(-pictures // _BATCH)


def learn(
    pictures: NDArray[np.uint8],
    wanted: Sequence[Targets],
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> SampleNetwork:
    """The network that answers `wanted` best for `pictures` (n, 3, HEIGHT, WIDTH), RGB from 0 to 255; n >= 1.

    Quality focal loss (Li et al. 2020) for classes, so that the surest of neighbouring cells is the one with the best box;
    generalised intersection over union (Rezatofighi et al. 2019) for boxes; AdamW with one cycle of its rate. Every other picture is shown mirrored. `progress` is called after each batch.
    """
    classes = torch.stack([item.classes for item in wanted])
    boxes = torch.stack([item.boxes for item in wanted])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = SampleNetwork().train()
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
        total = steps(len(pictures), epochs)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=total)
        for _ in range(epochs):
            for chosen in torch.split(torch.randperm(len(pictures)), _BATCH):
                shown = torch.from_numpy(pictures[chosen.numpy()]).float() / 255
                is_mirrored = torch.rand(len(chosen)) < 0.5
                shown[is_mirrored] = shown[is_mirrored].flip(3)
                contrast, light = torch.rand(2, len(chosen), 1, 1, 1)
                shown = ((shown - 0.5) * (0.8 + 0.4 * contrast) + 0.4 + 0.2 * light).clamp(0, 1)
                logits, edges = network(shown.contiguous(memory_format=torch.channels_last))
                loss = _loss(logits, edges, classes[chosen], boxes[chosen], is_mirrored)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
                progress()
    network.eval().requires_grad_(False)
    return network


def _loss(
    logits: torch.Tensor,
    edges: torch.Tensor,
    classes: torch.Tensor,
    boxes: torch.Tensor,
    is_mirrored: torch.Tensor,
) -> torch.Tensor:
    """Loss a middle cell; targets (n, cells) and (n, cells, 4) of pictures that are mirrored are mirrored here."""
    rows, columns = logits.shape[2:]
    flipped = classes.view(-1, rows, columns).flip(2).flatten(1)
    classes = torch.where(is_mirrored[:, None], flipped, classes)
    left, top, right, bottom = boxes.view(-1, rows, columns, 4).flip(2).flatten(1, 2).unbind(2)
    other = torch.stack((WIDTH - right, top, WIDTH - left, bottom), 2)
    boxes = torch.where(is_mirrored[:, None, None], other, boxes)

    middle = classes != _NONE
    count = middle.sum().clamp(min=1)
    x, y = middles()
    left, top, right, bottom = edges.flatten(2).unbind(1)
    found = torch.stack((x - left, y - top, x + right, y + bottom), 2)
    shared, generalised = _agreement(found[middle], boxes[middle])

    answers = logits.flatten(2).transpose(1, 2)
    wanted = torch.zeros_like(answers)
    wanted[middle] = functional.one_hot(classes[middle], len(CLASSES)) * shared.detach()[:, None]
    entropy = functional.binary_cross_entropy_with_logits(answers, wanted, reduction="none")
    likely = ((wanted - answers.sigmoid()).abs() ** _FOCUS * entropy).sum() / count
    return likely + _BOXES * (1 - generalised).sum() / count


def _agreement(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Intersection over union of boxes (n, 4: left, top, right, bottom), 0 to 1, and the generalised one, -1 to 1."""

    def area(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        return (high - low).clamp(min=0).prod(1)

    shared = area(torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:]))
    around = area(torch.minimum(one[:, :2], other[:, :2]), torch.maximum(one[:, 2:], other[:, 2:]))
    union = area(one[:, :2], one[:, 2:]) + area(other[:, :2], other[:, 2:]) - shared
    share = shared / union.clamp(min=1e-6)
    return share, share - (around - union) / around.clamp(min=1e-6)
