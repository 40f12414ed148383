"""Tiny real classifiers for tests: a red box is a stag, a green one a hind, a blue one a cow, a black one is blank."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from reid.detecting.species.cards import CLASSIFIER_FILE

if TYPE_CHECKING:
    from pathlib import Path

SIDE = 32
CLASSES = [
    {"name": "stag", "classification": "buck"},
    {"name": "hind", "classification": "doe"},
    {"name": "cow", "classification": "cattle"},
    {"name": "blank", "classification": None},
]


class Colours(nn.Module):
    """How much there is of red, green and blue on (n, 3, h, w), and how much is left to white, as shares of 1: (n, 4)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        colours = x.mean((2, 3))
        black = (1 - colours.sum(1, keepdim=True)).clamp(min=0)
        shares = torch.cat((colours, black), 1)
        return shares / shares.sum(1, keepdim=True)


class Fewer(Colours):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x)[:, :3]


class NotANumber(Colours):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) * float("nan")


NETWORKS = {"colours": Colours, "fewer": Fewer, "nan": NotANumber}


@cache
def weights(network: str, runtime: str) -> bytes:
    example = torch.zeros(2, 3, SIDE, SIDE)
    dynamic: Any = ({0: torch.export.Dim("n", min=1)},)
    buffer = io.BytesIO()
    module = NETWORKS[network]().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if runtime == "torchscript":
            torch.jit.save(torch.jit.trace(module, example, check_trace=False), buffer)
        elif runtime == "torch_export":
            program = torch.export.export(module, (example,), dynamic_shapes=dynamic)
            torch.export.save(program, buffer)
        else:
            exported = torch.onnx.export(
                module, (example,), dynamic_shapes=dynamic, dynamo=True, verbose=False
            )
            assert exported is not None
            content: bytes = exported.model_proto.SerializeToString()
            return content
    return buffer.getvalue()


def folder(root: Path, name: str = "ranch", /, network: str = "colours", **fields: Any) -> Path:
    """Write a classifier's folder below `root`; `fields` are of its card."""
    runtime = fields.setdefault("runtime", "torchscript")
    content = weights(network, runtime)
    place = root / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "weights.bin").write_bytes(content)
    card = {
        "name": name,
        "version": "1",
        "licence": "MIT",
        "source": "https://example.org/classifier",
        "weights": "weights.bin",
        "sha256": hashlib.sha256(content).hexdigest(),
        "input": {"width": SIDE, "height": SIDE, "fit": "stretch"},
        "activation": "none",
        "classes": CLASSES,
        "threshold": 0.8,
    } | fields
    (place / CLASSIFIER_FILE).write_text(json.dumps(card))
    return place
