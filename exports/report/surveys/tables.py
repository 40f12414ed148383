"""Tables of a survey's report: text cells from its numbers. Pure; the template only draws them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from exports.report import wording
from exports.report.surveys.methods import METHODS, title_of
from exports.report.tables import MARKS, NUMBER, WORDS, Table
from reid.units import decimals

if TYPE_CHECKING:
    from exports.report.surveys.numbers import (
        Estimate,
        Identification,
        Interval,
        Rate,
        SurveyCamera,
        SurveyNumbers,
    )

RATIO: Final = "ratio"
CAPTURED, MISSED, IDLE = "\u25a0", "\u00b7", "-"
GROUP: Final = 10
"""Occasions between two gaps of a history."""
LONGEST_RULER: Final = 60
"""Occasions that fit in a line; a longer history is broken, and no ruler above it would be true."""
_CLASSES: Final = ("buck", "doe", "fawn")
_NUMBERS: Final = re.compile(r"(\d+)")
_DIGITS: Final = 12
_HOLDS: Final = {True: "yes", False: "no", None: "not known"}


def of_class(numbers: SurveyNumbers, of: str) -> Table:
    """The answers for a class (all, buck, doe or fawn) of every estimator that has one."""
    rows = [one for one in numbers.estimates if one.of == of and one.unit != RATIO]
    return Table(
        note="",
        head=("Estimator", "Number (95 %)", "Naive number (95 %)", "What to know"),
        rows=tuple(
            (
                title_of(one.estimator),
                _with_ends(one, one.honest_n, one.honest),
                _with_ends(one, one.n, one.naive),
                _sentence(one.note),
            )
            for one in rows
            if one.n is not None
        ),
        styles=(WORDS, NUMBER, NUMBER, WORDS),
    )


def reasons(numbers: SurveyNumbers, of: str) -> str:
    """Which estimators have no number for a class, and why: a sentence a reason."""
    estimators: dict[str, list[str]] = {}
    for one in numbers.estimates:
        if one.of == of and one.unit != RATIO and one.n is None:
            estimators.setdefault(one.why_not, []).append(title_of(one.estimator))
    sentences = (
        f"No number by {'; '.join(titles)}: {reason.rstrip('.')}."
        for reason, titles in estimators.items()
    )
    return " ".join(sentences)


def ratios(numbers: SurveyNumbers) -> Table:
    """Bucks and fawns per doe."""
    rows = [one for one in numbers.estimates if one.unit == RATIO]
    return Table(
        note="",
        head=("Ratio", "Value (95 %)", "What to know"),
        rows=tuple(
            (
                title_of(one.estimator),
                _with_ends(one, one.n, interval_of(one)),
                _sentence(one.note if one.n is not None else f"no number: {one.why_not}"),
            )
            for one in rows
        ),
        styles=(WORDS, NUMBER, WORDS),
    )


def interval_of(ratio: Estimate) -> Interval | None:
    """The interval of a ratio: it rests on no names, so the naive one holds."""
    return ratio.honest or ratio.naive


def ends(estimate: Estimate, interval: Interval | None) -> str:
    """Both ends of an interval, with the decimals of its number."""
    if interval is None:
        return wording.UNDEFINED
    low, high = (wording.decimal(end, _places(estimate)) for end in interval)
    return f"{low} or more" if interval[1] is None else f"{low} to {high}"


def effort(numbers: SurveyNumbers) -> Table:
    """A row a camera, numbered as on the map, with what was left out of its days and why."""
    return Table(
        note="A camera-day is a day on which the camera is known to have run (~ by its photographs, for want of a deployment). "
        "Days without effort are no days without deer.",
        head=("Camera", "Camera-days", "Left out, and why"),
        rows=tuple(
            (
                f"{number}. {one.name}",
                f"{'~' if one.is_estimated else ''}{wording.count(one.days)}",
                left_out(one) or "nothing",
            )
            for number, one in enumerate(numbers.cameras, 1)
        ),
        total=("All", wording.count(numbers.camera_days), ""),
        styles=(WORDS, NUMBER, WORDS),
    )


def left_out(camera: SurveyCamera) -> str:
    """Days of a camera that are no effort, each stretch with its reason."""
    return "; ".join(
        f"{wording.days(one.first, one.last)}: {one.reason}" for one in camera.left_out
    )


def accumulation(numbers: SurveyNumbers) -> Table:
    """A row an occasion: its first day, and camera-days and deer up to its end."""
    return Table(
        note="",
        head=("Occasion", "First day", "Camera-days so far", "Different deer so far"),
        rows=tuple(
            (str(number), wording.day(first), wording.decimal(days, 0), wording.count(deer))
            for number, (first, (days, deer)) in enumerate(
                zip(numbers.starts, numbers.accumulation, strict=True), 1
            )
        ),
        styles=(WORDS, NUMBER, NUMBER, NUMBER),
    )


def histories(numbers: SurveyNumbers) -> Table:
    """A row a deer, by class and name, with a mark for each occasion."""
    count = len(numbers.starts)
    rows = sorted(
        numbers.histories, key=lambda one: (_place_of(one.of), one.of, _as_read(one.deer))
    )
    return Table(
        note=f"{CAPTURED} captured on that occasion, {MISSED} not, {IDLE} no camera ran. Occasion 1 began on {wording.day(numbers.starts[0])}; "
        f"each has {numbers.occasion_days} days.",
        head=("Deer", "Captures", _ruler(count)),
        rows=tuple(
            (f"{one.deer} ({one.of})", str(len(one.captures)), _marks(one.captures, numbers.worked))
            for one in rows
        ),
        styles=(WORDS, NUMBER, MARKS),
    )


def identification(found: Identification) -> Table:
    """How often names are wrong, in three rates."""
    return Table(
        note=f"Measured on {wording.count(found.judged)} captures of this survey, drawn at random and judged by a person "
        "who did not see the name.",
        head=("Error", "Rate (95 %)", "What it is"),
        rows=(
            ("False matches", _rate(found.false_matches), "captures under another deer's name"),
            (
                "Missed matches",
                _rate(found.missed_matches),
                "deer that came again, and got a new name",
            ),
            ("Second names (ghosts)", _rate(found.ghosts), "names of a deer that has another name"),
        ),
        styles=(WORDS, NUMBER, WORDS),
    )


def assumptions(numbers: SurveyNumbers) -> Table:
    """What the estimates take for granted, and whether it holds."""
    return Table(
        note="",
        head=("Assumption", "Holds", "What the survey says of it"),
        rows=tuple(
            (one.name.capitalize(), _HOLDS[one.holds], one.sentence) for one in numbers.assumptions
        ),
        styles=(WORDS, NUMBER, WORDS),
    )


def methods(numbers: SurveyNumbers) -> Table:
    """How each estimator of the report works, in two lines, and its source."""
    used = {one.estimator for one in numbers.estimates}
    return Table(
        note="",
        head=("Estimator", "How it works", "Source"),
        rows=tuple(
            (method.title, method.how, method.source)
            for name, method in METHODS.items()
            if name in used
        ),
        styles=(WORDS, WORDS, WORDS),
    )


def _places(estimate: Estimate) -> int:
    """Of its number, and of both ends."""
    return decimals(estimate.n or 0, estimate.unit)


def _with_ends(estimate: Estimate, n: float | None, interval: Interval | None) -> str:
    if n is None:
        return wording.UNDEFINED
    number = wording.decimal(n, _places(estimate))
    return f"{number} ({ends(estimate, interval)})" if interval else number


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return wording.UNDEFINED
    return f"{rate.rate:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def _place_of(of: str) -> int:
    return _CLASSES.index(of) if of in _CLASSES else len(_CLASSES)


def _as_read(name: str) -> list[str]:
    """For an order in which Deer 9 comes before Deer 10."""
    return [
        part.zfill(_DIGITS) if part.isdigit() else part for part in _NUMBERS.split(name.casefold())
    ]


def _marks(captures: tuple[int, ...], worked: tuple[bool, ...]) -> str:
    idle = (MISSED if ran else IDLE for ran in worked)
    marks = "".join(CAPTURED if number in captures else mark for number, mark in enumerate(idle))
    return " ".join(marks[first : first + GROUP] for first in range(0, len(marks), GROUP))


def _ruler(count: int) -> str:
    """Numbers of the first occasion of each group, above it."""
    if count > LONGEST_RULER:
        return f"Occasions 1 to {count}"
    firsts = range(1, count + 1, GROUP)
    return "".join(str(first).ljust(GROUP + 1) for first in firsts).rstrip()
