"""Days and times of day as field logs and programs write them; the order of day and month is never guessed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

BAD_DATE: Final = (
    "{name} is {text!r}: write it as 2025-10-01, or say the order of day and month by --time-format"
)
BAD_TIME_FORMAT: Final = "--time-format {text!r} has no year, month and day (%Y, %m, %d)."

_CLOCK: Final = (
    r"(?:[T ]+(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?: ?(AM|PM))?\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_YEAR_FIRST: Final = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _CLOCK, re.ASCII | re.IGNORECASE
)
_YEAR_LAST: Final = re.compile(
    r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _CLOCK, re.ASCII | re.IGNORECASE
)


class Order(StrEnum):
    """Which of two numbers before a year is the day."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


@dataclass(frozen=True, slots=True)
class Moment:
    """A local day, and the time of day where it is known."""

    day: date
    at: time | None = None


@dataclass(frozen=True, slots=True)
class DayReader:
    """Reading of a table's days: `orders` by separator, as the table itself proves them."""

    zone: tzinfo
    time_format: str = ""
    orders: Mapping[str, Order] = field(default_factory=dict)

    def moment(self, name: str, text: str) -> Moment:
        """The moment that a cell of the column `name` holds. Raises ValueError(BAD_DATE)."""
        try:
            return self._moment(text)
        except (
            ValueError,
            OverflowError,
        ) as error:  # an end of the calendar has no day in every zone
            raise ValueError(BAD_DATE.format(name=name, text=text)) from error

    def _moment(self, text: str) -> Moment:
        if match := _YEAR_FIRST.fullmatch(text):
            year, _, month, day, *clock = match.groups()
            return self._of(int(year), int(month), int(day), clock)
        if self.time_format:
            return self._formatted(text)
        match = _YEAR_LAST.fullmatch(text)
        if match is None:
            raise ValueError(text)
        first, separator, second, year, *clock = match.groups()
        orders = possible_orders(int(first), int(second))
        order = self.orders.get(separator) if len(orders) > 1 else next(iter(orders), None)
        if first == second:
            order = Order.DAY_FIRST
        if order is None:
            raise ValueError(text)
        day, month = (first, second) if order is Order.DAY_FIRST else (second, first)
        return self._of(int(year), int(month), int(day), clock)

    def _formatted(self, text: str) -> Moment:
        try:
            return self._local(datetime.strptime(text, self.time_format))  # noqa: DTZ007 - wall time
        except ValueError:
            # A table of days may have times, and one of times days: the format says the order of both.
            day_format = self.time_format.split(" ")[0]
            return Moment(datetime.strptime(text.split(" ")[0], day_format).date())  # noqa: DTZ007

    def _local(self, moment: datetime) -> Moment:
        if moment.tzinfo is not None:
            moment = moment.astimezone(self.zone)
        has_time = any(f"%{letter}" in self.time_format for letter in "HIMSTcX")
        return Moment(moment.date(), moment.time() if has_time else None)

    def _of(self, year: int, month: int, day: int, clock: list[str | None]) -> Moment:
        hour, minute, second, half, offset = clock
        if hour is None:
            return Moment(date(year, month, day))
        hours = int(hour)
        if half is not None:
            if not 1 <= hours <= 12:
                raise ValueError(hour)
            hours = hours % 12 + 12 * (half.upper() == "PM")
        text = (
            f"{year:04}-{month:02}-{day:02}T{hours:02}:{minute}:{second or '00'}"
            f"{'+00:00' if offset in ('Z', 'z') else offset or ''}"
        )
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:  # a moment of the world: the day is the one at the ranch
            moment = moment.astimezone(self.zone)
        return Moment(moment.date(), moment.time())


def possible_orders(first: int, second: int) -> frozenset[Order]:
    """The orders in which two numbers can be a day and a month.

    Examples
    --------
    >>> sorted(possible_orders(15, 10)), len(possible_orders(9, 1))
    ([<Order.DAY_FIRST: 'day first'>], 2)
    """
    orders = set()
    if 1 <= second <= 12 and 1 <= first <= 31:
        orders.add(Order.DAY_FIRST)
    if 1 <= first <= 12 and 1 <= second <= 31:
        orders.add(Order.MONTH_FIRST)
    return frozenset(orders)


def proven_orders(texts: Iterable[str]) -> dict[str, Order]:
    """Of each separator the one order in which every day written with it can be read; none where two can, or none.

    Examples
    --------
    >>> proven_orders(["9/1/2025", "10/15/2025", "01.09.2025"])
    {'/': <Order.MONTH_FIRST: 'month first'>}
    """
    orders: dict[str, frozenset[Order]] = {}
    for text in texts:
        if match := _YEAR_LAST.fullmatch(text.strip()):
            first, separator, second = match.group(1, 2, 3)
            possible = possible_orders(int(first), int(second))
            orders[separator] = orders.get(separator, frozenset(Order)) & possible
    return {mark: next(iter(found)) for mark, found in orders.items() if len(found) == 1}


def require_time_format(text: str) -> None:
    """Raise ValueError where a --time-format names no day."""
    if text and not (
        any(year in text for year in ("%Y", "%y"))
        and any(month in text for month in ("%m", "%b", "%B"))
        and "%d" in text
    ):
        raise ValueError(BAD_TIME_FORMAT.format(text=text))
