"""Conversion of one network of others: run by the Python of its own environment, `python -m reid.hub.conversion`.

A job comes as JSON on the standard input; what came of it is written as JSON to the file that the job names: the model
folder is there, or one sentence says why not. Here alone timm, torchvision, huggingface_hub and safetensors are imported:
the server never needs them. No code of a hub is run. Weights are read as tensors alone: safetensors, or torch's reader for
weights only.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy._core import multiarray
from PIL import Image
from torch import nn

from reid.embedding.embedder import Embedder
from reid.embedding.preprocessing import prepare
from reid.hub.catalogue import Family
from reid.hub.job import Job
from reid.networks.exporting import exported, facts_of, write_folder
from reid.networks.model_card import Fit, ModelCard, ModelRefused
from reid.networks.sentinels import sentinel_crops

if TYPE_CHECKING:
    from pathlib import Path

    from reid.hub.catalogue import HubModel

AGREEMENT: Final = 0.9999
"""Least cosine between the original with its own preparation and the converted network with Thumper's, of each picture."""

NO_WAY = "There is no way to {url} from here ({error}): bring that file as {path}, and give the command again."
A_PAGE = (
    "{url} answers with a page and not with the file (a sign-in page of the network, or a proxy?): bring the file as {path}, "
    "and give the command again."
)
REFUSED = "The hub refuses {url} ({error}): look there whether it asks for an account, set HF_TOKEN, or bring the file as {path}."
OTHER_FILE = "{path} is not the file that the catalogue means (sha256 {found}, not {wanted}): delete it and give the command again."
NOT_WEIGHTS = "{path} cannot be read as weights ({error}): delete it and give the command again."
OTHER_WEIGHTS = "The weights of {name} are not those of its architecture ({error}): this version of Thumper cannot convert them."
DISAGREES = "The converted {name} answers otherwise than the original (lowest cosine {cosine:.6f}): it is not used."


class ConversionRefused(RuntimeError):
    """A network that is not converted; the message is one sentence that says what to do."""


class GeneralisedMean(nn.Module):
    """Generalised-mean pooling with a learned power (Radenovic et al. 2018): (n, d, height, width) -> (n, d)."""

    def __init__(self) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.full((1,), 3.0))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        powers = features.clamp(min=1e-6).pow(self.p)
        return powers.mean((2, 3)).pow(1.0 / self.p)


