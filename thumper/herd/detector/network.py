"""The sample detector's network: animals and people on a photograph, found without anchors on cells of 8 pixels.

After FCOS (Tian et al. 2019): each cell says of each class how likely it is near the middle of one, and how far away the
four edges of its box are. Small enough to lie in the repository; it knows drawings and nothing else.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import nn
from torch.nn import functional

from thumper.herd.detector.shipped import CLASSES, HEIGHT, WIDTH

STRIDE: Final = 8
ROWS: Final = HEIGHT // STRIDE
COLUMNS: Final = WIDTH // STRIDE
_CHANNELS: Final = (16, 24, 48, 64, 96)  # at strides 2, 4, 8, 16 and 32
_HEAD: Final = 48
_RARE: Final = -4.6  # logit of 1 %: hardly any cell is the middle of an animal
_FARTHEST: Final = 5.0  # e to that many strides is farther than any edge


class SampleNetwork(nn.Module):
    """Pictures (n, 3, HEIGHT, WIDTH), RGB from 0 to 1, as logits (n, classes, ROWS, COLUMNS) and edges (n, 4, ROWS, COLUMNS).

    Edges are the distances in pixels from a cell's middle to left, top, right and bottom of the box.
    """

    def __init__(self) -> None:
        super().__init__()
        two, four, eight, sixteen, last = _CHANNELS
        self.early = nn.Sequential(
            _block(3, two, 2), _block(two, four, 2), _block(four, eight, 2), _block(eight, eight)
        )
        self.middle = nn.Sequential(_block(eight, sixteen, 2), _block(sixteen, sixteen))
        self.late = nn.Sequential(_block(sixteen, last, 2), _block(last, last))
        self.levels = nn.ModuleList(
            nn.Conv2d(channels, _HEAD, 1) for channels in (eight, sixteen, last)
        )
        self.tower = nn.Sequential(_block(_HEAD, _HEAD), _block(_HEAD, _HEAD))
        self.likely = nn.Conv2d(_HEAD, len(CLASSES), 1)
        self.edges = nn.Conv2d(_HEAD, 4, 1)
        nn.init.constant_(self.likely.bias, _RARE)  # type: ignore[arg-type]
        nn.init.constant_(self.edges.bias, 1.0)  # type: ignore[arg-type]

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        early = self.early(pictures - 0.5)
        middle = self.middle(early)
        hidden = self.levels[2](self.late(middle))
        for level, seen in ((1, middle), (0, early)):
            hidden = functional.interpolate(hidden, scale_factor=2.0) + self.levels[level](seen)
        hidden = self.tower(functional.relu(hidden))
        edges = STRIDE * torch.exp(self.edges(hidden).clamp(max=_FARTHEST))
        return self.likely(hidden), edges


class Shipped(nn.Module):
    """The network as a detector answers that knows of no cells: (n, 4 + classes, ROWS * COLUMNS).

    Middle, width and height of each box in pixels of the input, then how likely each class is: the layout of YOLOv8.
    """

    middles: torch.Tensor

    def __init__(self, network: SampleNetwork) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("middles", middles())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits, edges = self.network(images)
        left, top, right, bottom = edges.flatten(2).unbind(1)
        x, y = self.middles
        boxes = (x + (right - left) / 2, y + (bottom - top) / 2, left + right, top + bottom)
        return torch.cat((torch.stack(boxes, 1), logits.flatten(2).sigmoid()), 1)


def middles() -> torch.Tensor:
    """x and y of the middle of each cell in pixels: (2, ROWS * COLUMNS), row by row."""
    y, x = torch.meshgrid(torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij")
    return (torch.stack((x.flatten(), y.flatten())) + 0.5) * STRIDE


def _block(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )
