"""Features that mask heads see: three maps of the frozen default network, of fine, middle and coarse cells."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from reid.networks import efficientnet_lite0
from reid.networks.model_card import DEFAULT, TAMPERED_WEIGHTS, ModelRefused
from reid.networks.torch_runner import on_device

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS: Final = (4, 10, 15)
"""Blocks whose output is a map: strides of 8, 16 and 32 pixels."""
CHANNELS: Final = (40, 112, 320)
CELLS: Final = (36, 18, 9)
"""Of each map its channels, and its cells a side."""
_LENGTH: Final = 8.0  # of the vector of every cell: whatever the contrast of the picture

Maps = tuple[torch.Tensor, ...]
"""A map a level, each (n, channels, cells, cells)."""


class Features(torch.nn.Module):
    """The default network up to its last block: prepared pictures (n, 288, 288, 3), RGB, 0 to 255 -> their maps, float32.

    `weights` must be verified already (`model_card.read_weights`). Raises ModelRefused where they cannot be loaded.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, weights: bytes) -> None:
        super().__init__()
        try:
            state = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
            network = efficientnet_lite0.from_published(state)
        # What a broken file raises is the loader's private matter; all of it means the same.
        except Exception as error:
            raise ModelRefused(TAMPERED_WEIGHTS.format(DEFAULT.weights)) from error
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        statistics = torch.tensor([DEFAULT.mean, DEFAULT.std])
        mean, std = statistics.view(2, 1, 3, 1, 1)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, pixels: torch.Tensor) -> Maps:
        x = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std
        x = functional.relu6(self.network.stem(x))
        found = []
        for number, block in enumerate(self.network.blocks):
            x = block(x)
            if number in LEVELS:
                found.append(functional.normalize(x, dim=1) * _LENGTH)
        return tuple(found)


class Trunk:
    """Features on a device, without gradients, for the training of heads. Arguments and errors as of `Features`."""

    def __init__(self, weights: bytes, device: torch.device) -> None:
        # TF32 has ten bits of mantissa: masks of float32 would not be what they are elsewhere.
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
        self.device = device
        self.features = Features(weights).to(device)

    def maps(self, pixels: NDArray[np.uint8]) -> Maps:
        """Pictures (n, 288, 288, 3) -> their maps on the trunk's device."""
        with torch.inference_mode():
            maps: Maps = self.features(on_device(pixels, self.device))
        return maps
