"""Frame: a photograph as it is stored, by its name and its bytes. Plain record, no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self


class StoredImage(Protocol):
    """What a frame needs of the row of an image."""

    path: str
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A photograph as it is stored: its name, the checksum of its bytes, and its size after EXIF turning."""

    path: str
    sha256: str
    size: tuple[int, int]

    @classmethod
    def of(cls, image: StoredImage) -> Self:
        return cls(image.path, image.sha256, (image.width, image.height))
