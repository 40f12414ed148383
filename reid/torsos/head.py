"""Mask heads: a small network that says of each cell of a picture how likely it shows the animal's torso.

It sees the maps of the frozen default network (`features`) and where the cell is. Each map goes through a 1 x 1
convolution of its own at its own size, and their sum is what one convolution over all of them would give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from reid.networks.model_card import ModelRefused
from reid.torsos.features import CHANNELS
from reid.torsos.prepare import GRID

if TYPE_CHECKING:
    from reid.torsos.features import Maps

_WIDE: Final = 48
_NARROW: Final = 32
_STORED: Final = np.dtype("<f2")

NO_HEAD: Final = (
    "This mask head cannot be loaded: it has {} bytes where {} are needed. Train it again."
)


class MaskHead(nn.Module):
    """Maps of n pictures -> logits (n, 36, 36): above 0 where the cell shows rather torso than not."""

    means: torch.Tensor
    places: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(sum(CHANNELS)))
        at = (torch.arange(GRID) + 0.5) / GRID
        y, x = torch.meshgrid(at, at, indexing="ij")
        places = torch.stack((x, y, x * x, y * y, x * y))
        self.register_buffer("places", places, persistent=False)
        self.levels = nn.ModuleList(
            nn.Conv2d(channels, _WIDE, 1, bias=False) for channels in CHANNELS
        )
        self.place = nn.Conv2d(len(places), _WIDE, 1)
        self.around = nn.Conv2d(_WIDE, _NARROW, 3, padding=1)
        self.answer = nn.Conv2d(_NARROW, 1, 1)

    def forward(self, maps: Maps) -> torch.Tensor:
        hidden = self.place(self.places)[None]
        means = torch.split(self.means, list(CHANNELS))
        for convolution, level, mean in zip(self.levels, maps, means, strict=True):
            seen = convolution(level.float() - mean[:, None, None])
            hidden = hidden + functional.interpolate(seen, size=(GRID, GRID), mode="bilinear")
        hidden = functional.relu(self.around(functional.relu(hidden)))
        logits: torch.Tensor = self.answer(hidden)[:, 0]
        return logits


def to_bytes(head: MaskHead) -> bytes:
    """All its numbers as little-endian float16, one after the other in the order of its state."""
    flat = torch.cat([value.detach().cpu().ravel() for value in head.state_dict().values()])
    return flat.numpy().astype(_STORED).tobytes()


def from_bytes(content: bytes) -> MaskHead:
    """The head, ready for inference. Raises ModelRefused where the content is of another length, or not finite."""
    head = MaskHead()
    state = head.state_dict()
    needed = _STORED.itemsize * sum(value.numel() for value in state.values())
    numbers = np.frombuffer(content, _STORED).astype(np.float32) if len(content) == needed else None
    if numbers is None or not np.isfinite(numbers).all():
        raise ModelRefused(NO_HEAD.format(len(content), needed))
    sizes = [value.numel() for value in state.values()]
    parts = torch.split(torch.from_numpy(numbers), sizes)
    head.load_state_dict(
        {name: part.view_as(state[name]) for name, part in zip(state, parts, strict=True)}
    )
    return head.eval().requires_grad_(False)
