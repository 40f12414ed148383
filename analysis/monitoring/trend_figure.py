"""Trend figure of the history: a control chart of the assignment rate, and PSI below it. Pure: points in, SVG out.

Written for a page: its own text, the page's colour, no library. What differs, differs in shape or dashes, so
that it can be read in black and white. Each point shows its figures when the pointer is on it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from analysis.stats.drift import PSI_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WIDTH: Final = 760
LEFT: Final = 52
RIGHT: Final = 748
MOST_DAYS: Final = 7
LEAST_PSI: Final = 0.4
"""The top of the PSI axis, where nothing is higher."""
_STEPS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_DASHES: Final = {"limit": "6 3", "chance": "2 3", "all": "1 3"}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A snapshot. Rates are shares of 1; what was not judged is None. `rate` is of the sample, `all` of all."""

    day: date
    rate: float | None = None
    trials: int = 0
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    psi: float | None = None
    bound: float | None = None
    all: float | None = None
    starts_baseline: bool = False

    @property
    def has_fallen(self) -> bool:
        return self.rate is not None and self.lower is not None and self.rate < self.lower

    @property
    def has_drifted(self) -> bool:
        return self.psi is not None and self.psi > max(PSI_LIMIT, self.bound or 0.0)


def trend_svg(points: Sequence[TrendPoint]) -> str:
    """Two panels over the same days, oldest point first. Raises ValueError where there is none."""
    if not points:
        raise ValueError("there is no snapshot to draw")
    drawing = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} 430",
            "role": "img",
            "aria-label": "Assignment rate with its control limits, and PSI of the scores, by day",
            "fill": "none",
            "stroke": "currentColor",
            "font-size": "12",
        },
    )
    days = _Days(points)
    _legend(drawing)
    _rates(_Panel(drawing, days, top=60, bottom=240, highest=1.0), points)
    highest = max(LEAST_PSI, *(1.1 * max(point.psi or 0.0, point.bound or 0.0) for point in points))
    _stability(_Panel(drawing, days, top=285, bottom=385, highest=highest), points)
    days.draw(drawing, 405)
    return ET.tostring(drawing, encoding="unicode")


