"""Networks of detectors of others, read by the packages that they were made with: in the conversion's own process alone.

A pickled network runs what its file says. It is read only where the file has the checksum that its makers publish.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

from reid.detecting.fetching.catalogue import Family
from reid.hub.job import ConversionRefused, first_line
from reid.hub.torchvision_import import import_torchvision
from reid.hub.weights import read_checkpoint

if TYPE_CHECKING:
    from reid.detecting.fetching.catalogue import CatalogueDetector

NAMES: Final = ("animal", "person", "vehicle")

NOT_READ: Final = "{path} cannot be read as weights of {name} ({error}): this version of Thumper cannot convert them."
OTHER_CLASSES: Final = (
    "The classes of {name} are {found}, not {wanted}: this version of Thumper cannot convert it."
)


def build(detector: CatalogueDetector, path: Path) -> nn.Module:
    """The network for inference: (n, 3, height, width) -> boxes as its layout has them. Raises ConversionRefused."""
    import_torchvision()
    try:
        return (
            _rtdetr(detector, path) if detector.family is Family.RTDETR else _yolo(detector, path)
        )
    except ConversionRefused:
        raise
    # What a package of others raises is its private matter; all of it means that it is not these weights' package.
    except Exception as error:
        raise ConversionRefused(
            NOT_READ.format(path=path, name=detector.name, error=first_line(error))
        ) from error


class First(nn.Module):
    """The first tensor of whatever a YOLO answers: its boxes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        answer = self.network(pictures)
        while not isinstance(answer, torch.Tensor):
            answer = answer[0]
        return answer


class BoxesAndLogits(nn.Module):
    """The two tensors of a DETR that make boxes, in the order of the layout."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        answer = self.network(pictures)
        return answer["pred_boxes"], answer["pred_logits"]


class _EveryShape:
    """Equal to every shape, so that a head keeps the grid of the first picture for batches of any size."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True


def _yolo(detector: CatalogueDetector, path: Path) -> nn.Module:
    if detector.family is not Family.ULTRALYTICS:
        _show_package(detector.family.value)
    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    network = checkpoint["model"].float().requires_grad_(False).eval()
    for module in network.modules():
        if isinstance(module, nn.Upsample) and not hasattr(module, "recompute_scale_factor"):
            module.recompute_scale_factor = None  # of torch before 1.11
    names = network.names
    names = tuple(names.values() if isinstance(names, dict) else names)
    if names != NAMES:
        raise ConversionRefused(
            OTHER_CLASSES.format(
                name=detector.name, found=", ".join(map(str, names)), wanted=", ".join(NAMES)
            )
        )
    with torch.no_grad():
        network = network.fuse()
        for parameter in network.parameters():
            parameter.detach_()
        head = network.model[-1]
        head.inplace = False
        head.export = True
        network(torch.zeros(1, 3, detector.height, detector.width))  # makes the head's grid
    if hasattr(head, "shape"):
        head.shape = _EveryShape()
    return First(network).eval()


def _show_package(name: str) -> None:
    """Pickles of both YOLOs name their modules as they stand in their repository: `models` and `utils`."""
    package = importlib.util.find_spec(name)
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError(f"the package {name} is not installed")
    sys.path.insert(0, str(package.submodule_search_locations[0]))


def _rtdetr(detector: CatalogueDetector, path: Path) -> nn.Module:
    package = importlib.util.find_spec("PytorchWildlife")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("the package PytorchWildlife is not installed")
    folder = Path(package.submodule_search_locations[0]) / "models" / "detection" / "rtdetr_apache"
    # The package itself imports all that it has; its RT-DETR stands alone, but for a writer of logs that is never called.
    sys.path.insert(0, str(folder))
    logs: Any = types.ModuleType("torch.utils.tensorboard")
    logs.SummaryWriter = object
    sys.modules.setdefault("torch.utils.tensorboard", logs)
    from rtdetrv2_pytorch.src.core import YAMLConfig

    settings = folder / "rtdetrv2_pytorch" / "configs" / "rtdetrv2" / detector.settings
    network = YAMLConfig(str(settings), PResNet={"pretrained": False}).model
    checkpoint = read_checkpoint(path)
    # The mean over the training's last steps, where there is one, as its makers use it.
    state = checkpoint["ema"]["module"] if "ema" in checkpoint else checkpoint["model"]
    network.load_state_dict(state, strict=True)
    return BoxesAndLogits(network.deploy().eval().requires_grad_(False)).eval()
