"""Cards of detectors: what detector.json states of a network that finds boxes, before it is loaded. Pure.

A folder below MODEL_ROOT holds the weights and `detector.json`. All keys are in docs/detecting.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

from reid.detecting.card_parts import (
    NetworkCard,
    Normalisation,
    common_facts,
    require,
    require_known,
    truth,
    whole,
    word_of,
)
from reid.networks.model_card import read_card
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

DETECTOR_FILE: Final = "detector.json"
SIDES: Final = (32, 4096)
"""Least and greatest side of what a detector is shown, in pixels."""


class Fit(StrEnum):
    """How a photograph becomes the network's shape."""

    LETTERBOX = "letterbox"  # as it is, in the middle, with a border
    STRETCH = "stretch"  # both sides at once, whatever becomes of its proportions


class Layout(StrEnum):
    """How the network writes its boxes: n candidates, c classes, all of one photograph."""

    YOLOV5 = (
        "yolov5"  # (1, n, 5 + c): cx, cy, w, h in pixels of the input, objectness, class scores
    )
    YOLOV8 = "yolov8"  # (1, 4 + c, n): the same without objectness, the other way round
    DETR = "detr"  # boxes (1, n, 4): cx, cy, w, h from 0 to 1; logits (1, n, c)


@dataclass(frozen=True, slots=True)
class InputShape:
    """What the network is shown, in pixels. `pad` is the grey of the border, 0 to 255; `upscale` lets small photographs grow."""

    width: int
    height: int
    fit: Fit = Fit.LETTERBOX
    pad: int = 114
    upscale: bool = True

    def __post_init__(self) -> None:
        least, most = SIDES
        require(
            {
                f"input width and height must be from {least} to {most}": least
                <= min(self.width, self.height)
                and max(self.width, self.height) <= most,
                "input pad must be from 0 to 255": 0 <= self.pad <= 255,
            }
        )

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        require_known("input", data, ("width", "height", "fit", "pad", "upscale"))
        return cls(
            width=whole("input width", data["width"]),
            height=whole("input height", data["height"]),
            fit=word_of(Fit, "input fit", data.get("fit", Fit.LETTERBOX)),
            pad=whole("input pad", data.get("pad", 114)),
            upscale=truth("input upscale", data.get("upscale", True)),
        )


@dataclass(frozen=True, slots=True)
class DetectorClass:
    """One class of the network: its own word, and what a box of it becomes here; None: such boxes are left out."""

    name: str
    classification: Classification | None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        require_known("a class", data, ("name", "classification"))
        value = data["classification"]
        known = word_of(Classification, "classification", value) if value is not None else None
        return cls(str(data["name"]), known)


@dataclass(frozen=True, slots=True)
class DetectorCard(NetworkCard):
    """detector.json. `threshold` is the least confidence of a box that is kept.

    `suppression` is the intersection over union above which the less sure one of two boxes of a class goes; None: the network
    answers each animal once.
    """

    input: InputShape
    normalisation: Normalisation
    layout: Layout
    suppression: float | None
    classes: tuple[DetectorClass, ...]
    threshold: float

    def __post_init__(self) -> None:
        NetworkCard.__post_init__(self)  # slots make the class anew, and super() would not find it
        require(
            {
                "suppression must be above 0 and at most 1, or null": self.suppression is None
                or 0 < self.suppression <= 1,
                "threshold must be above 0 and at most 1": 0 < self.threshold <= 1,
                "classes must name at least one class that is kept": any(
                    item.classification for item in self.classes
                ),
            }
        )

    def to_json(self) -> dict[str, Any]:
        """The card as detector.json has it, with `folder`."""
        facts: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return facts

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is no card of a detector."""
        common = common_facts(DETECTOR_FILE, data, cls)
        suppression = data["suppression"]
        return cls(
            **common,
            input=InputShape.from_json(data["input"]),
            normalisation=Normalisation.from_json(data.get("normalisation", {})),
            layout=word_of(Layout, "layout", data["layout"]),
            suppression=None if suppression is None else float(suppression),
            classes=tuple(map(DetectorClass.from_json, data["classes"])),
            threshold=float(data["threshold"]),
        )


def read_folder(root: Path, folder: str) -> DetectorCard:
    """The card of the detector in `root`/`folder`. Raises ModelRefused; the weights are not read yet."""
    return read_card(root, folder, DETECTOR_FILE, DetectorCard.from_json)
