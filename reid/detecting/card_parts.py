"""Parts of cards: what the cards of networks state alike, and the words in which they are refused. Pure."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self, TypeVar

from reid.networks.model_card import read_verified

_Word = TypeVar("_Word", bound=StrEnum)
_LONGEST_NAME: Final = 60
_LONGEST_VERSION: Final = 18
"""A detection keeps both with a blank between them, in 80 characters."""


class Runtime(StrEnum):
    """Form of the weights, and with it what runs them."""

    ONNX = "onnx"
    TORCHSCRIPT = "torchscript"
    TORCH_EXPORT = "torch_export"


@dataclass(frozen=True, slots=True)
class Normalisation:
    """From RGB pixels, 0 to 255, to what the network takes: (pixel / scale - mean) / std, by channel."""

    scale: float = 255.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        numbers = (self.scale, *self.mean, *self.std)
        require(
            {
                "mean and std must be three numbers each": len(self.mean) == len(self.std) == 3,
                "scale, mean and std must be finite": all(map(math.isfinite, numbers)),
                "scale and std must be above 0": all(
                    number > 0 for number in (self.scale, *self.std)
                ),
            }
        )

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        require_known("normalisation", data, ("scale", "mean", "std"))
        return cls(
            scale=float(data.get("scale", 255.0)),
            mean=tuple(map(float, data.get("mean", (0, 0, 0)))),
            std=tuple(map(float, data.get("std", (1, 1, 1)))),
        )


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """What every card says of its network: what it is called, whose it is, which file holds it, and what runs it.

    `source` is the address that the weights are from, `sha256` that of their file. Raises ValueError where a part is missing, or
    is not what it should be.
    """

    name: str
    version: str
    licence: str
    source: str
    weights: str
    sha256: str
    runtime: Runtime
    folder: str = field(default="", kw_only=True)  # its name below MODEL_ROOT

    def __post_init__(self) -> None:
        words = [self.name, self.version, self.licence, self.source]
        require(
            {
                "name, version, licence and source are needed": all(word.strip() for word in words),
                "name, version, licence and source must be printable": all(
                    word.isprintable() for word in words
                ),
                f"name has at most {_LONGEST_NAME} letters, version at most {_LONGEST_VERSION}": (
                    len(self.name) <= _LONGEST_NAME and len(self.version) <= _LONGEST_VERSION
                ),
                "weights must be a plain file name": Path(self.weights).name
                == (self.weights or None),
                "sha256 must be 64 hexadecimal digits": re.fullmatch("[0-9a-f]{64}", self.sha256),
            }
        )

    @property
    def words(self) -> str:
        """Name and version, as a detection keeps them."""
        return f"{self.name} {self.version}"

    @property
    def fingerprint(self) -> str:
        """SHA-256, as 64 hex digits, of name, version, weights and all else that moves an answer; of no place, licence or source."""
        counted = {
            name: value
            for name, value in asdict(self).items()
            if name not in ("folder", "weights", "licence", "source")
        }
        canonical = json.dumps(counted, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def read_weights(self, root: Path) -> bytes:
        """The weights file below `root`, whole, once its hash is what the card says. Raises ModelRefused."""
        return read_verified(root / self.folder / self.weights, self.sha256)


def common_facts(file: str, data: dict[str, Any], card: type[NetworkCard]) -> dict[str, Any]:
    """What a card's JSON says of the fields that all cards have; no key in it is unknown to `card`.

    Raises KeyError, TypeError or ValueError.
    """
    require_known(file, data, tuple(item.name for item in fields(card)))
    return {
        "name": str(data["name"]),
        "version": str(data["version"]),
        "licence": str(data["licence"]),
        "source": str(data["source"]),
        "weights": str(data["weights"]),
        "sha256": str(data["sha256"]).lower(),
        "runtime": word_of(Runtime, "runtime", data["runtime"]),
        "folder": str(data.get("folder", "")),
    }


def require(checks: dict[str, object]) -> None:
    """Raises ValueError with the first text whose value is false."""
    for text, holds in checks.items():
        if not holds:
            raise ValueError(text)


def require_known(where: str, data: dict[str, Any], known: tuple[str, ...]) -> None:
    """Raises TypeError for what is no JSON object, ValueError for a key that is not among `known`."""
    if not isinstance(data, dict):
        raise TypeError(f"{where} must be an object")
    if unknown := sorted(data.keys() - set(known)):
        raise ValueError(f"{where} has {unknown[0]}, which is not known: use {', '.join(known)}")


def word_of(words: type[_Word], where: str, value: object) -> _Word:
    """The member of `words` with this value. Raises ValueError."""
    try:
        return words(str(value))
    except ValueError:
        known = ", ".join(word.value for word in words)
        raise ValueError(f"{where} {value!r} is not known: use one of {known}") from None


def whole(where: str, value: object) -> int:
    """A whole number. Raises TypeError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{where} must be a whole number")
    return value


def truth(where: str, value: object) -> bool:
    """True or false. Raises TypeError."""
    if not isinstance(value, bool):
        raise TypeError(f"{where} must be true or false")
    return value
