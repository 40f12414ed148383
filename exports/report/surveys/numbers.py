"""Numbers of a survey, read from the document that is stored with it (`Survey.result`). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Interval = tuple[float, float | None]
"""Low and high end, at 95 %; a high end of None: any number is possible."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that are no effort, both included, and why."""

    first: date
    last: date
    reason: str


@dataclass(frozen=True, slots=True)
class SurveyCamera:
    """A camera: days on which it ran, and what was left out.

    `place` is latitude and longitude in degrees, None where nobody said it. `is_estimated`: its days come from its photographs.
    """

    name: str
    days: int
    is_estimated: bool
    place: tuple[float, float] | None
    left_out: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of error, 0 to 1, with its 95 % interval."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Identification:
    """Rates of error in the names of captures, as `judged` captures showed them.

    `missed_matches` is None where no deer is known to have been captured twice.
    """

    judged: int
    false_matches: Rate
    missed_matches: Rate | None
    ghosts: Rate


@dataclass(frozen=True, slots=True)
class History:
    """A deer with the occasions, numbered from 0, on which it was captured."""

    deer: str
    of: str
    captures: tuple[int, ...]
    cameras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assumption:
    """What an estimate takes for granted; `holds` is None where it cannot be tested."""

    name: str
    holds: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimator's answer for one class: all, buck, doe or fawn.

    `n` and `naive` take every name for right; `honest_n` and `honest` carry the errors of identification. None: there is none,
    and `why_not` says why where there is no `n`. `unit`: deer, deer per km2 or ratio.
    """

    estimator: str
    of: str
    unit: str
    n: float | None
    naive: Interval | None
    honest_n: float | None
    honest: Interval | None
    note: str
    why_not: str


@dataclass(frozen=True, slots=True)
class SurveyNumbers:
    """Everything that a report on a survey says. `starts` are the first days of its occasions.

    `side`: the flank by which deer were told apart, where one alone counts, else empty.
    `accumulation` has camera-days and different deer up to the end of each occasion. `refused` says why there is no number of deer.
    """

    basis: str
    side: str
    habitat_km2: float | None
    occasion_days: int
    starts: tuple[date, ...]
    captures: int
    deer: int
    left_out_captures: int
    camera_days: int
    cameras: tuple[SurveyCamera, ...]
    identification: Identification | None
    histories: tuple[History, ...]
    accumulation: tuple[tuple[float, int], ...]
    assumptions: tuple[Assumption, ...]
    sentences: tuple[str, ...]
    estimates: tuple[Estimate, ...]
    refused: str

    @property
    def worked(self) -> tuple[bool, ...]:
        """Whether any camera ran on each occasion."""
        spent = [0.0, *(days for days, _ in self.accumulation)]
        return tuple(after > before for before, after in pairwise(spent))


def read(document: Mapping[str, Any]) -> SurveyNumbers:
    """The numbers of a survey's document. Raises ValueError where it is none."""
    try:
        return _read(document)
    except (KeyError, TypeError) as error:
        raise ValueError(f"this is no document of a survey's estimates: {error!r}") from error


def _read(document: Mapping[str, Any]) -> SurveyNumbers:
    found = document["identification"]
    return SurveyNumbers(
        basis=document["basis"],
        side=document["side"] or "",
        habitat_km2=document["habitat_km2"],
        occasion_days=document["occasions"]["days"],
        starts=tuple(date.fromisoformat(text) for text in document["occasions"]["starts"]),
        captures=document["captures"],
        deer=document["deer"],
        left_out_captures=document["left_out_captures"],
        camera_days=document["camera_days"],
        cameras=tuple(_camera(item) for item in document["cameras"]),
        identification=None if found is None else _identification(found),
        histories=tuple(
            History(item["deer"], item["class"], tuple(item["captures"]), tuple(item["cameras"]))
            for item in document["histories"]
        ),
        accumulation=tuple(
            (item["camera_days"], item["deer"]) for item in document["accumulation"]
        ),
        assumptions=tuple(
            Assumption(item["name"], item["holds"], item["sentence"])
            for item in document["assumptions"]
        ),
        sentences=tuple(document["sentences"]),
        estimates=tuple(_estimate(item) for item in document["estimates"]),
        refused=document["refused"] or "",
    )


def _camera(item: Mapping[str, Any]) -> SurveyCamera:
    place = item["place"]
    return SurveyCamera(
        name=item["name"],
        days=item["days"],
        is_estimated=item["estimated"],
        place=None if place is None else (place[0], place[1]),
        left_out=tuple(
            Stretch(
                date.fromisoformat(row["first"]), date.fromisoformat(row["last"]), row["reason"]
            )
            for row in item["left_out"]
        ),
    )


def _identification(item: Mapping[str, Any]) -> Identification:
    missed = item["missed_matches"]
    return Identification(
        judged=item["judged"],
        false_matches=_rate(item["false_matches"]),
        missed_matches=None if missed is None else _rate(missed),
        ghosts=_rate(item["ghosts"]),
    )


def _rate(item: Mapping[str, Any]) -> Rate:
    return Rate(item["rate"], item["low"], item["high"])


def _estimate(item: Mapping[str, Any]) -> Estimate:
    return Estimate(
        estimator=item["estimator"],
        of=item["class"],
        unit=item["unit"],
        n=item["n"],
        naive=_interval(item["naive_interval"]),
        honest_n=item["honest_n"],
        honest=_interval(item["interval"]),
        note=item["note"],
        why_not=item["why_not"],
    )


def _interval(ends: list[float | None] | None) -> Interval | None:
    if ends is None or ends[0] is None:
        return None
    return ends[0], ends[1]
