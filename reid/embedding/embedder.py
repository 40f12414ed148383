"""The embedder: crops in, unit rows out. It runs torch, as the modules do that train its networks.

Import it inside the function that embeds: torch takes a second and 200 MB which web processes and
commands that do not embed should not pay, and a process that has run torch must not fork.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from reid.networks import efficientnet_lite0
from reid.networks.devices import choose_device
from reid.networks.model_card import ModelRefused, Pooling, WeightsFormat
from reid.networks.torch_runner import TorchRunner, load_program, load_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from reid.networks.model_card import ModelCard

UNREADABLE_WEIGHTS = "The weights of {} cannot be loaded as {}: export the model again."
WRONG_SHAPE = (
    "The model {} answers {} where {} is needed: correct pooling or dimension in model.json."
)
BAD_ROWS = (
    "The model {} answers NaN, infinity or zero for an image: do not use it at this precision."
)

_GEM_FLOOR: Final = 1e-6  # keeps the cube root's input positive
_PRECISIONS: Final = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def load_network(card: ModelCard, weights: bytes) -> torch.nn.Module:
    """The bare network, on the CPU, in float32. Raises ModelRefused for weights that cannot be loaded."""
    try:
        if card.format is WeightsFormat.BUILT_IN:
            state = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
            return efficientnet_lite0.from_published(state)
        if card.format is WeightsFormat.TORCHSCRIPT:
            return load_script(weights)
        return load_program(weights)
    # What a broken file raises is the loader's private matter; all of it means the same.
    except Exception as error:
        raise ModelRefused(UNREADABLE_WEIGHTS.format(card.name, card.format)) from error


class RowsOfPixels(torch.nn.Module):
    """A network with what comes before and after it: pixels (n, height, width, 3), uint8 -> rows (n, dimension), float32."""

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, card: ModelCard, network: torch.nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        if card.format is WeightsFormat.BUILT_IN:
            network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = network.to(dtype)
        self._dtype = dtype
        self._pool = _POOL[card.pooling]
        statistics = torch.tensor([card.mean, card.std], dtype=torch.float32)
        mean, std = statistics.view(2, 1, 3, 1, 1)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("std", std, persistent=False)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        # Rows of RGB pixels are channels-last already: the permutation copies nothing.
        batch = (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std
        return self._pool(self.network(batch.to(self._dtype)).float())


class Embedder:
    """A loaded model of one embedding space.

    `weights` must be verified already (`model_card.read_weights`). `centre`, where the space has one,
    is the mean embedding (d,), which is taken off each unit row before it is made a unit row again.
    `runner` is what turns pixels into rows: torch, until `runtimes.choose` finds a faster one.
    """

    def __init__(
        self,
        card: ModelCard,
        weights: bytes,
        *,
        device: str = "auto",
        precision: str = "float32",
        centre: NDArray[np.float32] | None = None,
    ) -> None:
        # TF32 has ten bits of mantissa: a float32 space embedded with it would fail its sentinels.
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
        self.card = card
        self.device = choose_device(device)
        self.precision = precision
        self.centre = centre
        module = RowsOfPixels(card, load_network(card, weights), _PRECISIONS[precision])
        self.runner: Callable[[NDArray[np.uint8]], NDArray[np.float32]] = TorchRunner(
            module, self.device
        )

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Prepared crops (n, size, size, 3), 0 to 255 -> unit rows (n, dimension), float32.

        Raises ModelRefused where the model answers another shape, NaN, infinity or zero.
        """
        rows = self.forward(pixels)
        if rows.shape != (len(pixels), self.card.dimension):
            needed = (len(pixels), self.card.dimension)
            raise ModelRefused(WRONG_SHAPE.format(self.card.name, rows.shape, needed))
        rows = self._unit(rows)
        return rows if self.centre is None else self._unit(rows - self.centre)

    def forward(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The bare network with its pooling: the limit that benchmarks compare with."""
        return self.runner(pixels)

    def _unit(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms < 1e-12).any():
            raise ModelRefused(BAD_ROWS.format(self.card.name))
        unit: NDArray[np.float32] = (rows / norms).astype(np.float32)
        return unit


def _gem(features: torch.Tensor) -> torch.Tensor:
    # x * x * x is the third power at a tenth of the price of pow().
    floored = features.clamp(min=_GEM_FLOOR)
    return (floored * floored * floored).mean((2, 3)).pow(1 / 3)


_POOL: Final[dict[Pooling, Callable[[torch.Tensor], torch.Tensor]]] = {
    Pooling.NONE: lambda features: features,
    Pooling.AVERAGE: lambda features: features.mean((2, 3)),
    Pooling.GEM: _gem,
}
