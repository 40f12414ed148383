"""Comparison of two surveys by their documents: the same estimator of the same class in both, and whether the intervals meet. Pure.

Two 95 % intervals that do not meet differ beyond chance: apart by at least 1.96 (s1 + s2), which is more than the
1.96 sqrt(s1^2 + s2^2) of a test at 5 %. Of two that meet nothing follows (Schenker and Gentleman 2001, The American Statistician 55).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import inf
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_YEAR: Final = 365.25
SEASON_DAYS: Final = 31
"""Days of the year by which the middles of two surveys may differ and still be of one season."""
EFFORT_SHARE: Final = 0.25
"""Share of the larger effort by which two may differ and still be alike."""


class Relation(StrEnum):
    """What the intervals say of the second number: more or fewer beyond chance, or neither."""

    MORE = "more"
    FEWER = "fewer"
    OVERLAP = "overlap"


class Unlike(StrEnum):
    """Ways in which two surveys were not done alike, so that their numbers may differ without a deer more or fewer."""

    CAMERAS = "cameras"
    EFFORT = "effort"
    OCCASIONS = "occasions"
    BASIS = "basis"
    SEASON = "season"


@dataclass(frozen=True, slots=True)
class Side:
    """A number with its interval; `high` None: no upper end."""

    n: float
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One estimator of one class in both surveys. `is_honest`: both intervals bear the errors of identification."""

    estimator: str
    of: str
    unit: str
    before: Side
    after: Side
    is_honest: bool

    @property
    def difference(self) -> float:
        return self.after.n - self.before.n

    @property
    def relation(self) -> Relation:
        before, after = self.before, self.after
        if after.low > (inf if before.high is None else before.high):
            return Relation.MORE
        if before.low > (inf if after.high is None else after.high):
            return Relation.FEWER
        return Relation.OVERLAP


def pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Pair]:
    """Every estimator and class with a number and an interval in both documents, in the order of the first.

    Honest intervals where both have one; else the naive ones of both, so that like is compared with like.
    """
    others = {_key(row): row for row in after["estimates"]}
    found = []
    for row in before["estimates"]:
        other = others.get(_key(row))
        if other is None:
            continue
        is_honest = bool(row["interval"] and other["interval"])
        first, second = (_side(one, is_honest=is_honest) for one in (row, other))
        if first is not None and second is not None:
            found.append(Pair(*_key(row), first, second, is_honest))
    return found


def unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Unlike]:
    """How the two differ in the way they were done."""
    ran = [{one["name"] for one in item["cameras"] if one["days"]} for item in (before, after)]
    effort = [item["camera_days"] for item in (before, after)]
    middles = [_middle(item["period"]) for item in (before, after)]
    apart = abs(middles[0] - middles[1]) % _YEAR
    tests = {
        Unlike.CAMERAS: ran[0] != ran[1],
        Unlike.EFFORT: abs(effort[0] - effort[1]) > EFFORT_SHARE * max(effort),
        Unlike.OCCASIONS: before["occasions"]["days"] != after["occasions"]["days"],
        Unlike.BASIS: before["basis"] != after["basis"],
        Unlike.SEASON: min(apart, _YEAR - apart) > SEASON_DAYS,
    }
    return [name for name, is_so in tests.items() if is_so]


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["estimator"], row["class"], row["unit"]


def _side(row: Mapping[str, Any], *, is_honest: bool) -> Side | None:
    ends = row["interval"] if is_honest else row["naive_interval"]
    n = row["honest_n"] if is_honest and row["honest_n"] is not None else row["n"]
    return None if n is None or ends is None else Side(n, ends[0], ends[1])


def _middle(period: Mapping[str, str]) -> float:
    start, end = (date.fromisoformat(period[name]).toordinal() for name in ("start", "end"))
    return (start + end) / 2
