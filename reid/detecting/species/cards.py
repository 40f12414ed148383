"""Cards of classifiers: what classifier.json states of a network that says what stands in a box, before it is loaded. Pure.

A folder below MODEL_ROOT holds the weights and `classifier.json`. All keys are in docs/detecting.md, under Species.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from reid.detecting.card_parts import (
    Normalisation,
    Runtime,
    fingerprint_of,
    require,
    require_known,
    require_origin,
    truth,
    word_of,
)
from reid.detecting.cards import DetectorClass, InputShape
from reid.detecting.species.rollup import Activation
from reid.networks.model_card import read_card, read_verified

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
class ClassifierCard:
    """classifier.json. `sha256` is of the weights file; `threshold` is how likely a class must be, alone or with others of its kind.

    `classes` are in the order of the network's answer (n, c); one that is None here, such as blank, speaks for nothing.
    """

    name: str
    version: str
    licence: str
    source: str
    weights: str
    sha256: str
    runtime: Runtime
    input: InputShape
    crop: CropRule
    normalisation: Normalisation
    activation: Activation
    classes: tuple[DetectorClass, ...]
    threshold: float
    folder: str = ""  # its name below MODEL_ROOT

    def __post_init__(self) -> None:
        require_origin(self)
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
    def words(self) -> str:
        """Name and version, as a detection keeps them."""
        return f"{self.name} {self.version}"

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.classes]

    @property
    def classifications(self) -> list[Classification | None]:
        return [item.classification for item in self.classes]

    @property
    def fingerprint(self) -> str:
        """SHA-256, as 64 hex digits, of all that moves an answer; of no place, licence or source."""
        return fingerprint_of(asdict(self))

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is no card of a classifier."""
        require_known(CLASSIFIER_FILE, data, cls.__slots__)
        return cls(
            name=str(data["name"]),
            version=str(data["version"]),
            licence=str(data["licence"]),
            source=str(data["source"]),
            weights=str(data["weights"]),
            sha256=str(data["sha256"]).lower(),
            runtime=word_of(Runtime, "runtime", data["runtime"]),
            input=InputShape.from_json(data["input"]),
            crop=CropRule.from_json(data.get("crop", {})),
            normalisation=Normalisation.from_json(data.get("normalisation", {})),
            activation=word_of(Activation, "activation", data["activation"]),
            classes=tuple(map(DetectorClass.from_json, data["classes"])),
            threshold=float(data["threshold"]),
            folder=str(data.get("folder", "")),
        )


def read_folder(root: Path, folder: str) -> ClassifierCard:
    """The card of the classifier in `root`/`folder`. Raises ModelRefused; the weights are not read yet."""
    return read_card(root, folder, CLASSIFIER_FILE, ClassifierCard.from_json)


def read_weights(card: ClassifierCard, root: Path) -> bytes:
    """The weights file of a card, whole, once its hash is what the card says. Raises ModelRefused."""
    return read_verified(root / card.folder / card.weights, card.sha256)


def folders(root: Path) -> list[str]:
    """Names of the folders below `root` that hold a classifier.json, sorted."""
    return sorted(path.parent.name for path in root.glob(f"*/{CLASSIFIER_FILE}"))
