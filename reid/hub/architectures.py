"""Architectures of networks of others: timm's, and MiewID's, which is built here. No code of a hub is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from reid.hub.catalogue import Family
from reid.hub.job import ConversionRefused, first_line
from reid.hub.torchvision_import import import_torchvision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.hub.catalogue import HubModel

OTHER_WEIGHTS = "The weights of {name} are not those of its architecture ({error}): this version of Thumper cannot convert them."


class GeneralisedMean(nn.Module):
    """Generalised-mean pooling with a learned power (Radenovic et al. 2018): (n, d, height, width) -> (n, d)."""

    def __init__(self) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.full((1,), 3.0))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        powers = features.clamp(min=1e-6).pow(self.p)
        return powers.mean((2, 3)).pow(1.0 / self.p)


class MiewId(nn.Module):
    """MiewID without its classifier: backbone, generalised mean, batch normalisation (Otarashvili et al. 2024)."""

    def __init__(self, backbone: nn.Module, dimension: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.pooling = GeneralisedMean()
        self.bn = nn.BatchNorm1d(dimension)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        rows: torch.Tensor = self.bn(self.pooling(self.backbone(pictures)))
        return rows


def build(model: HubModel, state: Mapping[str, torch.Tensor]) -> nn.Module:
    """The network with these weights, for inference. Raises ConversionRefused where one is missing or too many."""
    timm = import_timm()
    try:
        if model.family is Family.MIEWID:
            backbone = timm.create_model(
                model.architecture, pretrained=False, num_classes=0, global_pool="", **model.options
            )
            network: nn.Module = MiewId(backbone, model.dimension)
            state = _as_miewid(state)
        else:
            network = timm.create_model(
                model.architecture, pretrained=False, num_classes=0, **model.options
            )
            if model.family is Family.SWIN:
                from timm.models.swin_transformer import checkpoint_filter_fn

                state = checkpoint_filter_fn(dict(state), network)
        network.load_state_dict(state, strict=True)
    except (RuntimeError, KeyError) as error:
        raise ConversionRefused(
            OTHER_WEIGHTS.format(name=model.name, error=first_line(error))
        ) from error
    return network.eval().requires_grad_(False)


def _as_miewid(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Its power of the pooling was once a part of the backbone; its classifier is of training alone."""
    renamed = {"backbone.global_pool.p": "pooling.p"}
    return {
        renamed.get(name, name): value
        for name, value in state.items()
        if not name.startswith(("final.", "backbone.classifier."))
    }


def import_timm() -> Any:
    """The module timm. Its networks call none of torchvision's own operators, which it imports."""
    import_torchvision()
    import timm

    return timm
