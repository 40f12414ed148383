"""The sample detector's network written as ONNX, without a word of the machine that wrote it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Final

import onnx
import torch

from thumper.herd.detector.network import Shipped
from thumper.herd.detector.shipped import HEIGHT, WIDTH

if TYPE_CHECKING:
    from thumper.herd.detector.network import SampleNetwork

_COMMENTS: Final = ("metadata_props", "doc_string")


def as_onnx(network: SampleNetwork) -> bytes:
    """The network as a detector loads it, for any number of pictures; the same bytes for the same numbers."""
    module = Shipped(network).to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's, of its own workings
        program = torch.onnx.export(
            module,
            (torch.zeros(2, 3, HEIGHT, WIDTH),),
            input_names=["images"],
            output_names=["boxes"],
            dynamic_shapes=({0: torch.export.Dim("n", min=1)},),
            dynamo=True,
            verbose=False,
        )
    model = program.model_proto  # type: ignore[union-attr]
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
