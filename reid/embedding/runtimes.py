"""Runtime of an embedder: which networks have a choice, and what they are compared on.

The sentinels of the space, which torch recorded when it was registered, are embedded by whichever was chosen before it
writes (`spaces.embedder_of`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reid.embedding.preprocessing import sentinels
from reid.networks import runtimes
from reid.networks.model_card import WeightsFormat
from reid.networks.runtimes import Runtime, RuntimeChoice
from reid.networks.torch_runner import TorchRunner

if TYPE_CHECKING:
    from pathlib import Path

    from reid.embedding.embedder import Embedder

TORCHSCRIPT: Final = (
    "TorchScript is run by torch alone: export the model with torch.export for a choice"
)


def choose(embedder: Embedder, wanted: str, root: Path) -> RuntimeChoice:
    """The faster runtime that agrees with torch; the embedder is run by it from now on. The rest as in `runtimes.choose`."""
    runner, card = embedder.runner, embedder.card
    if embedder.precision != "float32":
        no_choice = runtimes.NO_CHOICE.format(precision=embedder.precision, device=embedder.device)
        return RuntimeChoice(Runtime.TORCH, no_choice)
    if card.format is WeightsFormat.TORCHSCRIPT or not isinstance(runner, TorchRunner):
        return RuntimeChoice(Runtime.TORCH, TORCHSCRIPT)
    facts: dict[str, Any] = {
        "weights": card.sha256,
        "statistics": [card.mean, card.std],
        "pooling": card.pooling,
    }
    choice, embedder.runner = runtimes.choose(
        runner, sentinels(card), facts, wanted=wanted, root=root
    )
    return choice
