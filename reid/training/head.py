"""A trained head: a linear projection of stored embeddings, learned in seconds without a photograph.

The same loss as fine-tuning, with dropout for want of augmentation: what cannot be photographed anew is at
least not always seen whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from reid.training import losses
from reid.training.network import Projection

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from reid.training.recipe import Recipe

STEPS: Final = 400
BATCH: Final = 256
_RATE: Final = 1e-3
_CENTRE_RATE: Final = 1e-3
_DROPOUT: Final = 0.3
_NOISE: Final = 0.5  # of a row's own length, spread over all its numbers


def fit(
    rows: NDArray[np.float32],
    classes: NDArray[np.int64],
    recipe: Recipe,
    on_step: Callable[[int, int], None] = lambda _done, _all: None,
) -> Projection:
    """Learn from unit rows (n, d) with class numbers (n,) from 0 on. `on_step` gets steps done and their number."""
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    x, y = torch.from_numpy(rows.copy()), torch.from_numpy(classes)
    projection = Projection(x.shape[1], min(recipe.dimension, x.shape[1]))
    projection.start(x)
    classes_alone = torch.arange(int(y.max()) + 1)
    loss = losses.make(classes_alone, recipe, generator, projection.linear.out_features)
    if isinstance(loss, losses.ArcFace):
        with torch.inference_mode():
            begun = projection(x)
        loss.start(begun.clone(), y)
    groups = [
        {"params": list(projection.parameters()), "lr": _RATE},
        {"params": list(loss.parameters()), "lr": _CENTRE_RATE},
    ]
    optimiser = torch.optim.AdamW(
        [group for group in groups if group["params"]], weight_decay=recipe.weight_decay
    )
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    length = 1 / x.shape[1] ** 0.5
    for step in range(STEPS):
        chosen = torch.randperm(len(x), generator=generator)[:BATCH]
        part = x[chosen]
        part = part + _NOISE * length * torch.randn(part.shape, generator=generator)
        mask = torch.rand(part.shape, generator=generator) >= _DROPOUT
        value: torch.Tensor = loss(projection(functional.normalize(part * mask, dim=1)), y[chosen])
        optimiser.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        decay.step()
        on_step(step + 1, STEPS)
    return projection.eval()


def project(projection: Projection, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit rows (n, d) -> unit rows (n, dimension)."""
    with torch.inference_mode():
        answer: NDArray[np.float32] = projection(torch.from_numpy(rows.copy())).numpy()
    return answer