class MiewId(nn.Module):
    """MiewID without its classifier: backbone, generalised mean, batch normalisation (Otarashvili et al. 2024)."""

    def __init__(self, backbone: nn.Module, dimension: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.pooling = GeneralisedMean()
        self.bn = nn.BatchNorm1d(dimension)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.bn(self.pooling(self.backbone(pictures)))
        return rows


def main() -> None:
    job = Job.from_json(sys.stdin.read())
    try:
        convert(job)
    except (ConversionRefused, ModelRefused) as error:
        answer = {"problem": str(error)}
    else:
        answer = {"problem": ""}
    job.answer.write_text(json.dumps(answer), encoding="utf-8")


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


def obtain(job: Job) -> dict[str, str]:
    """The weights' file where it belongs; where it comes from. What was brought by hand is taken where its checksum is right."""
    model = job.model
    origin = {"repository": model.repository, "file": model.file, "licence": model.licence}
    wanted = model.sha256
    if not job.file.exists():
        origin["revision"], published = _download(job)
        wanted = wanted or published
    found = _sha256(job.file)
    if wanted and found != wanted:
        raise ConversionRefused(OTHER_FILE.format(path=job.file, found=found, wanted=wanted))
    origin.setdefault("revision", model.revision if model.sha256 else "brought by hand")
    return origin | {"sha256": found}


def _download(job: Job) -> tuple[str, str]:
    """Fetch the file, going on where an earlier try was cut off; commit and checksum as the hub has them, which may be empty."""
    from httpx2 import HTTPError  # the client below huggingface_hub
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download
    from huggingface_hub.errors import FileMetadataError, HfHubHTTPError, LocalEntryNotFoundError

    model = job.model
    said = {"url": job.url, "path": job.file}
    try:
        facts = get_hf_file_metadata(job.url, timeout=constants.HF_HUB_ETAG_TIMEOUT)
        if not facts.commit_hash or not facts.etag:
            raise ConversionRefused(A_PAGE.format(**said))
        hf_hub_download(
            model.repository,
            model.file,
            revision=facts.commit_hash,
            local_dir=job.downloads,
            endpoint=job.endpoint,
        )
    except FileMetadataError as error:
        raise ConversionRefused(A_PAGE.format(**said)) from error
    except HfHubHTTPError as error:
        raise ConversionRefused(REFUSED.format(**said, error=_first_line(error))) from error
    except (LocalEntryNotFoundError, HTTPError, OSError) as error:
        raise ConversionRefused(NO_WAY.format(**said, error=_first_line(error))) from error
    is_sha256 = len(facts.etag) == 64
    return facts.commit_hash, facts.etag if is_sha256 else ""


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file of weights, those of a training's state set apart. Raises ConversionRefused."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        with torch.serialization.safe_globals(_ARRAYS):
            state = torch.load(path, map_location="cpu", weights_only=True)
    # What a broken file raises is the reader's private matter; all of it means the same.
    except Exception as error:
        raise ConversionRefused(NOT_WEIGHTS.format(path=path, error=_first_line(error))) from error
    for key in ("model", "state_dict"):
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
    return {name: value for name, value in state.items() if isinstance(value, torch.Tensor)}


def build(model: HubModel, state: Mapping[str, torch.Tensor]) -> nn.Module:
    """The network with these weights, for inference. Raises ConversionRefused where one is missing or too many."""
    timm = import_timm()
    try:
        if model.family is Family.MIEWID:
            backbone = timm.create_model(
                model.architecture, pretrained=False, num_classes=0, global_pool="", **model.options
            )
            network: nn.Module = MiewId(backbone, model.dimension)
            state = _as_miewid(state)
        else:
            network = timm.create_model(
                model.architecture, pretrained=False, num_classes=0, **model.options
            )
            if model.family is Family.SWIN:
                from timm.models.swin_transformer import checkpoint_filter_fn

                state = checkpoint_filter_fn(dict(state), network)
        network.load_state_dict(state, strict=True)
    except (RuntimeError, KeyError) as error:
        raise ConversionRefused(
            OTHER_WEIGHTS.format(name=model.name, error=_first_line(error))
        ) from error
    return network.eval().requires_grad_(False)


_ARRAYS: Final[list[Any]] = [
    np.ndarray,
    np.dtype,
    *(getattr(np.dtypes, name) for name in np.dtypes.__all__),
    (multiarray._reconstruct, "numpy.core.multiarray._reconstruct"),
    (multiarray._reconstruct, "numpy._core.multiarray._reconstruct"),
]
"""What NumPy's own arrays are made by, and nothing that does anything: some checkpoints hold a training's state as well."""


def _as_miewid(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Its power of the pooling was once a part of the backbone; its classifier is of training alone."""
    renamed = {"backbone.global_pool.p": "pooling.p"}
    return {
        renamed.get(name, name): value
        for name, value in state.items()
        if not name.startswith(("final.", "backbone.classifier."))
    }


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


def import_timm() -> Any:
    """The module timm, whatever build of torch the server has.

    torchvision's own operators are compiled for one build of torch, and where that is another, its import fails for want
    of two that timm's networks never call. They are declared then, without a body, so that a call would fail.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        for operator in ("nms", "qnms"):
            signature = f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            _declared.define(signature)  # type: ignore[no-untyped-call] # torch has no types there
    import timm

    return timm


_declared: Final = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
"""Lives as long as the process, and what it declares with it."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    lines = [line.strip(" \t.:") for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    main()
