"""Wording of numbers in messages, and of text in cells of a spreadsheet. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

_BETWEEN: Final = "|"
_FORMULA_STARTS: Final = "=+-@"
_CONTROLS: Final = ("\t", "\r", "\n")
_NOT_SEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Categories of letters that a spreadsheet may drop before it looks at a cell: controls, zero-width ones, blanks."""
_APOSTROPHE: Final = "'"


def counted(number: int, one: str, many: str = "") -> str:
    """The number, and what it counts.

    Examples
    --------
    >>> counted(1, "sighting"), counted(2, "sighting"), counted(0, "day"), counted(1_000, "deer", "deer")
    ('1 sighting', '2 sightings', '0 days', '1,000 deer')
    """
    return f"{number:,} {agreeing(number, one, many or one + 's')}"


def agreeing(number: int, one: str, many: str) -> str:
    """The words that agree with the number, alone."""
    return one if number == 1 else many


def clock_of(seconds: float) -> str:
    """Minutes and seconds of a video.

    Examples
    --------
    >>> clock_of(71.6)
    '1:11'
    """
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"


def plain_text(cell: str) -> str:
    """The cell as a spreadsheet shows it: a leading apostrophe keeps it from being run as a formula.

    Whatever the width of its sign, and whatever stands unseen before that.

    Examples
    --------
    >>> plain_text("=1+1"), plain_text("Old Gus")
    ("'=1+1", 'Old Gus')
    """
    return f"{_APOSTROPHE}{cell}" if _may_be_run(cell) else cell


def read_plain_text(cell: str) -> str:
    """What `plain_text` made the cell of."""
    inner = cell.removeprefix(_APOSTROPHE)
    return inner if inner != cell and _may_be_run(inner) else cell


def _may_be_run(cell: str) -> bool:
    if cell.startswith(_CONTROLS):
        return True
    for letter in cell:
        if unicodedata.category(letter) not in _NOT_SEEN:
            return unicodedata.normalize("NFKC", letter) in _FORMULA_STARTS
    return False


class Number(int):
    """A number for templates of `str.format`, which name the words for one and for many after a colon.

    Without the number where they begin with a bar. Any other format is that of a whole number.

    Examples
    --------
    >>> "{count:row has|rows have} no deer: {count:|it is|they are} left out.".format(count=Number(1))
    '1 row has no deer: it is left out.'
    >>> "{count:row has|rows have} no deer: {count:|it is|they are} left out.".format(count=Number(1_200))
    '1,200 rows have no deer: they are left out.'
    """

    def __format__(self, spec: str) -> str:
        first, *words = spec.split(_BETWEEN)
        if not words:
            return super().__format__(spec)
        return agreeing(self, *words) if not first else counted(self, first, *words)
