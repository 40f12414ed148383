"""Moving average of the weights during training, steadier than the last weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

if TYPE_CHECKING:
    from torch import nn

_EARLY: Final = 10
"""The first steps weigh less, as if the decay were (1 + step) / (10 + step): what began at random is soon forgotten."""


class Average:
    """Exponential moving average of a network's trained parameters: after each step, d * average + (1 - d) * weights.

    d is `decay`, and less in the beginning. `state_dict` and `load_state_dict` make it part of a checkpoint.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self._kept: dict[str, torch.Tensor] = {}
        self.begin(network)

    def begin(self, network: nn.Module) -> None:
        """Be what the network is now."""
        self._kept = {name: item.detach().clone() for name, item in _trained(network)}

    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after the step of this number, counted from 0 over all epochs."""
        decay = min(self._decay, (1 + step) / (_EARLY + step))
        for name, item in _trained(network):
            self._kept[name].lerp_(item.detach(), 1 - decay)

    def put_into(self, network: nn.Module) -> None:
        """Make the network the average."""
        with torch.no_grad():
            for name, item in _trained(network):
                item.copy_(self._kept[name])

    def state_dict(self) -> dict[str, torch.Tensor]:
        return self._kept

    def load_state_dict(self, state: dict[str, torch.Tensor]) -> None:
        self._kept = state


def _trained(network: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [(name, item) for name, item in network.named_parameters() if item.requires_grad]
