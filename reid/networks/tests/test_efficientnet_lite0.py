"""EfficientNet-Lite0: its padding, and batch normalisation folded into convolutions."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reid.networks import efficientnet_lite0


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [(320, 3, 2, (0, 1)), (80, 5, 2, (1, 2)), (5, 3, 2, (1, 1)), (7, 3, 1, (1, 1))],
)
def test_same_padding(size, kernel, stride, padding) -> None:
    assert efficientnet_lite0.same_padding(size, kernel, stride) == padding


def test_folding_keeps_the_function() -> None:
    torch.manual_seed(0)
    convolution, norm = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4, eps=1e-3).eval()
    with torch.no_grad():
        for values in (*norm.parameters(), *norm.buffers()):
            if values.is_floating_point():
                values.uniform_(0.5, 2.0)
        folded = efficientnet_lite0.SameConvolution(3, 4, 3)
        state = {f"c.{k}": v for k, v in convolution.state_dict().items()}
        state |= {f"n.{k}": v for k, v in norm.state_dict().items()}
        efficientnet_lite0._fold(folded, state, "c", "n")
        x = torch.rand(1, 3, 6, 6)
        expected = norm(nn.functional.conv2d(x, convolution.weight, padding=1))
        torch.testing.assert_close(folded(x), expected)