class _Days:
    """The horizontal axis of days; a single day lies in the middle."""

    def __init__(self, points: Sequence[TrendPoint]) -> None:
        self.first, self.last = points[0].day, points[-1].day

    def x(self, day: date) -> float:
        span = (self.last - self.first).days
        share = (day - self.first).days / span if span else 0.5
        return LEFT + 12 + share * (RIGHT - LEFT - 24)

    def draw(self, drawing: ET.Element, y: int) -> None:
        span = (self.last - self.first).days
        step = max(1, -(-span // (MOST_DAYS - 1)))
        for ahead in range(0, span + 1, step):
            day = self.first + timedelta(days=ahead)
            _text(drawing, self.x(day), y, day.isoformat(), anchor="middle")


class _Panel:
    """One pair of axes, from 0 at the bottom to `highest` at the top."""

    def __init__(
        self, drawing: ET.Element, days: _Days, *, top: int, bottom: int, highest: float
    ) -> None:
        self.drawing, self.days = drawing, days
        self.top, self.bottom, self.highest = top, bottom, highest

    def y(self, value: float) -> float:
        return self.bottom - value / self.highest * (self.bottom - self.top)

    def axis(self, title: str, ticks: Sequence[float], label: Callable[[float], str]) -> None:
        _text(self.drawing, LEFT, self.top - 10, title, weight="bold")
        for tick in ticks:
            y = self.y(tick)
            _line(self.drawing, LEFT, y, RIGHT, y, opacity="0.15")
            _text(self.drawing, LEFT - 6, y + 4, label(tick), anchor="end")

    def steps(
        self, points: Sequence[TrendPoint], value: Callable[[TrendPoint], float | None], dash: str
    ) -> None:
        """A level for each judged point, halfway to its neighbours; broken where there is none."""
        for start, end, point in self._spans(points):
            level = value(point)
            if level is not None:
                _line(self.drawing, start, self.y(level), end, self.y(level), dash=dash)

    def _spans(self, points: Sequence[TrendPoint]) -> Iterator[tuple[float, float, TrendPoint]]:
        sampled = [point for point in points if point.trials]
        xs = [self.days.x(point.day) for point in sampled]
        for at, point in enumerate(sampled):
            start = (xs[at - 1] + xs[at]) / 2 if at else xs[at] - 12
            end = (xs[at] + xs[at + 1]) / 2 if at + 1 < len(xs) else xs[at] + 12
            yield start, end, point

    def path(self, points: Sequence[tuple[date, float]], dash: str = "") -> None:
        if len(points) > 1:
            at = " ".join(f"{self.days.x(day):.1f},{self.y(value):.1f}" for day, value in points)
            ET.SubElement(self.drawing, "polyline", {"points": at, "stroke-dasharray": dash})

    def mark(self, day: date, value: float, label: str, *, is_alert: bool) -> None:
        """A dot; an alert is a large triangle."""
        x, y = self.days.x(day), self.y(value)
        if is_alert:
            corners = f"{x - 8:.1f},{y - 7:.1f} {x + 8:.1f},{y - 7:.1f} {x:.1f},{y + 8:.1f}"
            mark = ET.SubElement(
                self.drawing, "polygon", {"points": corners, "class": "alert"} | _FILLED
            )
        else:
            mark = ET.SubElement(
                self.drawing, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "4"} | _FILLED
            )
        ET.SubElement(mark, "title").text = label


_FILLED: Final = {"fill": "currentColor"}


def _rates(panel: _Panel, points: Sequence[TrendPoint]) -> None:
    panel.axis("Assignment rate", (0, 0.25, 0.5, 0.75, 1.0), lambda tick: f"{tick:.0%}")
    for point in points:
        if point.starts_baseline:
            x = panel.days.x(point.day)
            _line(panel.drawing, x, panel.top, x, panel.bottom, opacity="0.5")
            _text(panel.drawing, x + 4, panel.bottom - 5, "baseline")
    panel.path([(point.day, point.all) for point in points if point.all is not None], "1 3")
    panel.steps(points, lambda point: point.centre, "")
    panel.steps(points, lambda point: point.lower, _DASHES["limit"])
    panel.steps(points, lambda point: point.upper, _DASHES["limit"])
    panel.path([(point.day, point.rate) for point in points if point.rate is not None])
    for point in points:
        if point.rate is not None:
            low, high = (
                "none" if limit is None else f"{limit:.1%}" for limit in (point.lower, point.upper)
            )
            label = f"{point.day}: {point.rate:.1%} of {point.trials}, limits {low} and {high}"
            panel.mark(point.day, point.rate, label, is_alert=point.has_fallen)


def _stability(panel: _Panel, points: Sequence[TrendPoint]) -> None:
    step = next((size for size in _STEPS if panel.highest <= 5 * size), _STEPS[-1])
    ticks = [step * number for number in range(int(panel.highest / step) + 1)]
    panel.axis("PSI of best scores", ticks, lambda tick: f"{tick:.1f}")
    y = panel.y(PSI_LIMIT)
    _line(panel.drawing, LEFT, y, RIGHT, y, dash=_DASHES["limit"])
    panel.steps(points, lambda point: point.bound, _DASHES["chance"])
    panel.path([(point.day, point.psi) for point in points if point.psi is not None])
    for point in points:
        if point.psi is not None:
            label = f"{point.day}: PSI {point.psi:.2f}, chance explains {point.bound or 0.0:.2f}"
            panel.mark(point.day, point.psi, label, is_alert=point.has_drifted)


def _legend(drawing: ET.Element) -> None:
    x: float = LEFT
    for name, dash, words in (
        ("dot", "", "new sightings"),
        ("alert", "", "alert"),
        ("line", "", "usual"),
        ("line", _DASHES["limit"], "limit"),
        ("line", _DASHES["chance"], "chance"),
        ("line", _DASHES["all"], "all sightings"),
    ):
        if name == "dot":
            ET.SubElement(drawing, "circle", {"cx": f"{x + 12}", "cy": "16", "r": "4"} | _FILLED)
        elif name == "alert":
            corners = f"{x + 4},9 {x + 20},9 {x + 12},24"
            ET.SubElement(drawing, "polygon", {"points": corners} | _FILLED)
        else:
            _line(drawing, x, 16, x + 24, 16, dash=dash)
        _text(drawing, x + 30, 20, words)
        x += 48 + 6.6 * len(words)


def _line(
    drawing: ET.Element,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    *,
    dash: str = "",
    opacity: str = "1",
) -> None:
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    ET.SubElement(drawing, "line", ends | {"stroke-dasharray": dash, "stroke-opacity": opacity})


def _text(
    drawing: ET.Element,
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
) -> None:
    text = ET.SubElement(
        drawing,
        "text",
        {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "text-anchor": anchor,
            "font-weight": weight,
            "stroke": "none",
        }
        | _FILLED,
    )
    text.text = words
