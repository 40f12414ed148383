"""Networks that training makes: a backbone, its pooled rows, and a projection of each to a shorter one.

A fine-tuned network looks at a torso as a whole and in overlapping parts: the same stripe is in the same part of
two photographs of one flank, once both are aligned. A projection starts as the whitening of what the backbone sees in the training crops, not at random: its
first epoch is as good as the centred parent, and everything learned comes on top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch import nn
from torch.nn import functional

from reid.networks import efficientnet_lite0
from reid.networks.model_card import Pooling
from reid.training.recipe import GRID

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
        spreads, axes = _principal(unit - mean)
        rank = min(self.linear.out_features, int((spreads > 1e-6 * spreads[0]).sum()))
        matrix = axes[:rank] / spreads[:rank, None].sqrt()
        matrix *= _STRONGEST / matrix.abs().max()
        with torch.no_grad():
            self.mean.copy_(mean)
            self.linear.weight.mul_(0.1 * _STRONGEST)
            self.linear.weight[:rank] = matrix.float()


def _principal(centred: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Standard deviations and unit axes (in rows) of centred rows (n, d), the largest first."""
    if len(centred) < centred.shape[1]:
        _, lengths, axes = torch.linalg.svd(centred, full_matrices=False)
        return lengths / len(centred) ** 0.5, axes
    # From the covariance: quicker than the rows' own decomposition where they are more than their numbers.
    variances, axes = torch.linalg.eigh(centred.T @ centred / len(centred))
    return variances.flip(0).clamp(min=0).sqrt(), axes.T.flip(0)


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
    """EfficientNet-Lite0 with a projection of the whole picture and one of each part: (n, 3, h, w) -> unit rows.

    The row (n, k + parts p): both halves, of the whole and of all parts, weigh the same. Input is normalised as the
    published weights want it. The stem and the first `frozen_blocks` blocks take no gradient, and so keep no
    activations for one.
    """

    def __init__(
        self,
        backbone: efficientnet_lite0.EfficientNetLite0,
        frozen_blocks: int,
        dimension: int,
        part_dimension: int,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.projection = Projection(efficientnet_lite0.DIMENSION, dimension)
        self.parts = nn.ModuleList(
            Projection(efficientnet_lite0.DIMENSION, part_dimension)
            for _ in range(GRID[0] * GRID[1])
        )
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
        """Rows (n, 1 + parts, 1280), float32: of the whole feature map, then of each cell of the grid."""
        with torch.set_grad_enabled(False):
            x = functional.relu6(self.backbone.stem(x), inplace=True)
            x = self.backbone.blocks[: self._frozen_blocks](x)
        x = self.backbone.blocks[self._frozen_blocks :](x)
        return pool_parts(functional.relu6(self.backbone.head(x), inplace=True))

    def halves(self, pooled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Unit rows of the whole (n, k) and of all parts together (n, parts p) from pooled rows."""
        parts = [part(pooled[:, 1 + number]) for number, part in enumerate(self.parts)]
        return self.projection(pooled[:, 0]), functional.normalize(torch.cat(parts, 1), dim=1)

    def start(self, pooled: torch.Tensor) -> None:
        """Every projection becomes the half-whitening of its own pooled rows (n, 1 + parts, 1280)."""
        for number, part in enumerate([self.projection, *self.parts]):
            assert isinstance(part, Projection)  # noqa: S101 - for the type checker: ModuleList forgets
            part.start(pooled[:, number])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat(self.halves(pool_parts(self.backbone(x))), 1) / 2**0.5


class WithHead(nn.Module):
    """Any network, its pooling, the centre of its space where it has one, and a projection of the row.

    (n, 3, h, w), normalised as the network wants it -> unit rows (n, k).
    """

    centre: torch.Tensor

    def __init__(
        self,
        network: nn.Module,
        pooling: Pooling,
        centre: torch.Tensor | None,
        projection: Projection,
    ) -> None:
        super().__init__()
        self.network, self.projection = network, projection
        self._pooling = pooling
        self.register_buffer("centre", torch.zeros(1) if centre is None else centre)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        answer = self.network(x)
        if self._pooling is Pooling.GEM:
            answer = gem(answer)
        elif self._pooling is Pooling.AVERAGE:
            answer = answer.mean((2, 3))
        unit = functional.normalize(answer, dim=1)
        rows: torch.Tensor = self.projection(unit - self.centre)
        return rows


class Mirrored(nn.Module):
    """A network of unit rows (n, k) made one of `both_ways`: unit rows (n, 2 k)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return both_ways(self.network, x)


def both_ways(rows_of: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Unit rows (n, 2 k) of pictures (n, 3, h, w): each one's row beside that of its mirror image, over sqrt(2).

    The cosine of two such rows is the mean of the cosines of the pictures and of their mirror images. One pass of
    twice the batch.
    """
    rows = rows_of(torch.cat((x, x.flip(3))))
    sides = rows.reshape(2, x.shape[0], rows.shape[1])
    return torch.cat((sides[0], sides[1]), dim=1) / 2**0.5


def pool_parts(features: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) features >= 0 -> (n, 1 + parts, c), float32: `gem` of the whole and of each of `cells`."""
    height, width = features.shape[2:]
    cubes = _cubed(features)
    whole = [cubes.mean((2, 3))]
    parts = [cubes[:, :, y, x].mean((2, 3)) for y, x in cells(height, width, *GRID)]
    return torch.stack(whole + parts, 1).pow(1 / 3)


def cells(height: int, width: int, rows: int, columns: int) -> list[tuple[slice, slice]]:
    """Slices (of y, of x) of a grid over a map, row by row: a cell reaches a quarter of itself beyond each border.

    Outwards to whole features, and not beyond the map; so cells overlap, and what lies on a border is seen whole.
    """
    return [(y, x) for y in _overlapping(height, rows) for x in _overlapping(width, columns)]


def _overlapping(length: int, count: int) -> list[slice]:
    quarter = (
        4 * count
    )  # of a cell's length, as a share of `length`: in whole numbers nothing is rounded wrongly
    return [
        slice(
            max(0, (4 * number - 1) * length // quarter),
            min(length, -(-(4 * number + 5) * length // quarter)),
        )
        for number in range(count)
    ]


def gem(features: torch.Tensor) -> torch.Tensor:
    """(n, c, h, w) features >= 0 -> (n, c), p = 3, in float32 (Radenovic et al. 2018)."""
    return _cubed(features).mean((2, 3)).pow(1 / 3)


def _cubed(features: torch.Tensor) -> torch.Tensor:
    floored = features.float().clamp(min=_GEM_FLOOR)
    return floored * floored * floored  # a tenth of the price of pow()
