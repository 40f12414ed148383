"""Masker: pictures in, masks out, by one mask head on the frozen default network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from reid.torsos.features import Trunk
from reid.torsos.head import from_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Masker:
    """A mask head ready to be asked.

    `trunk_weights` (of the default network) must be verified already. Raises ModelRefused where either cannot be loaded.
    """

    def __init__(self, trunk_weights: bytes, head: bytes, device: torch.device) -> None:
        self.trunk = Trunk(trunk_weights, device)
        self._head = from_bytes(head).to(device)

    def probability(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Prepared pictures (n, 288, 288, 3) -> masks (n, 36, 36), 0 to 1."""
        with torch.inference_mode():
            answer: NDArray[np.float32] = (
                torch.sigmoid(self._head(self.trunk.maps(pixels))).cpu().numpy()
            )
        return answer
