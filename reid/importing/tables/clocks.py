"""Clock readings in tables: dates in the order in which the table writes them, times of twelve hours. Pure.

The order of day and month is never guessed: a table that leaves it open is refused, with what to type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Iterable

OPEN_ORDER: Final = (
    "{source}: the time {text!r} (line {line}) is {readings}, and no line of the table decides: "
    "give {formats}."
)
TWO_ORDERS: Final = (
    "{source}: line {line} has the date {text!r} and line {other_line} {other!r}: "
    "no order of day, month and year fits both. Write them alike, as 2025-10-01 14:30:00."
)
NO_FORMAT: Final = "--time-format {text!r} has no {what}: give it as for strptime, for example '%d/%m/%Y %H:%M:%S'."
NOT_IN_FORMAT: Final = "the time {text!r} is not written as --time-format {layout!r} says"
DAY_NUMBER: Final = (
    "the time {text!r} is a spreadsheet's day number: format its column as a date and time"
)

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_TIME: Final = (
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?:[:.m](?P<second>\d\d)(?:[.,]\d+)?s?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?\s*(?P<offset>Z|[+-]\d\d:?\d\d)?"
)
_BY_NUMBERS: Final = re.compile(
    rf"(?P<a>\d{{1,4}})(?P<by>[-/.:])(?P<b>\d{{1,2}})(?P=by)(?P<c>\d{{1,4}}),?[T\s]+{_TIME}",
    re.IGNORECASE | re.ASCII,
)
_BY_NAME: Final = re.compile(
    r"(?:(?P<day>\d{1,2})[-\s./](?P<month>[A-Za-z]{3,9})\.?[-\s,./]+|(?P<month2>[A-Za-z]{3,9})\.?\s(?P<day2>\d{1,2}),?\s)"
    rf"(?P<year>\d{{4}}),?[T\s]+{_TIME}",
    re.IGNORECASE | re.ASCII,
)


class Order(StrEnum):
    """Order of a date's parts."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


@dataclass(frozen=True, slots=True)
class Clock:
    """Reading of one table's times: `order` of its dates where it has any that need one."""

    time_format: str = ""
    order: Order | None = None

    def read(self, text: str) -> str:
        """The time as ISO 8601; what is no time of a kind known here comes back as it is, for others to judge.

        Raises ValueError where --time-format does not fit.
        """
        if not text:
            return ""
        if self.time_format:
            try:
                return datetime.strptime(text, self.time_format).isoformat(sep=" ")  # noqa: DTZ007 - a camera's clock
            except ValueError:
                problem = NOT_IN_FORMAT.format(text=text, layout=self.time_format)
                raise ValueError(problem) from None
        if re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
            raise ValueError(DAY_NUMBER.format(text=text))
        if match := _BY_NUMBERS.fullmatch(text):
            orders = [self.order] if self.order and len(match["a"]) < 4 else _orders(match)
            days = [day for order in orders if order and (day := _day(match, order))]
            return _iso(days[0], match) if days else text
        if match := _BY_NAME.fullmatch(text):
            day = _named_day(match)
            return _iso(day, match) if day else text
        return text


@dataclass(slots=True)
class OrderFinder:
    """Evidence about the order of day and month, gathered from all times of a table."""

    source: str
    time_format: str = ""
    possible: frozenset[Order] = frozenset(Order)
    decided_by: tuple[int, str] | None = None
    _open: list[tuple[int, str]] = field(default_factory=list)

    def see(self, line: int, text: str) -> None:
        """Take one time into account. Raises SourceProblem where it contradicts those before it."""
        if self.time_format or text[:4].isdigit():  # the year comes first
            return
        match = _BY_NUMBERS.fullmatch(text)
        if match is None or len(match["a"]) > 2:
            return
        orders = frozenset(order for order in _orders(match) if _day(match, order))
        if not orders:
            return
        if not self.possible & orders:
            other_line, other = self.decided_by or (line, text)
            raise SourceProblem(
                TWO_ORDERS.format(
                    source=self.source, line=other_line, text=other, other_line=line, other=text
                )
            )
        if not self.possible <= orders:
            self.decided_by = (line, text)
        self.possible &= orders
        if len({_day(match, order) for order in orders}) > 1 and len(self._open) < 1_000:
            self._open.append((line, text))

    def clock(self) -> Clock:
        """Raises SourceProblem where the order stays open and makes a difference."""
        if self.time_format:
            _require_format(self.time_format)
        if len(self.possible) == 1:
            return Clock(self.time_format, next(iter(self.possible)))
        for line, text in self._open:
            match = _BY_NUMBERS.fullmatch(text)
            if match is None:
                continue
            orders = [order for order in _orders(match) if order in self.possible]
            days = {order: day for order in orders if (day := _day(match, order))}
            if len(set(days.values())) > 1:
                readings = " or ".join(f"{day.day} {day:%B %Y}" for day in days.values())
                formats = " or ".join(f"--time-format '{_layout(match, order)}'" for order in days)
                raise SourceProblem(
                    OPEN_ORDER.format(
                        source=self.source, text=text, line=line, readings=readings, formats=formats
                    )
                )
        return Clock(self.time_format)


