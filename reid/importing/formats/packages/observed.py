"""Observations of Camtrap DP in Thumper's terms: the box, the class, and what Thumper's own tags say. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reid.importing.rows import FLANKS, WHOLE_IMAGE, Area
from reid.importing.tables.numbers import with_point
from reid.taxonomy import Classification, parse_classification

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF_A_BOX: Final = "the box needs bboxX, bboxY, bboxWidth and bboxHeight, all four or none"
BAD_SHARE: Final = "{name} is {text!r} and not a share from 0 to 1"

_BOX: Final = ("bboxX", "bboxY", "bboxWidth", "bboxHeight")
_SPECIES: Final = {
    "bos taurus": Classification.CATTLE,
    "canis latrans": Classification.COYOTE,
    "sus scrofa": Classification.PIG,
    "procyon lotor": Classification.RACCOON,
    "meleagris gallopavo": Classification.TURKEY,
    "homo sapiens": Classification.PERSON,
    "animalia": Classification.ANIMAL,
    "mammalia": Classification.ANIMAL,
    "": Classification.ANIMAL,
}
_MAY_BE_DEER: Final = frozenset({"odocoileus", "cervidae", "artiodactyla", "cetartiodactyla"})
_SEXED: Final = {"male": Classification.BUCK, "female": Classification.DOE}


def area_of(cells: Mapping[str, str]) -> Area:
    """The box in shares; the whole photograph where the observation has none. Raises ValueError."""
    texts = {name: with_point(cells.get(name, ""), decimal_comma=True) for name in _BOX}
    if not any(texts.values()):
        return WHOLE_IMAGE
    if not all(texts.values()):
        raise ValueError(HALF_A_BOX)
    shares = []
    for name, text in texts.items():
        # A little over 1 is rounding of some writers; clamping to the photograph follows.
        if not re.fullmatch(r"\d(\.\d+)?([eE]-\d+)?", text, re.ASCII) or float(text) > 1.001:
            raise ValueError(BAD_SHARE.format(name=name, text=text))
        shares.append(float(text))
    x, y, width, height = shares
    return Area(x, y, width, height, relative=True)


def word_of(cells: Mapping[str, str], *, is_own: bool) -> tuple[str, Classification]:
    """The observation's word for the animal, and the class that it names."""
    kind = cells["observationType"]
    if kind in ("human", "vehicle"):
        return kind, Classification.PERSON if kind == "human" else Classification.VEHICLE
    own = tags_of(cells).get("class", "") if is_own else ""
    if own:
        return own, parse_classification(own)
    name = cells.get("scientificName", "")
    if (species := _SPECIES.get(name.lower())) is not None:
        return name or "animal", species
    if name.split()[0].lower() not in _MAY_BE_DEER:
        return name, Classification.OTHER
    if cells.get("lifeStage") == "juvenile":
        deer = Classification.FAWN
    else:
        deer = _SEXED.get(cells.get("sex", ""), Classification.UNKNOWN_DEER)
    return name if deer is Classification.UNKNOWN_DEER else f"{name} {deer.value}", deer


def tags_of(cells: Mapping[str, str]) -> dict[str, str]:
    """The observation's tags, written `key:value | key:value`."""
    pairs = (tag.partition(":") for tag in cells.get("observationTags", "").split("|"))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def flank_of(tags: Mapping[str, str]) -> str:
    flank = tags.get("flank", "unknown")
    return flank if flank in FLANKS else "unknown"
