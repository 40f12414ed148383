"""Masker: pictures in, masks out, by one mask head on the frozen default network."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import torch

from reid.networks import runtimes
from reid.networks.model_card import DEFAULT
from reid.networks.torch_runner import TorchRunner
from reid.torsos.features import Trunk
from reid.torsos.head import from_bytes
from reid.torsos.prepare import GRID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from reid.networks.runtimes import RuntimeChoice
    from reid.torsos.features import Features
    from reid.torsos.head import MaskHead

_ON_A_CPU: Final = 2  # the maps of so many stay in its caches
_ELSEWHERE: Final = 64


class MasksOfPixels(torch.nn.Module):
    """Features and a head as one network: prepared pictures (n, 288, 288, 3), uint8 -> rows (n, 1296), 0 to 1."""

    def __init__(self, features: Features, head: MaskHead) -> None:
        super().__init__()
        self.features = features
        self.head = head

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.head(self.features(pixels)).float()).flatten(1)


class Masker:
    """A mask head ready to be asked; `batch` is how many pictures at once it likes best.

    `trunk_weights` (of the default network) must be verified already. Raises ModelRefused where either cannot be loaded.
    It is run by torch until `choose_runtime` finds a faster one.
    """

    def __init__(self, trunk_weights: bytes, head: bytes, device: torch.device) -> None:
        self.trunk = Trunk(trunk_weights, device)
        self.batch = _ON_A_CPU if device.type == "cpu" else _ELSEWHERE
        self._head = hashlib.sha256(head).hexdigest()
        self._by_torch = TorchRunner(
            MasksOfPixels(self.trunk.features, from_bytes(head)).eval(), device
        )
        self._runner: Callable[[NDArray[np.uint8]], NDArray[np.float32]] = self._by_torch

    def choose_runtime(self, pictures: NDArray[np.uint8], wanted: str, root: Path) -> RuntimeChoice:
        """The faster runtime that agrees with torch; it masks from now on. Arguments as of `runtimes.choose`."""
        choice, self._runner = runtimes.choose(
            self._by_torch,
            pictures,
            {"masks": DEFAULT.sha256, "head": self._head},
            wanted=wanted,
            root=root,
        )
        return choice

    def probability(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Prepared pictures (n, 288, 288, 3) -> masks (n, 36, 36), 0 to 1."""
        return self._runner(pixels).reshape(-1, GRID, GRID)
