"""Drawings of a survey: the days of one camera as a strip, and new deer against effort. Pure.

Numbers in, SVG out, in the page's colours by classes (surveys.css); what differs, differs in shape too.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from math import floor, log10
from typing import TYPE_CHECKING, Final

from thumper.pages.cameras.drawing import canvas, line, text

if TYPE_CHECKING:
    from collections.abc import Sequence

HEIGHT: Final = 12
"""Height of a strip, in the drawing's units; a day is one unit wide."""
WIDTH: Final = 640
TALL: Final = 276
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 628, 30, 230
_MOST_TICKS: Final = 5


class DayKind(StrEnum):
    """A camera's day: full height, half of it, a thin line, or nothing."""

    RAN = "ran"
    OUTAGE = "out"
    GAP = "gap"
    AWAY = "away"


_BANDS: Final = {DayKind.RAN: (0, HEIGHT), DayKind.OUTAGE: (4, 4), DayKind.GAP: (5, 2)}
"""Top and height of each kind."""


def strip_svg(days: Sequence[DayKind], label: str) -> str:
    """The days from the first to the last one, as wide as there is room."""
    drawing = canvas(len(days), HEIGHT, label, "strip")
    drawing.set("preserveAspectRatio", "none")
    paths: dict[DayKind, list[str]] = {kind: [] for kind in _BANDS}
    start = 0
    for kind, run in groupby(days):
        width = len(list(run))
        if kind in _BANDS:
            top, height = _BANDS[kind]
            paths[kind].append(f"M{start} {top}h{width}v{height}h-{width}z")
        start += width
    for kind, steps in paths.items():
        if steps:
            ET.SubElement(drawing, "path", {"d": "".join(steps), "class": kind.value})
    return ET.tostring(drawing, encoding="unicode")


@dataclass(frozen=True, slots=True)
class CurveWords:
    """Words of the curve, in the reader's language."""

    label: str
    across: str
    up: str


def curve_svg(points: Sequence[tuple[float, int]], words: CurveWords) -> str:
    """Different deer (up) against camera-days (across); the points in the order of time, the first one after (0, 0)."""
    most_days = max((days for days, _ in points), default=0.0) or 1.0
    most_deer = max((deer for _, deer in points), default=0) or 1

    def x(days: float) -> float:
        return round(_LEFT + days / most_days * (_RIGHT - _LEFT), 1)

    def y(deer: float) -> float:
        return round(_BOTTOM - deer / most_deer * (_BOTTOM - _TOP), 1)

    drawing = canvas(WIDTH, TALL, words.label, "curve")
    for tick in ticks(most_deer):
        line(drawing, _LEFT, y(tick), _RIGHT, y(tick), "grid")
        text(drawing, _LEFT - 6, y(tick) + 4, f"{tick}", "end")
    line(drawing, _LEFT, _BOTTOM, _RIGHT, _BOTTOM, "axis")
    for tick in ticks(most_days):
        line(drawing, x(tick), _BOTTOM, x(tick), _BOTTOM + 5, "axis")
        text(drawing, x(tick), _BOTTOM + 19, f"{tick}", "middle")
    text(drawing, _RIGHT, TALL - 8, words.across, "end")
    text(drawing, 4, _TOP - 14, words.up)
    places = [(x(0), y(0)), *((x(days), y(deer)) for days, deer in points)]
    at = " ".join(f"{left},{top}" for left, top in places)
    ET.SubElement(drawing, "polyline", {"points": at, "class": "line"})
    for left, top in places[1:]:
        ET.SubElement(drawing, "circle", {"cx": f"{left}", "cy": f"{top}", "r": "3"})
    return ET.tostring(drawing, encoding="unicode")


def ticks(most: float) -> list[int]:
    """Whole numbers from 0 to `most` in steps of 1, 2 or 5 and their tenfolds, at most five steps.

    >>> ticks(3), ticks(42), ticks(1300)
    ([0, 1, 2, 3], [0, 10, 20, 30, 40], [0, 500, 1000])
    """
    least = max(most / _MOST_TICKS, 1.0)
    decade = 10 ** floor(log10(least))
    step = next(factor * decade for factor in (1, 2, 5, 10) if factor * decade >= least)
    return list(range(0, floor(most) + 1, step))
