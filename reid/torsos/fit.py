"""Fit of a mask head to guesses or known masks. Deterministic on one machine: same pictures, same head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from reid.torsos.head import MaskHead, from_bytes, to_bytes
from reid.torsos.prepare import GRID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from reid.torsos.features import Maps, Trunk

EPOCHS: Final = 12
_BATCH: Final = 32
_RATE: Final = 2e-3
_DECAY: Final = 1e-3
_AT_ONCE: Final = 16


def learn(
    trunk: Trunk,
    pixels: NDArray[np.uint8],
    masks: NDArray[np.float32],
    *,
    start: bytes | None = None,
    mirrored: bool = True,
    seed: int = 0,
) -> bytes:
    """Learn a head from pictures and where their torsos are; its numbers, as `head.from_bytes` reads them.

    `pixels` (n, 288, 288, 3), prepared; `masks` (n, 36, 36), 0 to 1; n >= 1. With `mirrored` each picture is learned
    from twice, as it is and mirrored. Begins at the head `start`, where one is given.
    """
    maps, target = _maps(trunk, pixels), torch.from_numpy(masks.copy())
    if mirrored:
        others = _maps(trunk, pixels[:, :, ::-1])
        maps = tuple(torch.cat(levels) for levels in zip(maps, others, strict=True))
        target = torch.cat((target, target.flip(2)))
    return to_bytes(fit(maps, target, start=start, seed=seed))


def agreements(
    trunk: Trunk, heads: Sequence[bytes], pixels: NDArray[np.uint8], masks: NDArray[np.float32]
) -> list[float]:
    """Of each head the mean intersection over union of its masks with `masks`; shapes as for `learn`."""
    maps, target = _maps(trunk, pixels), torch.from_numpy(masks.copy())
    return [agreement(from_bytes(head), maps, target) for head in heads]


def fit(
    maps: Maps,
    masks: torch.Tensor,
    *,
    start: bytes | None = None,
    seed: int = 0,
    epochs: int = EPOCHS,
) -> MaskHead:
    """The head that answers `masks` (n, 36, 36), 0 to 1, best for `maps` of n pictures.

    Cross entropy, AdamW; n >= 1. Begins at the head `start`, or at random.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        head = MaskHead() if start is None else from_bytes(start).train().requires_grad_(True)
        if start is None:
            head.means.copy_(torch.cat([level.float().mean((0, 2, 3)) for level in maps]))
        optimizer = torch.optim.AdamW(head.parameters(), lr=_RATE, weight_decay=_DECAY)
        for _ in range(epochs):
            for chosen in torch.split(torch.randperm(len(masks)), _BATCH):
                logits = head(tuple(level[chosen] for level in maps))
                loss = functional.binary_cross_entropy_with_logits(logits, masks[chosen])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
    return head.eval().requires_grad_(False)


def agreement(head: MaskHead, maps: Maps, masks: torch.Tensor) -> float:
    """Mean over the pictures of the intersection over union of the head's masks with `masks` (n, 36, 36), 0 to 1."""
    with torch.inference_mode():
        answered = torch.cat(
            [
                head(tuple(level[i : i + _BATCH] for level in maps))
                for i in range(0, len(masks), _BATCH)
            ]
        )
    mine, theirs = (answered > 0).view(-1, GRID * GRID), (masks > 0.5).view(-1, GRID * GRID)
    union = (mine | theirs).sum(1).clamp(min=1)
    return float(((mine & theirs).sum(1) / union).mean())


def _maps(trunk: Trunk, pixels: NDArray[np.uint8]) -> Maps:
    """Of all pictures, as float16 and on the CPU: some hundred pictures of float32 would not be small."""
    parts = [trunk.maps(pixels[i : i + _AT_ONCE]) for i in range(0, len(pixels), _AT_ONCE)]
    return tuple(torch.cat(level).half().cpu() for level in zip(*parts, strict=True))
