"""Areas on photographs, from the boxes of detector files: shares, pixels, corners, turned boxes. Pure."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final

from reid.importing.rows import Area

if TYPE_CHECKING:
    from collections.abc import Iterable

NO_BOX: Final = "{box} is not a box of four numbers in {unit}"
_MOST_SHARE: Final = 100.0
_MOST_PIXELS: Final = 1_000_000.0
_CORNERS: Final = 4
_LONGEST_SHOWN: Final = 60

Size = tuple[float, float]
"""Width and height in pixels, as the source has them."""


class UnreadableBox(ValueError):
    """One box that cannot be read; the text says why, for the user."""


def in_shares(box: Any) -> Area:
    """From [x, y, width, height] in shares of the photograph. Raises UnreadableBox."""
    return Area(*_numbers(box, _MOST_SHARE, "shares"), relative=True)


def in_pixels(box: Any, size: Size | None = None) -> Area:
    """From [x, y, width, height] in pixels: in shares where the source has the photograph's size.

    So a box fits the photograph whatever its size is by now. Raises UnreadableBox.
    """
    x, y, width, height = _numbers(box, _MOST_PIXELS, "pixels")
    if size is None or min(size) <= 0:
        return Area(x, y, width, height)
    across, down = size
    return Area(x / across, y / down, width / across, height / down, relative=True)


def between_corners(box: Any, size: Size | None = None) -> Area:
    """From [left, top, right, bottom] in pixels. Raises UnreadableBox."""
    left, top, right, bottom = _numbers(box, _MOST_PIXELS, "pixels")
    return in_pixels((left, top, right - left, bottom - top), size)


def envelope(points: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    """The smallest upright box [left, top, right, bottom] around the points."""
    across, down = zip(*points, strict=True)
    return (min(across), min(down), max(across), max(down))


def size_of(width: object, height: object) -> Size | None:
    """The size that a source gives, or None where it gives none."""
    try:
        size = (float(str(width)), float(str(height)))
    except ValueError:
        return None
    return size if all(math.isfinite(side) and side > 0 for side in size) else None


def _numbers(box: Any, most: float, unit: str) -> tuple[float, float, float, float]:
    try:
        numbers = [float(number) for number in box]
    except (ValueError, TypeError, OverflowError):
        numbers = []
    if len(numbers) != _CORNERS or not all(abs(number) < most for number in numbers):
        raise UnreadableBox(NO_BOX.format(box=_shown(box), unit=unit))
    first, second, third, fourth = numbers
    return first, second, third, fourth


def _shown(box: Any) -> str:
    """A box as its file has it, or as much of it as a sentence bears."""
    text = json.dumps(box, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
