"""Parts of cards: what the cards of networks state alike, and the words in which they are refused. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar

_Word = TypeVar("_Word", bound=StrEnum)


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
