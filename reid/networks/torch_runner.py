"""Runner of a network by torch, on any device and in any precision; and how one is loaded from its file."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray


def on_device(pixels: NDArray[np.uint8], device: torch.device) -> torch.Tensor:
    """Pixels as a tensor of the same shape and kind, copied no more often than the device asks."""
    owned = np.require(pixels, np.uint8, ("C", "W"))  # torch wants memory it may write to
    return torch.from_numpy(owned).to(device)


def load_script(weights: bytes) -> torch.nn.Module:
    """A network in TorchScript, on the CPU, for evaluation. Raises whatever torch does for what is none."""
    with warnings.catch_warnings():
        # torch calls the format old; models exported in it years ago shall run all the same.
        warnings.simplefilter("ignore", DeprecationWarning)
        script: torch.nn.Module = torch.jit.load(io.BytesIO(weights), map_location="cpu")  # type: ignore[no-untyped-call]
    return script.eval()


def load_program(weights: bytes) -> torch.nn.Module:
    """A network that torch.export has written, on the CPU. Raises whatever torch does for what is none."""
    return torch.export.load(io.BytesIO(weights)).module()


class TorchRunner:
    """A module that takes pixels (n, height, width, 3), uint8, and answers float32 rows, without gradients."""

    def __init__(self, module: torch.nn.Module, device: torch.device) -> None:
        self.device = device
        self.module = module.to(device)

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            rows: NDArray[np.float32] = self.module(on_device(pixels, self.device)).cpu().numpy()
        return rows
