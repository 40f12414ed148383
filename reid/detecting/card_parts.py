"""Parts of cards: what the cards of networks state alike, and the words in which they are refused. Pure."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, Self, TypeVar

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


class Origin(Protocol):
    """What every card says of its network: what it is called, whose it is, and which file holds it."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def licence(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def weights(self) -> str: ...
    @property
    def sha256(self) -> str: ...


def require_origin(card: Origin) -> None:
    """Raises ValueError where a part of it is missing, or is not what it should be."""
    words = [card.name, card.version, card.licence, card.source]
    require(
        {
            "name, version, licence and source are needed": all(word.strip() for word in words),
            "name, version, licence and source must be printable": all(
                word.isprintable() for word in words
            ),
            f"name has at most {_LONGEST_NAME} letters, version at most {_LONGEST_VERSION}": (
                len(card.name) <= _LONGEST_NAME and len(card.version) <= _LONGEST_VERSION
            ),
            "weights must be a plain file name": Path(card.weights).name == (card.weights or None),
            "sha256 must be 64 hexadecimal digits": re.fullmatch("[0-9a-f]{64}", card.sha256),
        }
    )


def fingerprint_of(facts: dict[str, Any]) -> str:
    """SHA-256, as 64 hex digits, of what a card says of its answers; of no place, licence or source."""
    counted = {
        name: value
        for name, value in facts.items()
        if name not in ("folder", "weights", "licence", "source")
    }
    canonical = json.dumps(counted, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


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
