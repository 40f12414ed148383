"""Recipe of a fine-tuning: every number that decides its weights, in one frozen record. Pure.

The defaults were chosen on real animals (docs/adapting.md says what else was tried and what it gave).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self

GRID: Final = (3, 4)
"""Rows and columns of the grid of parts over a torso: about a hand's breadth of a deer each."""


class Loss(StrEnum):
    """Loss of training: what it pulls together and pushes apart."""

    ARCFACE = "arcface"  # Deng et al. 2019 (arXiv 1801.07698); sub-centres: Deng et al. 2020
    SUPCON = "supcon"  # Khosla et al. 2020 (arXiv 2004.11362)


@dataclass(frozen=True, slots=True)
class Recipe:
    """`size` is the height in pixels that the network looks at; torsos are half as wide again as they are high.

    An embedding is two halves of equal weight: `dimension` numbers of the whole torso, and `part_dimension` of each
    part of the grid. What is not torso keeps `dimming` of its contrast; while training, up to `most_dimming`.

    The stem and the first `frozen_blocks` blocks of the network stay as they are: they see edges and
    textures, which a few hundred photographs cannot teach better than a million did, and training without
    them is several times faster. Learning rates are of AdamW after `warm_up` steps; a cosine ends them.

    `average` is the decay a step of a moving average of the weights, which is what is used then (0: the weights
    themselves). `mirrored`: an embedding is that of a torso and of its mirror image, side by side, twice as long.
    """

    epochs: int = 20
    size: int = 256
    batch: int = 32
    dimension: int = 256
    part_dimension: int = 48
    dimming: float = 0.25
    most_dimming: float = 0.6
    frozen_blocks: int = 5
    loss: Loss = Loss.ARCFACE
    scale: float = 24.0
    margin: float = 0.3
    sub_centres: int = 1
    temperature: float = 0.1
    backbone_rate: float = 4e-4
    projection_rate: float = 5e-4
    centre_rate: float = 5e-4
    weight_decay: float = 1e-4
    warm_up: int = 30
    average: float = 0.0
    mirrored: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        checks = {
            "epochs must be 1 or more": self.epochs >= 1,
            "size must be from 32 to 1024, in steps of 32": 32 <= self.size <= 1024
            and self.size % 32 == 0,
            "batch must be 2 or more": self.batch >= 2,
            "batch must be even for supcon, which learns from pairs": self.batch % 2 == 0
            or self.loss is not Loss.SUPCON,
            "dimension must be from 2 to 1280": 2 <= self.dimension <= 1280,
            "part_dimension must be from 2 to 1280": 2 <= self.part_dimension <= 1280,
            "dimming must be from 0 to 1": 0 <= self.dimming <= 1,
            "most_dimming must be from 0 to 1": 0 <= self.most_dimming <= 1,
            "frozen_blocks must be from 0 to 15": 0 <= self.frozen_blocks <= 15,
            "sub_centres must be 1 or more": self.sub_centres >= 1,
            "average must be 0 or more and less than 1": 0 <= self.average < 1,
        }
        for text, holds in checks.items():
            if not holds:
                raise ValueError(text)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels that the network looks at."""
        return self.size, 3 * self.size // 2

    @property
    def embedding_length(self) -> int:
        """Numbers in an embedding of the fine-tuned space."""
        rows, columns = GRID
        plain = self.dimension + rows * columns * self.part_dimension
        return 2 * plain if self.mirrored else plain

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises TypeError or ValueError for what is no recipe."""
        return cls(**data | {"loss": Loss(data.get("loss", Loss.ARCFACE))})

    @property
    def digest(self) -> str:
        """16 hex digits that differ wherever two recipes would train other weights, or use them otherwise."""
        numbers = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.sha256(numbers.encode()).hexdigest()[:16]
