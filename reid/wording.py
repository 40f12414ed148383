"""Wording of numbers in messages: a number and the words that agree with it. Pure."""

from __future__ import annotations

from typing import Final

_BETWEEN: Final = "|"


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