def find_clock(times: Iterable[tuple[int, str]], source: str, time_format: str = "") -> Clock:
    """How the times, each with its line, are to be read. Raises SourceProblem."""
    finder = OrderFinder(source, time_format)
    for line, text in times:
        finder.see(line, text)
    return finder.clock()


def joined(day: str, time: str) -> str:
    """A date and a time of day from two cells; a workbook's day comes with a midnight, which is none."""
    return f"{day.removesuffix(' 00:00:00')} {time}".strip() if day and time else ""


def _require_format(time_format: str) -> None:
    fields = set(re.findall(r"%-?([A-Za-z])", time_format))
    if not fields & set("HIcXTRs"):
        raise SourceProblem(NO_FORMAT.format(text=time_format, what="time of day (%H or %I)"))
    if not fields & set("YycxFDs"):
        raise SourceProblem(NO_FORMAT.format(text=time_format, what="year (%Y or %y)"))
    if not fields & set("dejcxFDs"):
        raise SourceProblem(NO_FORMAT.format(text=time_format, what="day (%d)"))
    try:
        datetime.strptime("", time_format)  # noqa: DTZ007 - it is the format that is tried
    except ValueError as error:
        if "bad directive" in str(error) or "stray" in str(error):
            what = "meaning to strptime"
            raise SourceProblem(NO_FORMAT.format(text=time_format, what=what)) from error


def _orders(match: re.Match[str]) -> list[Order]:
    if len(match["a"]) == 4:
        return [Order.YEAR_FIRST]
    if len(match["c"]) == 4:
        return [Order.DAY_FIRST, Order.MONTH_FIRST]
    return [Order.DAY_FIRST, Order.MONTH_FIRST, Order.YEAR_FIRST]


def _day(match: re.Match[str], order: Order) -> date | None:
    a, b, c = match["a"], match["b"], match["c"]
    match order:
        case Order.DAY_FIRST:
            year, month, day = c, b, a
        case Order.MONTH_FIRST:
            year, month, day = c, a, b
        case Order.YEAR_FIRST:
            year, month, day = a, b, c
    if len(year) not in (2, 4) or len(day) > 2:
        return None
    try:
        return date(_full(year), int(month), int(day))
    except ValueError:
        return None


def _full(year: str) -> int:
    """The year that two digits mean to strptime, so that a format gives what is read without one."""
    if len(year) == 4:
        return int(year)
    return int(year) + (1900 if int(year) >= 69 else 2000)


def _named_day(match: re.Match[str]) -> date | None:
    month = _MONTHS.get((match["month"] or match["month2"])[:3].lower())
    try:
        return (
            date(int(match["year"]), month, int(match["day"] or match["day2"])) if month else None
        )
    except ValueError:
        return None


def _iso(day: date, match: re.Match[str]) -> str:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return match[0]
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    time = f"{hour:02}:{match['minute']}:{match['second'] or '00'}"
    return f"{day.isoformat()} {time}{match['offset'] or ''}"


def _layout(match: re.Match[str], order: Order) -> str:
    """The strptime format of the time, read in that order."""
    year = {Order.YEAR_FIRST: match["a"]}.get(order, match["c"])
    parts = {"d": "%d", "m": "%m", "y": "%Y" if len(year) == 4 else "%y"}
    text = match[0]
    between = text[match.end("c") : match.start("hour")]
    time = "%I:%M" if match["half"] else "%H:%M"
    if match["second"]:
        time += ":%S"
    if match["half"]:
        time += (
            text[
                match.end("second") if match["second"] else match.end("minute") : match.start(
                    "half"
                )
            ]
            + "%p"
        )
    return match["by"].join(parts[part] for part in order.value) + between + time
