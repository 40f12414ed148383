"""Small real models for tests, saved the way a user's own model would be."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from reid.networks.model_card import ModelCard, read_folder

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 32


class Colours(nn.Module):
    """Mean colour of the four quarters: (n, 12)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(x, SIZE // 2).flatten(1) + 1.0


class FeatureMap(nn.Module):
    """(n, 3, 8, 8), to be pooled."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(x, 4)


class Constant(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)[:, :12] * 0.0 + 1.0


class NotANumber(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)[:, :12] * float("nan")


def torchscript(module: nn.Module) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Users' files are in this format; that making new ones is deprecated is not our concern.
        warnings.simplefilter("ignore", DeprecationWarning)
        example = torch.zeros(2, 3, SIZE, SIZE)
        torch.jit.save(torch.jit.trace(module.eval(), example, check_trace=False), buffer)
    return buffer.getvalue()


def exported(module: nn.Module) -> bytes:
    buffer = io.BytesIO()
    example = torch.zeros(2, 3, SIZE, SIZE)
    program = torch.export.export(
        module.eval(), (example,), dynamic_shapes=({0: torch.export.Dim("n")},)
    )
    torch.export.save(program, buffer)
    return buffer.getvalue()


def folder(root: Path, name: str, content: bytes, **fields: Any) -> ModelCard:
    """Write a model folder; the card as it reads back."""
    place = root / name
    place.mkdir(parents=True)
    (place / "model.bin").write_bytes(content)
    card = {
        "name": name,
        "version": "1",
        "licence": "MIT",
        "weights": "model.bin",
        "format": "torchscript",
        "input_size": SIZE,
        "mean": [127, 127, 127],
        "std": [128, 128, 128],
        "pooling": "none",
        "dimension": 12,
        "sha256": hashlib.sha256(content).hexdigest(),
    } | fields
    (place / "model.json").write_text(json.dumps(card))
    return read_folder(root, name)
