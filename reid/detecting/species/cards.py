"""Cards of classifiers: what classifier.json states of a network that says what stands in a box, before it is loaded. Pure.

A folder below MODEL_ROOT holds the weights and `classifier.json`. All keys are in docs/detecting.md, under Species.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from reid.detecting.card_parts import (
    NetworkCard,
    Normalisation,
    common_facts,
    require,
    require_known,
    truth,
    word_of,
)
from reid.detecting.cards import DetectorClass, InputShape
from reid.detecting.species.rollup import Activation
from reid.networks.model_card import read_card

if TYPE_CHECKING:
    from pathlib import Path

    from reid.taxonomy import Classification

CLASSIFIER_FILE: Final = "classifier.json"
_WIDEST_MARGIN: Final = 1.0


@dataclass(frozen=True, slots=True)
class CropRule:
    """What of a photograph is shown: the box, wider by `margin` of its sides on each side, then a square where wanted.

    The square has the longer side, around the box's middle. Where it reaches beyond the photograph it is cut off.
    """

    margin: float = 0.0
    square: bool = False

    def __post_init__(self) -> None:
        require({"crop margin must be from 0 to 1": 0 <= self.margin <= _WIDEST_MARGIN})

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        require_known("crop", data, ("margin", "square"))
        return cls(float(data.get("margin", 0.0)), truth("crop square", data.get("square", False)))


@dataclass(frozen=True, slots=True)
class ClassifierCard(NetworkCard):
    """classifier.json. `threshold` is how likely a class must be, alone or with others of its kind.

    `classes` are in the order of the network's answer (n, c); one that is None here, such as blank, speaks for nothing.
    """

    input: InputShape
    crop: CropRule
    normalisation: Normalisation
    activation: Activation
    classes: tuple[DetectorClass, ...]
    threshold: float

    def __post_init__(self) -> None:
        NetworkCard.__post_init__(self)  # slots make the class anew, and super() would not find it
        require(
            {
                "threshold must be above 0 and at most 1": 0 < self.threshold <= 1,
                "classes must be two or more, and one of them a class that is known here": len(
                    self.classes
                )
                > 1
                and any(item.classification for item in self.classes),
            }
        )

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.classes]

    @property
    def classifications(self) -> list[Classification | None]:
        return [item.classification for item in self.classes]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is no card of a classifier."""
        return cls(
            **common_facts(CLASSIFIER_FILE, data, cls),
            input=InputShape.from_json(data["input"]),
            crop=CropRule.from_json(data.get("crop", {})),
            normalisation=Normalisation.from_json(data.get("normalisation", {})),
            activation=word_of(Activation, "activation", data["activation"]),
            classes=tuple(map(DetectorClass.from_json, data["classes"])),
            threshold=float(data["threshold"]),
        )


def read_folder(root: Path, folder: str) -> ClassifierCard:
    """The card of the classifier in `root`/`folder`. Raises ModelRefused; the weights are not read yet."""
    return read_card(root, folder, CLASSIFIER_FILE, ClassifierCard.from_json)


def folders(root: Path) -> list[str]:
    """Names of the folders below `root` that hold a classifier.json, sorted."""
    return sorted(path.parent.name for path in root.glob(f"*/{CLASSIFIER_FILE}"))
