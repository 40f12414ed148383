"""Days: those of a stretch, stretches of them, and gaps, on which a camera stood in the field and took nothing though no outage is known. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

LEAST_DAYS: Final = 7
"""Days without a photograph, from which on they are a gap."""
DAY: Final = timedelta(days=1)
LEFT_OUT: Final = (
    "{count:more day|more days} on which a deer with a name was at a camera: left out, since the camera was not running as far as "
    "anyone knows, or the day came after the last whole occasion."
)
"""Of the days that a survey does not count; a template of `reid.wording.Number`."""


def days_of(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included.

    Examples
    --------
    >>> [day.day for day in days_of(date(2025, 2, 27), date(2025, 3, 1))]
    [27, 28, 1]
    """
    for number in range((last - first).days + 1):
        yield first + number * DAY


def runs_of(days: Sequence[date]) -> list[tuple[date, date]]:
    """Days in order as intervals, both ends included, without a hole in any."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and day - runs[-1][1] == DAY:
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return runs


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from the first to the last one, both inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def gaps(
    taken: Collection[date],
    runs: Sequence[Span],
    outages: Sequence[Span],
    *,
    least: int = LEAST_DAYS,
) -> list[Span]:
    """Stretches of at least so many days within `runs` with neither a photograph nor an outage, oldest first.

    Where no run is known, the camera is taken to have run from its first photograph to its last.

    Examples
    --------
    >>> march = [Span(date(2026, 3, 1), date(2026, 3, 31))]
    >>> [str(gap.first) for gap in gaps({date(2026, 3, 1), date(2026, 3, 20)}, march, [])]
    ['2026-03-02', '2026-03-21']
    """
    if not runs and taken:
        runs = [Span(min(taken), max(taken))]
    seen = set(taken)
    found = (gap for run in sorted(runs) for gap in _empty(run, seen, outages))
    return [gap for gap in found if gap.days >= least]


def _empty(run: Span, taken: set[date], outages: Sequence[Span]) -> Iterator[Span]:
    first: date | None = None
    day = run.first
    while day <= run.last:
        is_full = day in taken or any(out.first <= day <= out.last for out in outages)
        if is_full and first is not None:
            yield Span(first, day - DAY)
            first = None
        elif not is_full and first is None:
            first = day
        day += DAY
    if first is not None:
        yield Span(first, run.last)
