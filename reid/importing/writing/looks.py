"""Looks: whether a detector or a person has looked for animals on a photograph, by what rows say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from reid.importing.rows import one_line
from reid.models import Image

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from reid.importing.rows import Row

_LONGEST: Final = Image._meta.get_field("look_failure").max_length or 0


class Look(TypedDict):
    """The fields of an image that say it."""

    looked: str
    look_failure: str
    looked_by_id: UUID | None


def of(rows: Iterable[Row]) -> Look:
    """A box, or one look that went well, is enough; a failed one says why."""
    kept = list(rows)
    good = [row for row in kept if row.area is not None or (row.looked and not row.failure)]
    failed = [row for row in kept if row.failure]
    by = next((row.detected_by for row in good or failed if row.detected_by), None)
    if good:
        return {"looked": Image.Looked.YES, "look_failure": "", "looked_by_id": by}
    looked = Image.Looked.FAILED if failed else Image.Looked.NO
    failure = one_line(failed[0].failure, _LONGEST) if failed else ""
    return {"looked": looked, "look_failure": failure, "looked_by_id": by}


_ORDER: Final = (Image.Looked.NO, Image.Looked.FAILED, Image.Looked.YES)


def add(image: Image, rows: Iterable[Row]) -> bool:
    """Set on a stored image what rows know more of it: a failed look beats none, and a good one both.

    Of two that came to the same, that of a detector of the store counts.
    """
    look = of(rows)
    more = _ORDER.index(Image.Looked(look["looked"])) - _ORDER.index(Image.Looked(image.looked))
    if more < 0 or (more == 0 and look["looked_by_id"] is None):
        return False
    image.looked, image.look_failure = look["looked"], look["look_failure"]
    image.looked_by_id = look["looked_by_id"]
    return True
