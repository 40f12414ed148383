"""Tiny real detectors for tests: they find a red animal, a green person and a blue vehicle, one of each."""

from __future__ import annotations

import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import nn

from reid.detecting.tests import detectors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 64
COLOURS = {"animal": (255, 0, 0), "person": (0, 255, 0), "vehicle": (0, 0, 255)}
GREY = 128
Rectangle = tuple[int, int, int, int]
"""x, y, width, height."""


class Squares(nn.Module):
    """The box around all pixels of each colour, in pixels of the input, and whether there are any."""

    steps: torch.Tensor
    classes: torch.Tensor

    def __init__(self, side: int = SIDE) -> None:
        super().__init__()
        self.side = side
        self.register_buffer("steps", torch.arange(side, dtype=torch.float32))
        self.register_buffer("classes", torch.eye(3))

    def boxes(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        others = x.sum(1, keepdim=True) - x
        is_there = (
            (x > 0.5) & (others < 0.75)
        ).float()  # (n, 3, h, w): an edge is half of its neighbour
        columns, rows = is_there.amax(2), is_there.amax(3)
        ends = []
        for line in (columns, rows):
            last = (line * (self.steps + 1)).amax(2)
            first = self.side - (line * (self.side - self.steps)).amax(2)
            ends.append((first, last))
        (left, right), (top, bottom) = ends
        found = columns.amax(2)
        box = torch.stack(((left + right) / 2, (top + bottom) / 2, right - left, bottom - top), 2)
        return box, found


class Yolov5(Squares):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        box, found = self.boxes(x)
        classes = self.classes.expand(x.shape[0], 3, 3) * 0.9
        return torch.cat((box, found.unsqueeze(2), classes), 2)


class Yolov8(Squares):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        box, found = self.boxes(x)
        classes = self.classes * found.unsqueeze(2) * 0.9
        return torch.cat((box, classes), 2).transpose(1, 2)


class Detr(Squares):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        box, found = self.boxes(x)
        return box / self.side, self.classes * found.unsqueeze(
            2
        ) * 12.1972 - 10.0  # sigmoid(2.1972) = 0.9


LAYOUTS = {"yolov5": Yolov5, "yolov8": Yolov8, "detr": Detr}


@cache
def weights(layout: str, runtime: str, batch: int = 1) -> bytes:
    """A network of this layout, exported as its users do: for so many pictures at once, 0: any number."""
    module = LAYOUTS[layout]().eval()
    example = torch.zeros(batch or 2, 3, SIDE, SIDE)
    dynamic: Any = None if batch else ({0: torch.export.Dim("n", min=1)},)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if runtime == "torchscript":
            torch.jit.save(torch.jit.trace(module, example, check_trace=False), buffer)
        elif runtime == "torch_export":
            torch.export.save(
                torch.export.export(module, (example,), dynamic_shapes=dynamic), buffer
            )
        else:
            program = torch.onnx.export(
                module, (example,), dynamic_shapes=dynamic, dynamo=True, verbose=False
            )
            assert program is not None
            buffer.write(program.model_proto.SerializeToString())
    return buffer.getvalue()


def folder(root: Path, name: str = "squares", /, **fields: Any) -> Path:
    """A folder with a detector of coloured squares; `fields` are of its card."""
    layout, runtime = fields.get("layout", "yolov5"), fields.get("runtime", "torchscript")
    return detectors.folder(root, name, weights(layout, runtime), **fields)


def picture(size: tuple[int, int], **squares: Rectangle) -> Image.Image:
    """A grey photograph of this size with squares, by what they show."""
    pixels: NDArray[np.uint8] = np.full((size[1], size[0], 3), GREY, np.uint8)
    for name, (x, y, width, height) in squares.items():
        pixels[y : y + height, x : x + width] = COLOURS[name]
    return Image.fromarray(pixels)


def photograph(size: tuple[int, int], **squares: Rectangle) -> bytes:
    """The same as a file whose pixels are exact."""
    buffer = io.BytesIO()
    picture(size, **squares).save(buffer, "PNG")
    return buffer.getvalue()
