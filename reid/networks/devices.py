"""The device that networks run on, chosen by the setting REID_DEVICE."""

from __future__ import annotations

from typing import Final

import torch

from reid.networks.model_card import ModelRefused

UNKNOWN_DEVICE: Final = "REID_DEVICE={} is not available here: set it to auto, cpu, cuda or mps."


def choose_device(wanted: str) -> torch.device:
    """`auto` takes CUDA, then MPS, then the CPU. Raises ModelRefused for what is not there."""
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    name = next(name for name, there in available.items() if there) if wanted == "auto" else wanted
    if not available.get(name.partition(":")[0], False):
        raise ModelRefused(UNKNOWN_DEVICE.format(wanted))
    return torch.device(name)
