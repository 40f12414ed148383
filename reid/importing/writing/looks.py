"""Looks: whether a detector or a person has looked for animals on a photograph, by what rows say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from reid.models import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.importing.rows import Row

_LONGEST: Final = Image._meta.get_field("look_failure").max_length or 0


class Look(TypedDict):
    """The fields of an image that say it."""

    looked: str
    look_failure: str


def of(rows: Iterable[Row]) -> Look:
    """A box, or one look that went well, is enough; a failed one says why."""
    kept = list(rows)
    if any(row.area is not None or (row.looked and not row.failure) for row in kept):
        return {"looked": Image.Looked.YES, "look_failure": ""}
    failure = next((row.failure for row in kept if row.failure), "")
    looked = Image.Looked.FAILED if failure else Image.Looked.NO
    return {"looked": looked, "look_failure": failure[:_LONGEST]}


_ORDER: Final = (Image.Looked.NO, Image.Looked.FAILED, Image.Looked.YES)


def add(image: Image, rows: Iterable[Row]) -> bool:
    """Set on a stored image what rows know more of it: a failed look beats none, and a good one both."""
    if image.looked == _ORDER[-1]:
        return False
    look = of(rows)
    if _ORDER.index(Image.Looked(look["looked"])) <= _ORDER.index(Image.Looked(image.looked)):
        return False
    image.looked, image.look_failure = look["looked"], look["look_failure"]
    return True
