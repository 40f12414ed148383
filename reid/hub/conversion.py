"""Conversion of one network of others: run by the Python of its own environment, `python -m reid.hub.conversion`.

A job comes as JSON on the standard input; what came of it is written as JSON to the file that the job names: the model
folder is there, or one sentence says why not. Here alone timm, torchvision, huggingface_hub and safetensors are imported:
the server never needs them. No code of a hub is run. Weights are read as tensors alone: safetensors, or torch's reader for
weights only.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from PIL import Image
from torch import nn

from reid.embedding.embedder import Embedder
from reid.embedding.preprocessing import prepare
from reid.hub import process
from reid.hub.architectures import build
from reid.hub.job import ConversionRefused, Job
from reid.hub.weights import obtain, read_state
from reid.networks.exporting import exported, facts_of, write_folder
from reid.networks.model_card import Fit, ModelCard
from reid.networks.sentinels import sentinel_crops

if TYPE_CHECKING:
    from reid.hub.catalogue import HubModel

AGREEMENT: Final = 0.9999
"""Least cosine between the original with its own preparation and the converted network with Thumper's, of each picture."""

DISAGREES = "The converted {name} answers otherwise than the original (lowest cosine {cosine:.6f}): it is not used."


def main() -> None:
    job = Job.from_json(sys.stdin.read())
    process.answer(job.answer, lambda: convert(job))


def convert(job: Job) -> ModelCard:
    """The model folder of the job's network below its root, made anew. Raises ConversionRefused or ModelRefused."""
    model = job.model
    origin = obtain(job)
    network = build(model, read_state(job.file))
    content = exported(network, (model.side, model.side))
    facts = {
        "name": model.name,
        "version": "1",
        "licence": model.licence,
        "input_size": model.side,
        "mean": [255 * value for value in model.mean],
        "std": [255 * value for value in model.std],
        "pooling": "none",
        "dimension": model.dimension,
        "fit": model.fit.value,
        "resize_to": model.resize_to,
        "interpolation": model.interpolation.value,
    } | facts_of(content)
    pictures = eight_pictures()
    embedder = Embedder(ModelCard.from_json(facts), content, device="cpu")
    ours = embedder.embed(np.stack([prepare(item, embedder.card) for item in pictures]))
    cosine = float((ours * original_rows(model, network, pictures)).sum(axis=1).min())
    if not cosine >= AGREEMENT:
        raise ConversionRefused(DISAGREES.format(name=model.name, cosine=cosine))
    agreement = {"pictures": len(pictures), "lowest_cosine": cosine}
    made_by = {name: version(name) for name in ("torch", "torchvision", "timm")}
    facts |= {"origin": origin, "agreement": agreement, "made_by": made_by}
    return write_folder(job.root, model.name, content, facts)


def original_rows(
    model: HubModel, network: nn.Module, pictures: list[Image.Image]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Unit rows (n, dimension) of the original: torchvision's own steps, as the card names them, and timm's network."""
    from torchvision import transforms

    mode = transforms.InterpolationMode(model.interpolation.value)
    square = (model.side, model.side)
    fitting = (
        [transforms.Resize(model.resize_to, mode), transforms.CenterCrop(square)]
        if model.fit is Fit.CENTRE
        else [transforms.Resize(square, mode)]
    )
    steps = transforms.Compose(
        [*fitting, transforms.ToTensor(), transforms.Normalize(model.mean, model.std)]
    )
    with torch.inference_mode():
        rows = network(torch.stack([steps(picture) for picture in pictures]))
        unit: np.ndarray[Any, np.dtype[np.float32]] = nn.functional.normalize(rows, dim=1).numpy()
    return unit


def eight_pictures() -> list[Image.Image]:
    """The sentinel crops, lying and upright, so that a crop of the middle is looked at in both directions."""
    crops = sentinel_crops()
    return [*crops, *(crop.transpose(Image.Transpose.TRANSPOSE) for crop in crops)]


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    main()
