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

from analysis.surveys.estimating.figures import CHAO

if TYPE_CHECKING:
    from collections.abc import Mapping

_YEAR: Final = 365.25
SEASON_DAYS: Final = 31
"""Days of the year by which the middles of two surveys may differ and still be of one season."""
EFFORT_SHARE: Final = 0.25
"""Share of the larger effort by which two may differ and still be alike."""


class Relation(StrEnum):
    """What the intervals say of the second number: more or fewer beyond chance, or neither, since they meet or one takes every name for right."""

    MORE = "more"
    FEWER = "fewer"
    OVERLAP = "overlap"
    UNCHECKED = "unchecked"


class Unlike(StrEnum):
    """Ways in which two surveys were not done alike, so that their numbers may differ without a deer more or fewer."""

    CAMERAS = "cameras"
    EFFORT = "effort"
    OCCASIONS = "occasions"
    BASIS = "basis"
    SEASON = "season"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Side:
    """A number with its interval as the survey's own page has them; `high` None: no upper end. `is_honest`: it bears the errors of identification."""

    n: float
    low: float
    high: float | None
    is_honest: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One estimator of one class in both surveys."""

    estimator: str
    of: str
    unit: str
    before: Side
    after: Side

    @property
    def relation(self) -> Relation:
        before, after = self.before, self.after
        is_more = after.low > (inf if before.high is None else before.high)
        is_fewer = before.low > (inf if after.high is None else after.high)
        if not is_more and not is_fewer:
            return Relation.OVERLAP
        if not before.is_honest or not after.is_honest:
            return Relation.UNCHECKED
        return Relation.MORE if is_more else Relation.FEWER


def pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Pair]:
    """Every estimator and class with a number and an interval in both documents, in the order of the first.

    Each with its honest interval where it has one, else with the naive one, of which nothing follows. Lower bounds are not
    among them: two bounds say nothing of the numbers above them.
    """
    others = {_key(row): row for row in after["estimates"]}
    found = []
    for row in before["estimates"]:
        if row["estimator"] == CHAO:
            continue
        other = others.get(_key(row))
        if other is None:
            continue
        first, second = _side(row), _side(other)
        if first is not None and second is not None:
            found.append(Pair(*_key(row), first, second))
    return found


def shared_days(before: Mapping[str, Any], after: Mapping[str, Any]) -> int:
    """Days that lie in both periods, where a camera ran in both surveys: the same captures may count in both."""
    if not set.intersection(*_ran(before, after)):
        return 0
    periods = [_days_of(item["period"]) for item in (before, after)]
    first, last = max(start for start, _ in periods), min(end for _, end in periods)
    return max(0, last - first + 1)


def unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Unlike]:
    """How the two differ in the way they were done."""
    ran = _ran(before, after)
    effort = [item["camera_days"] for item in (before, after)]
    middles = [_middle(item["period"]) for item in (before, after)]
    apart = abs(middles[0] - middles[1]) % _YEAR
    tests = {
        Unlike.CAMERAS: ran[0] != ran[1],
        Unlike.EFFORT: abs(effort[0] - effort[1]) > EFFORT_SHARE * max(effort),
        Unlike.OCCASIONS: before["occasions"]["days"] != after["occasions"]["days"],
        Unlike.BASIS: before["basis"] != after["basis"],
        Unlike.SEASON: min(apart, _YEAR - apart) > SEASON_DAYS,
        Unlike.SIDE: before.get("side") != after.get("side"),
    }
    return [name for name, is_so in tests.items() if is_so]


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["estimator"], row["class"], row["unit"]


def _side(row: Mapping[str, Any]) -> Side | None:
    is_honest = bool(row["interval"])
    ends = row["interval"] or row["naive_interval"]
    n = row["n"] if row["honest_n"] is None else row["honest_n"]
    return None if n is None or ends is None else Side(n, ends[0], ends[1], is_honest)


def _ran(*documents: Mapping[str, Any]) -> list[set[str]]:
    """Of each survey the cameras that ran."""
    return [{one["name"] for one in item["cameras"] if one["days"]} for item in documents]


def _days_of(period: Mapping[str, str]) -> tuple[int, int]:
    start, end = (date.fromisoformat(period[name]).toordinal() for name in ("start", "end"))
    return start, end


def _middle(period: Mapping[str, str]) -> float:
    return sum(_days_of(period)) / 2
