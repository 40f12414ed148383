"""The device that networks run on, chosen by the setting REID_DEVICE."""

from __future__ import annotations

from typing import Final

import torch

from reid.networks.model_card import ModelRefused

UNKNOWN_DEVICE: Final = "REID_DEVICE={} is not available here: set it to auto, cpu, cuda or mps."


def reckons_in(precision: str, wanted: str) -> bool:
    """Whether the device has this arithmetic and does not emulate it, slower than float32: bfloat16 asks for it.

    Raises ModelRefused for a device that is not there.
    """
    if precision != "bfloat16":
        return True
    device = choose_device(wanted)
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    return device.type != "cpu" or bool(able.get("avx512_bf16") or able.get("amx_bf16"))


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
