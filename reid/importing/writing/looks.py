"""Looks at photographs: whether anybody has looked for animals, by an import's rows, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reid.models import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reid.imaging.crops import Box
    from reid.importing.rows import Row

_RANKS: Final = (Image.Looked.NO, Image.Looked.FAILED, Image.Looked.YES)
"""From what says least to what says most: a later look never takes back an earlier one."""
_LONGEST: Final = Image._meta.get_field("look_failure").max_length or 0


@dataclass(frozen=True, slots=True)
class Look:
    state: Image.Looked
    failure: str = ""


def of(rows: Iterable[tuple[Row, Box | None]]) -> Look:
    """The best look that one of the rows of a photograph reports."""
    return max((_of(row) for row, _ in rows), key=lambda look: _RANKS.index(look.state))


def _of(row: Row) -> Look:
    if row.failure:
        text = "".join(letter if letter.isprintable() else " " for letter in row.failure)
        return Look(Image.Looked.FAILED, text[:_LONGEST])
    return Look(Image.Looked.YES if row.looked else Image.Looked.NO)


def add(image: Image, look: Look) -> bool:
    """Give a stored photograph a better look than it had; whether it has to be written."""
    if _RANKS.index(look.state) <= _RANKS.index(Image.Looked(image.looked)):
        return False
    image.looked, image.look_failure = look.state, look.failure
    return True
