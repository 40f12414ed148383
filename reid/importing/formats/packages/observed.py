"""Observations of Camtrap DP in Thumper's terms: the box, the class, and what Thumper's own tags say. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reid.importing.rows import FLANKS, WHOLE_IMAGE, Area
from reid.importing.tables.numbers import with_point
from reid.taxonomy import Classification
from reid.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF_A_BOX: Final = "the box needs bboxX, bboxY, bboxWidth and bboxHeight, all four or none"
BAD_SHARE: Final = "{name} is {text!r} and not a share from 0 to 1"

_BOX: Final = ("bboxX", "bboxY", "bboxWidth", "bboxHeight")
_SEXED: Final = {"male": Classification.BUCK, "female": Classification.DOE}
_WORDS: Final = Vocabulary()


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


def word_of(cells: Mapping[str, str], *, is_own: bool) -> str:
    """The observation's word for what it is of: its kind, the class of Thumper's own tag, or its taxon.

    A deer's sex and age are words of their own there, and are said with the taxon.
    """
    kind = cells["observationType"]
    if kind in ("human", "vehicle"):
        return kind
    if is_own and (own := tags_of(cells).get("class")):
        return own
    name = cells.get("scientificName", "")
    if not name or _WORDS.meaning(name).classification is not Classification.UNKNOWN_DEER:
        return name or "animal"
    if cells.get("lifeStage") == "juvenile":
        return f"{name} {Classification.FAWN.value}"
    sex = _SEXED.get(cells.get("sex", ""))
    return f"{name} {sex.value}" if sex else name


def tags_of(cells: Mapping[str, str]) -> dict[str, str]:
    """The observation's tags, written `key:value | key:value`."""
    pairs = (tag.partition(":") for tag in cells.get("observationTags", "").split("|"))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def flank_of(tags: Mapping[str, str]) -> str:
    flank = tags.get("flank", "unknown")
    return flank if flank in FLANKS else "unknown"
