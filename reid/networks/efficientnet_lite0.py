"""The default network: EfficientNet-Lite0 without its classifier, as its published weights want it run.

Lite means no squeeze-and-excitation and ReLU6 everywhere, so that it runs well without a GPU. The weights
were trained in TensorFlow, hence "same" padding, which is uneven for a stride of 2. Batch normalisation
is folded into the convolutions on loading: one operation less a layer, the same function.
Architecture: Tan and Le 2019 (arXiv 1905.11946), table 1, and the Lite variant's published definition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Mapping

DIMENSION: Final = 1280
_STEM: Final = 32
_STAGES: Final = (  # blocks, kernel, stride of the first block, expansion, channels out
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_EPSILON: Final = 1e-3  # of the batch normalisation that the weights were trained with


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's "same" padding of one side: (before, after); the odd pixel goes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class SameConvolution(nn.Conv2d):
    """A convolution with bias and "same" padding, whatever the input's size."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:  # even padding, which the convolution does itself without a copy
            return functional.conv2d(
                input, self.weight, self.bias, 1, kernel // 2, 1, groups=self.groups
            )
        top, bottom = same_padding(input.shape[-2], kernel, stride)
        left, right = same_padding(input.shape[-1], kernel, stride)
        return super().forward(functional.pad(input, (left, right, top, bottom)))


class Block(nn.Module):
    """Inverted residual: expand, filter each channel, project; added to its input where shapes allow."""

    def __init__(self, inside: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inside * expansion
        self.expand = SameConvolution(inside, wide, 1) if expansion != 1 else None
        self.depthwise = SameConvolution(wide, wide, kernel, stride, groups=wide)
        self.project = SameConvolution(wide, out, 1)
        self.adds_input = stride == 1 and inside == out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        inner: torch.Tensor = x
        if self.expand is not None:
            inner = functional.relu6(self.expand(inner), inplace=True)
        inner = functional.relu6(self.depthwise(inner), inplace=True)
        inner = self.project(inner)
        return inner.add_(x) if self.adds_input else inner


class EfficientNetLite0(nn.Module):
    """(n, 3, height, width) normalised pixels -> (n, 1280, height / 32, width / 32) features >= 0."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConvolution(3, _STEM, 3, 2)
        blocks, inside = [], _STEM
        for count, kernel, stride, expansion, out in _STAGES:
            for number in range(count):
                blocks.append(Block(inside, out, kernel, stride if number == 0 else 1, expansion))
                inside = out
        self.blocks = nn.Sequential(*blocks)
        self.head = SameConvolution(inside, DIMENSION, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu6(self.stem(x), inplace=True)
        return functional.relu6(self.head(self.blocks(x)), inplace=True)


def _fold(
    into: SameConvolution, weights: Mapping[str, torch.Tensor], convolution: str, norm: str
) -> None:
    scale = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + _EPSILON)
    kernel = weights[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    # Loading checks the shapes, which plain assignment would not.
    into.load_state_dict({"weight": kernel, "bias": bias})


def from_published(weights: Mapping[str, torch.Tensor]) -> EfficientNetLite0:
    """The network with the published weights (batch normalisation apart), ready for inference.

    Raises KeyError or RuntimeError where a tensor is missing or has another shape.
    """
    network = EfficientNetLite0()
    _fold(network.stem, weights, "_conv_stem", "_bn0")
    for number, block in enumerate(network.blocks):
        assert isinstance(block, Block)  # noqa: S101 - for the type checker: Sequential forgets
        name = f"_blocks.{number}"
        if block.expand is not None:
            _fold(block.expand, weights, f"{name}._expand_conv", f"{name}._bn0")
        _fold(block.depthwise, weights, f"{name}._depthwise_conv", f"{name}._bn1")
        _fold(block.project, weights, f"{name}._project_conv", f"{name}._bn2")
    _fold(network.head, weights, "_conv_head", "_bn1")
    return network.eval().requires_grad_(False)
