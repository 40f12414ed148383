"""Numbers in tables: decimal points and commas, and boxes in pixels or in shares of the photograph. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.importing.rows import BAD_CONFIDENCE, WHOLE_IMAGE, Area, confidence, is_removed
from reid.importing.tables.fields import BOX

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_BOX: Final = "the box needs x, y, width and height, all four or none"
NO_NUMBER: Final = "{name} is {text!r} and not a number"
PERCENT: Final = "{problem}: write 91 percent as 0.91 or 91%"
MIXED_UNITS: Final = "the box is less than a pixel: this table counts in pixels, and this line in shares of the photograph"

_PLAIN: Final = re.compile(r"[+-]?\d{1,9}(\.\d*)?", re.ASCII)  # no nan, inf or 1e308
_SIGNED: Final = re.compile(r"[+-]?\d{0,9}(\.\d*)?(?<=\d)\.?", re.ASCII)
_COMMA: Final = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_THOUSANDS: Final = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_ROUNDING: Final = 1.001
"""Shares that programs rounded may end a little beyond the photograph."""


def with_point(text: str, *, decimal_comma: bool) -> str:
    """A number with a decimal point for its comma.

    1,234 in a table whose columns commas part may be a thousand and more, and stays as it is.

    >>> with_point("0,91", decimal_comma=False), with_point("1,234", decimal_comma=False)
    ('0.91', '1,234')
    """
    if "," in text and _COMMA.fullmatch(text) and (decimal_comma or not _THOUSANDS.fullmatch(text)):
        number = text.replace(",", ".")
        return f"0{number}" if number.startswith(".") else number
    return text


def box_numbers(
    texts: Mapping[str, str], *, decimal_comma: bool
) -> tuple[float, float, float, float] | None:
    """x, y, width and height; None where all are blank. Raises ValueError."""
    values = [texts.get(name, "") for name in BOX]
    if not any(values):
        return None
    if not all(values):
        raise ValueError(NO_BOX)
    x, y, width, height = (
        number(name, text, decimal_comma=decimal_comma)
        for name, text in zip(BOX, values, strict=True)
    )
    return x, y, width, height


def number(name: str, text: str, *, decimal_comma: bool) -> float:
    """The number that the text is. Raises ValueError(NO_NUMBER)."""
    plain = with_point(text, decimal_comma=decimal_comma)
    if not _PLAIN.fullmatch(plain):
        raise ValueError(NO_NUMBER.format(name=name, text=text))
    return float(plain)


def sure(text: str) -> float:
    """The confidence that a cell gives; 1 where it is blank, since a person wrote the line. Raises ValueError.

    Of a box that was removed as one that repeats it is below zero: `TableSource` makes a Skip of its row.

    >>> sure("0,91"), sure("91 %"), sure("-0.4"), sure("")
    (0.91, 0.91, -0.4, 1.0)
    """
    plain = with_point(text, decimal_comma=True)
    share = plain.removesuffix("%").rstrip()
    if not _SIGNED.fullmatch(share):
        return confidence(plain or "1")
    value = float(share) / 100 if share != plain else float(share)
    if is_removed(value):
        return value
    try:
        return confidence(value)
    except ValueError:
        problem = BAD_CONFIDENCE.format(text=text)
        if 2 <= value <= 100 and share == plain:
            problem = PERCENT.format(problem=problem)
        raise ValueError(problem) from None


@dataclass(slots=True)
class UnitFinder:
    """Evidence about the unit of a table's boxes: pixels, or shares where no number passes 1."""

    boxes: int = 0
    fits_one: bool = True

    def see(self, box: tuple[float, float, float, float]) -> None:
        x, y, width, height = box
        self.boxes += 1
        self.fits_one = self.fits_one and max(x + width, y + height, width, height) <= _ROUNDING

    @property
    def shares(self) -> bool:
        """One that fills the photograph in shares is a single pixel otherwise, and nobody draws those."""
        return bool(self.boxes) and self.fits_one


def area(box: tuple[float, float, float, float] | None, *, shares: bool) -> Area:
    """The place on the photograph; the whole of it where there is no box. Raises ValueError(MIXED_UNITS)."""
    if box is None:
        return WHOLE_IMAGE
    x, y, width, height = box
    if not shares and 0 < width < 1 and 0 < height < 1:
        raise ValueError(MIXED_UNITS)
    return Area(x, y, width, height, relative=shares)
