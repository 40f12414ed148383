"""Terms of Camtrap DP 1.0.2 for what Thumper stores: taxa, sex, boxes, positions. Pure.

Terms: https://camtrap-dp.tdwg.org/data
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final

from reid.taxonomy import DEER, Classification, Sex

if TYPE_CHECKING:
    from reid.imaging.crops import Box

ANY_ANIMAL: Final = "Animalia"
METRES_A_DEGREE: Final = 111_700.0
"""A little more than any degree of latitude, or of longitude at the equator, is long (WGS84)."""

_BOX_STEP: Final = Decimal("1e-10")  # finer than a pixel of the longest photograph that is read
_OTHER_TAXA: Final = {
    Classification.CATTLE: "Bos taurus",
    Classification.COYOTE: "Canis latrans",
    Classification.PIG: "Sus scrofa",
    Classification.RACCOON: "Procyon lotor",
    Classification.TURKEY: "Meleagris gallopavo",
}
_SEXES: Final = {Sex.BUCK.value: "male", Sex.DOE.value: "female"}
_LIFE_STAGES: Final = {
    Classification.BUCK.value: "adult",
    Classification.DOE.value: "adult",
    Classification.FAWN.value: "juvenile",
}
_RANKS: Final = ("genus", "species", "subspecies")  # by the number of words


def scientific_name(classification: str, deer_taxon: str) -> str:
    """What a class shows; `deer_taxon` for deer, Animalia where nobody has told it apart.

    >>> scientific_name("doe", "Odocoileus virginianus"), scientific_name("pig", "Odocoileus virginianus")
    ('Odocoileus virginianus', 'Sus scrofa')
    """
    kind = Classification(classification)
    return deer_taxon if kind in DEER else _OTHER_TAXA.get(kind, ANY_ANIMAL)


def taxon_rank(name: str) -> str:
    """
    >>> taxon_rank("Odocoileus virginianus"), taxon_rank("Odocoileus"), taxon_rank("Animalia")
    ('species', 'genus', 'kingdom')
    """
    return "kingdom" if name == ANY_ANIMAL else _RANKS[min(len(name.split()), len(_RANKS)) - 1]


def sex(classification: str) -> str:
    """male, female or empty, by the class of a photograph or the sex of a deer."""
    return _SEXES.get(classification, "")


def life_stage(classification: str) -> str:
    """adult, juvenile or empty."""
    return _LIFE_STAGES.get(classification, "")


@dataclass(frozen=True, slots=True)
class RelativeBox:
    """A box in shares of the photograph's width and height, from the top left; 10 decimals.

    Exact: x + width <= 1 and y + height <= 1, and width and height are above 0.
    """

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal


def relative_box(box: Box, size: tuple[int, int]) -> RelativeBox:
    """`box` (pixels of the upright photograph of `size`), clamped to it.

    Raises reid.imaging.crops.ImageProblem("outside") where nothing of it is inside.
    """
    inner = box.clamped(size)
    # Edges are rounded, not lengths: a box that ends at the border must not end behind it.
    left, right = _share(inner.x, size[0]), _share(inner.x + inner.width, size[0])
    top, bottom = _share(inner.y, size[1]), _share(inner.y + inner.height, size[1])
    return RelativeBox(left, top, right - left, bottom - top)


def plain(number: Decimal) -> str:
    """Without exponent and without zeros at the end.

    >>> plain(Decimal("0.2500000000")), plain(Decimal("1E-8")), plain(Decimal("30"))
    ('0.25', '0.00000001', '30')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Position:
    """WGS84 decimal degrees. `uncertainty` in whole metres where the position was made coarse."""

    latitude: Decimal
    longitude: Decimal
    uncertainty: int | None = None


def position(latitude: Decimal, longitude: Decimal, decimals: int | None) -> Position:
    """The camera's position, rounded to `decimals` of a degree where that is given.

    `uncertainty` is then the radius of a circle around the rounded position that is sure to hold the
    camera: the diagonal of half a rounding step north and half a step east, where a degree of longitude
    is as long as at the edge of the step that is nearer to the equator.
    """
    if decimals is None:
        return Position(latitude, longitude)
    step = Decimal(1).scaleb(-decimals)
    north, east = (value.quantize(step, ROUND_HALF_EVEN) for value in (latitude, longitude))
    half = float(step) / 2
    widest = math.cos(math.radians(max(abs(float(north)) - half, 0.0)))
    return Position(north, east, math.ceil(METRES_A_DEGREE * half * math.hypot(1.0, widest)))


def _share(pixels: int, whole: int) -> Decimal:
    return (Decimal(pixels) / Decimal(whole)).quantize(_BOX_STEP)
