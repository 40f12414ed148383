"""Exporting: a network as torch.export and as ONNX write it, and the model folder around it, whole under its name or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import shutil
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import torch

from reid.networks.model_card import MODEL_FILE, WeightsFormat, read_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import onnx
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


def as_onnx(
    network: nn.Module, example: torch.Tensor, *, takes: str, gives: str
) -> onnx.ModelProto:
    """The network as ONNX, for batches of any size of what `example` is two of; `takes` and `gives` name its input and output.

    Raises whatever the exporter does: that is its private matter.
    """
    with quiet_exporter():
        program = torch.onnx.export(
            network,
            (example,),
            input_names=[takes],
            output_names=[gives],
            dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
            dynamo=True,
            verbose=False,
        )
    return program.model_proto  # type: ignore[union-attr]


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """While torch writes ONNX: its warnings are of its own workings, and of packages that nothing here needs.

    The settings of logs cannot say so: torch sets the levels of its loggers when it is loaded.
    """
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


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
