"""Publication of a trained network as a model folder: weights, model.json, and their origin.

The folder is like any that a person puts below MODEL_ROOT, so that a model trained here runs elsewhere. It
appears whole under its name or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from typing import TYPE_CHECKING, Any, Final

import torch

from reid.networks.model_card import MODEL_FILE, read_folder

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from reid.networks.model_card import ModelCard

WEIGHTS: Final = "model.pt2"


def publish(
    root: Path,
    folder: str,
    network: nn.Module,
    parent: ModelCard,
    *,
    dimension: int,
    training: dict[str, Any],
    mirrored: bool = False,
) -> ModelCard:
    """Write `root`/`folder` anew; its card.

    `network`, in evaluation mode, answers unit rows (n, dimension) of pictures shown and normalised as `parent` says, whose
    licence it has too: it was made of its weights. `training` says how, and `mirrored` whether each row is of a picture and
    its mirror image, for people; nothing is decided by them, since the exported network does it.
    """
    content = _exported(network, parent.shape)
    card = {
        "name": folder,
        "version": "1",
        "licence": parent.licence,
        "weights": WEIGHTS,
        "format": "torch.export",
        "crop": parent.crop.value,
        "torso_head": parent.torso_head,
        "dimming": parent.dimming,
        "fit": parent.fit.value,
        "resize_to": parent.resize_to,
        "interpolation": parent.interpolation.value,
        "input_height": parent.input_height,
        "input_width": parent.input_width,
        "mean": list(parent.mean),
        "std": list(parent.std),
        "pooling": "none",
        "dimension": dimension,
        "sha256": hashlib.sha256(content).hexdigest(),
        "mirrored": mirrored,
        "training": training | {"parent": parent.name, "parent_sha256": parent.sha256},
    }
    place, part = root / folder, root / f".{folder}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    (part / WEIGHTS).write_bytes(content)
    (part / MODEL_FILE).write_text(json.dumps(card, indent=2), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    part.rename(place)
    return read_folder(root, folder)


def _exported(network: nn.Module, shape: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    # The archive keeps no memory format: what is channels-last would be saved as a part of something larger.
    network = network.cpu().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    example = torch.zeros(2, 3, *shape)
    batch = torch.export.Dim("n", min=1)
    with torch.inference_mode(False):
        program = torch.export.export(network, (example,), dynamic_shapes=({0: batch},))
        torch.export.save(program, buffer)
    return buffer.getvalue()
