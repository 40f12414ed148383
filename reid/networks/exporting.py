"""Exporting: a network as torch.export writes it, and the model folder around it, whole under its name or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import torch

from reid.networks.model_card import MODEL_FILE, WeightsFormat, read_folder

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from reid.networks.model_card import ModelCard

WEIGHTS: Final = "model.pt2"


def exported(network: nn.Module, shape: tuple[int, int]) -> bytes:
    """The network, in evaluation mode, for batches of any size of pictures (n, 3, height, width)."""
    buffer = io.BytesIO()
    # The archive keeps no memory format: what is channels-last would be saved as a part of something larger.
    network = network.cpu().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    example = torch.zeros(2, 3, *shape)
    batch = torch.export.Dim("n", min=1)
    with torch.inference_mode(False):
        program = torch.export.export(network, (example,), dynamic_shapes=({0: batch},))
        torch.export.save(program, buffer)
    return buffer.getvalue()


def facts_of(content: bytes) -> dict[str, Any]:
    """What model.json says of exported weights."""
    return {
        "weights": WEIGHTS,
        "format": WeightsFormat.TORCH_EXPORT.value,
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def write_folder(root: Path, folder: str, content: bytes, card: dict[str, Any]) -> ModelCard:
    """Write `root`/`folder` anew with weights and model.json; its card. Raises ModelRefused for one that cannot be used."""
    place_folder(root, folder, {WEIGHTS: content, MODEL_FILE: as_file(card)})
    return read_folder(root, folder)


def place_folder(root: Path, folder: str, files: dict[str, bytes]) -> None:
    """Write `root`/`folder` anew with these files, whole under its name or not at all."""
    place, part = root / folder, root / f".{folder}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, content in files.items():
        (part / name).write_bytes(content)
    shutil.rmtree(place, ignore_errors=True)
    part.rename(place)


def as_file(card: dict[str, Any]) -> bytes:
    """A card as it is written into its folder."""
    return json.dumps(card, indent=2).encode()
