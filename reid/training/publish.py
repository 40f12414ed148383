"""Publication of a trained network as a model folder: weights, model.json, and their origin.

The folder is like any that a person puts below MODEL_ROOT, so that a model trained here runs elsewhere. It
appears whole under its name or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reid.networks.exporting import exported, facts_of, write_folder

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from reid.networks.model_card import ModelCard


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
    content = exported(network, parent.shape)
    card = {
        "name": folder,
        "version": "1",
        "licence": parent.licence,
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
        "mirrored": mirrored,
        "training": training | {"parent": parent.name, "parent_sha256": parent.sha256},
    } | facts_of(content)
    return write_folder(root, folder, content, card)
