"""Networks that training makes: a backbone, its pooled row, and a projection to a shorter one.

The projection starts as the whitening of what the backbone sees in the training crops, not at random: its
first epoch is as good as the centred parent, and everything learned comes on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

from reid.networks import efficientnet_lite0
from reid.networks.model_card import Pooling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GEM_FLOOR: Final = 1e-6  # keeps the cube root's slope finite
_STRONGEST: Final = 0.25  # of a projection's entries at the start


class Projection(nn.Module):
    """Rows (n, d) -> unit rows (n, k): normalised, less the training mean, times a matrix, normalised."""

    mean: torch.Tensor

    def __init__(self, width: int, dimension: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.linear = nn.Linear(width, dimension, bias=False)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        centred = functional.normalize(rows, dim=1) - self.mean
        return functional.normalize(self.linear(centred), dim=1)

    def start(self, rows: torch.Tensor) -> None:
        """Become the half-whitening of rows (n, d): principal axes, each over the root of its spread.

        Half, since whole whitening makes the weakest axes, which are noise, as loud as the first. Axes
        beyond the rank of the rows stay as they were initialised.
        """
        unit = functional.normalize(rows.double(), dim=1)
        mean = unit.mean(0)
        _, spreads, axes = torch.linalg.svd(unit - mean, full_matrices=False)
        spreads = spreads / len(rows) ** 0.5
        rank = min(self.linear.out_features, int((spreads > 1e-6 * spreads[0]).sum()))
        matrix = axes[:rank] / spreads[:rank, None].sqrt()
        matrix *= _STRONGEST / matrix.abs().max()
        with torch.no_grad():
            self.mean.copy_(mean)
            self.linear.weight.mul_(0.1 * _STRONGEST)
            self.linear.weight[:rank] = matrix.float()


class StridedDepthwise(efficientnet_lite0.SameConvolution):
    """The same convolution, in float32 whatever the precision around it.

    A depthwise convolution with a stride sends its slope back thirty times slower in bfloat16 (torch 2.13 on a
    CPU: 197 against 7 ms for 32 x 672 x 19 x 19), which was a quarter of a training step.
    """

    @classmethod
    def of(cls, plain: efficientnet_lite0.SameConvolution) -> StridedDepthwise:
        kernel, stride = int(plain.kernel_size[0]), int(plain.stride[0])
        layer = cls(plain.in_channels, plain.out_channels, kernel, stride, groups=plain.groups)
        layer.load_state_dict(plain.state_dict())
        return layer

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not torch.is_autocast_enabled(input.device.type):
            return super().forward(input)
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


class Adapted(nn.Module):
    """EfficientNet-Lite0 with generalised-mean pooling and a projection: (n, 3, s, s) -> unit rows (n, k).

    Input is normalised as the published weights want it. The stem and the first `frozen_blocks` blocks
    take no gradient, and so keep no activations for one.
    """

    def __init__(
        self, backbone: efficientnet_lite0.EfficientNetLite0, frozen_blocks: int, dimension: int
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.projection = Projection(efficientnet_lite0.DIMENSION, dimension)
        self._frozen_blocks = frozen_blocks
        backbone.requires_grad_(True)
        for part in [backbone.stem, *list(backbone.blocks)[:frozen_blocks]]:
            part.requires_grad_(False)
        for block in backbone.blocks:
            assert isinstance(block, efficientnet_lite0.Block)  # noqa: S101 - for the type checker
            if block.depthwise.stride[0] > 1:
                block.depthwise = StridedDepthwise.of(block.depthwise)
            block.depthwise.requires_grad_(False)

    def trained(self) -> Iterator[nn.Parameter]:
        """The backbone's parameters that take a gradient."""
        return (item for item in self.backbone.parameters() if item.requires_grad)

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        """The backbone's rows (n, 1280), float32: the root of the mean cube of each feature."""
        with torch.set_grad_enabled(False):
            x = functional.relu6(self.backbone.stem(x), inplace=True)
            x = self.backbone.blocks[: self._frozen_blocks](x)
        return gem(self._head(x))

    def _head(self, x: torch.Tensor) -> torch.Tensor:
        x = self.backbone.blocks[self._frozen_blocks :](x)
        return functional.relu6(self.backbone.head(x), inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.projection(gem(self.backbone(x)))
        return rows

    def plain(self, *, mirrored: bool = False) -> WithHead:
        """The same network without what only training needs, to be exported."""
        return WithHead(self.backbone, Pooling.GEM, None, self.projection, mirrored=mirrored).eval()


class WithHead(nn.Module):
    """Any network, its pooling, the centre of its space where it has one, and a projection of the row.

    (n, 3, s, s), normalised as the network wants it -> unit rows (n, k), or (n, 2 k) where `mirrored` (`both_ways`).
    """

    centre: torch.Tensor

    def __init__(
        self,
        network: nn.Module,
        pooling: Pooling,
        centre: torch.Tensor | None,
        projection: Projection,
        *,
        mirrored: bool = False,
    ) -> None:
        super().__init__()
        self.network, self.projection = network, projection
        self._pooling, self._mirrored = pooling, mirrored
        self.register_buffer("centre", torch.zeros(1) if centre is None else centre)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return both_ways(self._rows, x) if self._mirrored else self._rows(x)

    def _rows(self, x: torch.Tensor) -> torch.Tensor:
        answer = self.network(x)
        if self._pooling is Pooling.GEM:
            answer = gem(answer)
        elif self._pooling is Pooling.AVERAGE:
            answer = answer.mean((2, 3))
        unit = functional.normalize(answer, dim=1)
        rows: torch.Tensor = self.projection(unit - self.centre)
        return rows


def both_ways(rows_of: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Unit rows (n, 2 k) of pictures (n, 3, s, s): each one's row beside that of its mirror image, over sqrt(2).

    The cosine of two such rows is the mean of the cosines of the pictures and of their mirror images. One pass of
    twice the batch.
    """
    rows = rows_of(torch.cat((x, x.flip(3))))
    sides = rows.reshape(2, x.shape[0], rows.shape[1])
    return torch.cat((sides[0], sides[1]), dim=1) / 2**0.5


def gem(features: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) features >= 0 -> (n, c), p = 3, in float32 (Radenovic et al. 2018)."""
    floored = features.float().clamp(min=_GEM_FLOOR)
    return (floored * floored * floored).mean((2, 3)).pow(1 / 3)
