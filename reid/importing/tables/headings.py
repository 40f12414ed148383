"""Headings of a table: the line in which they stand, where people have written a title above them. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reid.importing.tables.synonyms import SYNONYMS

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKED_AT: Final = 12
"""First lines among which the headings are looked for."""

ON_LINE: Final = "the headings on line {line}"

_FEWEST: Final = 3
"""Cells that a line of headings below a title has at least."""
_NOTHING: Final = re.compile(r"[\W_]+")
_NUMBER: Final = re.compile(r"[-+]?[\d.,:/\s%-]*\d[\d.,:/\s%-]*")


def _fold(heading: str) -> str:
    return _NOTHING.sub("", heading).lower()


_KNOWN: Final = frozenset(
    _fold(name) for field, synonyms in SYNONYMS.items() for name in (field, *synonyms)
)


def heading_line(lines: Sequence[Sequence[str]]) -> int:
    """The index of the headings among the first lines of a table: the first line that is not empty, or below a title.

    A title is one cell, no heading that is known, above a line of words.
    """
    filled = [number for number, line in enumerate(lines) if any(map(str.strip, line))]
    if not filled:
        return 0
    first = filled[0]
    alone = [cell for cell in lines[first] if cell.strip()]
    if len(alone) != 1 or _fold(alone[0]) in _KNOWN:
        return first
    for number in filled[1:]:
        cells = [cell.strip() for cell in lines[number] if cell.strip()]
        if len(cells) >= _FEWEST and not any(map(_NUMBER.fullmatch, cells)):
            return number if any(_fold(cell) in _KNOWN for cell in cells) else first
    return first
