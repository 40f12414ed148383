"""Tiny networks in the layouts of the catalogue: they answer the mean colour of the picture in every candidate."""

from __future__ import annotations

import torch
from torch import nn

CANDIDATES = 6


class Tiny(nn.Module):
    """(n, 3, height, width) -> (n, CANDIDATES, width), each number a share of the picture's mean; transposed on demand."""

    def __init__(self, width: int, *, is_transposed: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.linspace(0.1, 0.9, width * CANDIDATES))
        self.width, self.is_transposed = width, is_transposed

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        rows = pictures.mean((1, 2, 3))[:, None] * self.weight
        rows = rows.view(-1, CANDIDATES, self.width)
        return rows.transpose(1, 2) if self.is_transposed else rows


class TinyDetr(nn.Module):
    """The same as boxes and logits of a DETR."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes, self.logits = Tiny(4), Tiny(3)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.boxes(pictures), self.logits(pictures)
