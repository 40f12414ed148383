"""The sample detector's network written as ONNX, without a word of the machine that wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import onnx
import torch

from reid.networks import exporting
from thumper.herd.detector.network import Shipped
from thumper.herd.detector.shipped import HEIGHT, WIDTH

if TYPE_CHECKING:
    from thumper.herd.detector.network import SampleNetwork

_COMMENTS: Final = ("metadata_props", "doc_string")


def as_onnx(network: SampleNetwork) -> bytes:
    """The network as a detector loads it, for any number of pictures; the same bytes for the same numbers."""
    module = Shipped(network).to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    example = torch.zeros(2, 3, HEIGHT, WIDTH)
    model = exporting.as_onnx(module, example, takes="images", gives="boxes")
    graph = model.graph
    # Each node says in which line of which file it was made, with the whole path.
    for part in (
        model,
        graph,
        *graph.node,
        *graph.initializer,
        *graph.value_info,
        *graph.input,
        *graph.output,
    ):
        for name in _COMMENTS:
            part.ClearField(name)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
