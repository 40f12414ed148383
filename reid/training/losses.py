"""Losses of training: ArcFace with sub-centres, or supervised contrast.

ArcFace asks that an embedding be nearer to its class than to every other one by an angle (`margin`); with
several sub-centres a class is the nearest of them, so that one odd photograph does not drag the rest.
Classes of one group (a deer's flanks) are no negatives of each other: two pictures of one animal shall not be
pushed apart, alike as they are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from reid.training.recipe import Loss

if TYPE_CHECKING:
    from reid.training.recipe import Recipe

_NOBODY = -1e4  # a logit that no softmax sees; finite, so that its slope is too
_EDGE = 1e-6  # keeps the arc cosine's slope finite
_APART = 0.2  # of the first random centres stays when they start at the means


class ArcFace(nn.Module):
    """Additive angular margin over learned class centres (classes, sub_centres, dimension).

    `groups` (classes,) are numbers: classes of one number are no negatives of each other.
    """

    groups: torch.Tensor

    def __init__(
        self, groups: torch.Tensor, recipe: Recipe, generator: torch.Generator, dimension: int
    ) -> None:
        super().__init__()
        drawn = torch.randn(len(groups), recipe.sub_centres, dimension, generator=generator)
        self.register_buffer("groups", groups, persistent=False)
        self.centres = nn.Parameter(0.05 * drawn)
        self._scale, self._margin = recipe.scale, recipe.margin

    def start(self, rows: torch.Tensor, classes: torch.Tensor) -> None:
        """Begin at the means of rows (n, d) with class numbers (n,), not at random: epochs are saved."""
        sums = torch.zeros(len(self.centres), rows.shape[1]).index_add_(0, classes, rows)
        has_rows = torch.bincount(classes, minlength=len(sums)) > 0
        means = functional.normalize(sums[has_rows], dim=1)
        with torch.no_grad():
            # The little that was drawn at random keeps the sub-centres of a class apart.
            self.centres.mul_(_APART)
            self.centres[has_rows] += means[:, None, :].to(self.centres.device)

    def forward(self, rows: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """Unit rows (n, d) and their class numbers (n,) -> the mean loss, a scalar."""
        centres = functional.normalize(self.centres, dim=2)
        cosines = torch.einsum("nd,ckd->nck", rows, centres).amax(2)
        angles = torch.acos(cosines.clamp(-1 + _EDGE, 1 - _EDGE))
        harder = torch.cos((angles + self._margin).clamp(max=torch.pi - _EDGE))
        own = functional.one_hot(classes, len(centres)).bool()
        logits = self._scale * torch.where(own, harder, cosines)
        partners = (self.groups[classes][:, None] == self.groups[None]) & ~own
        return functional.cross_entropy(logits.masked_fill(partners, _NOBODY), classes)


class SupCon(nn.Module):
    """Supervised contrastive loss within the batch; rows without another of their class in it teach nothing.

    `groups` as in ArcFace.
    """

    groups: torch.Tensor

    def __init__(self, groups: torch.Tensor, recipe: Recipe) -> None:
        super().__init__()
        self.register_buffer("groups", groups, persistent=False)
        self._temperature = recipe.temperature

    def forward(self, rows: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """Unit rows (n, d) and their class numbers (n,) -> the mean loss, a scalar."""
        alike = classes[:, None] == classes[None, :]
        of_group = self.groups[classes]
        left_out = (of_group[:, None] == of_group[None, :]) & ~alike
        left_out.fill_diagonal_(True)
        similar = (rows @ rows.T / self._temperature).masked_fill(left_out, -torch.inf)
        shares = functional.log_softmax(similar, dim=1).masked_fill(left_out, 0.0)
        pairs = alike & ~left_out
        paired = pairs.any(1)
        if not paired.any():
            return (rows * 0.0).sum()
        of_row = (shares * pairs).sum(1)[paired] / pairs.sum(1)[paired]
        return -of_row.mean()


def make(
    groups: torch.Tensor, recipe: Recipe, generator: torch.Generator, dimension: int
) -> ArcFace | SupCon:
    """The recipe's loss for the classes of these groups (classes,), and rows (n, dimension)."""
    if recipe.loss is Loss.SUPCON:
        return SupCon(groups, recipe)
    return ArcFace(groups, recipe, generator, dimension)
