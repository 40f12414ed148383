"""Days and effort of a report: the days of a period, its parts, and the days on which cameras ran. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exports.report.counting.summary import Effort
from exports.requests.specs import GroupBy
from reid.cameras.days import DAY, days_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from datetime import date

    from exports.requests.specs import ReportPeriod


@dataclass(frozen=True, slots=True)
class Watch:
    """The days of the period on which a camera ran, and whether they are estimated from its images."""

    name: str
    days: Set[date]
    estimated: bool


def watched_days(
    runs: Iterable[tuple[date, date | None]],
    period: ReportPeriod,
    today: date,
    outages: Iterable[tuple[date, date]] = (),
) -> frozenset[date]:
    """The days of a period on which a camera ran.

    Parameters
    ----------
    runs
        First and last day of each run, both inclusive; an open run (None) lasts until `today`.
    period
        The period that the days are cut to.
    today
        The local day at the ranch.
    outages
        First and last day of each interval in which the camera did not work, both inclusive.

    Returns
    -------
    frozenset of date
        Each day once, however many runs hold it; none of an outage.

    Examples
    --------
    >>> from exports.requests.specs import ReportPeriod
    >>> october = ReportPeriod("October", date(2025, 10, 1), date(2025, 10, 31))
    >>> runs = [(date(2025, 9, 1), date(2025, 10, 2)), (date(2025, 10, 2), None)]
    >>> len(watched_days(runs, october, today=date(2025, 10, 5)))
    5
    >>> outage = (date(2025, 10, 4), date(2025, 10, 9))
    >>> len(watched_days(runs, october, today=date(2025, 10, 5), outages=[outage]))
    3
    """
    ran = {
        day
        for start, end in runs
        for day in days_of(max(start, period.start), min(end or today, period.end))
    }
    return frozenset(day for day in ran if not any(first <= day <= last for first, last in outages))


def spans(period: ReportPeriod, group_by: GroupBy) -> list[tuple[date, date]]:
    """The days, weeks or months of a period.

    Parameters
    ----------
    period
        The period that is divided.
    group_by
        The unit; a week begins on Monday.

    Returns
    -------
    list of (date, date)
        First and last day of each part, both inclusive, in order and clipped to the period: together they are it.

    Examples
    --------
    >>> from exports.requests.specs import ReportPeriod
    >>> rut = ReportPeriod("Rut", date(2025, 10, 30), date(2025, 11, 2))
    >>> [(first.day, last.day) for first, last in spans(rut, GroupBy.MONTH)]
    [(30, 31), (1, 2)]
    """
    starts = [
        day
        for day in days_of(period.start, period.end)
        if day == period.start
        or group_by is GroupBy.DAY
        or (group_by is GroupBy.WEEK and day.weekday() == 0)
        or (group_by is GroupBy.MONTH and day.day == 1)
    ]
    ends = [start - DAY for start in starts[1:]] + [period.end]
    return list(zip(starts, ends, strict=True))


def effort(watches: Iterable[Watch]) -> Effort:
    """The camera-days of some cameras together; estimated where one camera's that ran is.

    Examples
    --------
    >>> days = frozenset({date(2025, 10, 1), date(2025, 10, 2)})
    >>> effort([Watch("North", days, estimated=False), Watch("South", days, estimated=True)])
    Effort(camera_days=4, estimated=True)
    """
    active = [watch for watch in watches if watch.days]
    return Effort(sum(len(watch.days) for watch in active), any(one.estimated for one in active))
