"""Drawing of one camera's year: when it stood in the field, when it was silent, and its photographs a day. Pure.

Numbers in, SVG out, in the page's colours by classes (cameras.css); what differs, differs in shape too.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reid.cameras.days import Span

WIDTH: Final = 760
LEFT: Final = 44
RIGHT: Final = 752
_RUNS, _BARS_TOP, _BARS_BOTTOM, _HEIGHT = 16, 54, 174, 200
_STRIP: Final = 14
"""Height of the strip of deployments, in the drawing's units."""


@dataclass(frozen=True, slots=True)
class YearWords:
    """Words of the drawing, in the reader's language."""

    label: str
    in_field: str
    a_day: str
    months: Sequence[str]
    """Twelve short names."""


def year_svg(
    year: int,
    a_day: Mapping[date, int],
    runs: Sequence[Span],
    outages: Sequence[Span],
    gaps: Sequence[Span],
    words: YearWords,
) -> str:
    """One year: a strip of deployments with outages (hatched) and gaps (framed) on it, and a bar for each day."""
    drawing = canvas(WIDTH, _HEIGHT, words.label, "year")
    days = _Days(year)
    _hatching(drawing)
    text(drawing, LEFT, _RUNS - 5, words.in_field)
    for kind, spans in (("run", runs), ("out", outages), ("gap", gaps)):
        for span in spans:
            _strip(drawing, days, span, kind)
    text(drawing, LEFT, _BARS_TOP - 8, words.a_day)
    _bars(drawing, days, a_day)
    for month, name in enumerate(words.months, 1):
        x = days.x(date(year, month, 1))
        line(drawing, x, _BARS_BOTTOM, x, _BARS_BOTTOM + 5)
        text(drawing, x + 3, _BARS_BOTTOM + 15, name)
    return ET.tostring(drawing, encoding="unicode")


class _Days:
    """The horizontal axis: one year, from its first day to its last."""

    def __init__(self, year: int) -> None:
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        self.step = (RIGHT - LEFT) / ((self.last - self.first).days + 1)

    def x(self, day: date) -> float:
        return round(LEFT + (day - self.first).days * self.step, 1)

    def clipped(self, span: Span) -> tuple[float, float] | None:
        """Left edge and width of the part in this year."""
        first, last = max(span.first, self.first), min(span.last, self.last)
        if last < first:
            return None
        left = self.x(first)
        return left, round(
            self.x(last + timedelta(days=1)) - left, 1
        ) if last < self.last else RIGHT - left


def _strip(drawing: ET.Element, days: _Days, span: Span, kind: str) -> None:
    if (place := days.clipped(span)) is None:
        return
    left, width = place
    attributes = {"x": f"{left}", "y": f"{_RUNS}", "width": f"{width}", "height": f"{_STRIP}"}
    ET.SubElement(drawing, "rect", attributes | {"class": kind})


def _bars(drawing: ET.Element, days: _Days, a_day: Mapping[date, int]) -> None:
    here = {day: n for day, n in a_day.items() if days.first <= day <= days.last}
    most = max(here.values(), default=0)
    line(drawing, LEFT, _BARS_BOTTOM, RIGHT, _BARS_BOTTOM)
    text(drawing, LEFT - 6, _BARS_BOTTOM, "0", anchor="end")
    if not most:
        return
    text(drawing, LEFT - 6, _BARS_TOP + 4, f"{most}", anchor="end")
    line(drawing, LEFT, _BARS_TOP, RIGHT, _BARS_TOP, kind="grid")
    width = f"{max(days.step - 0.3, 0.8):.2f}"
    steps = []
    for day, number in sorted(here.items()):
        height = round(number / most * (_BARS_BOTTOM - _BARS_TOP), 1)
        steps.append(f"M{days.x(day)} {_BARS_BOTTOM}v-{height}h{width}v{height}z")
    # One path: a rectangle for each day of a year would be most of the page's weight.
    ET.SubElement(drawing, "path", {"d": "".join(steps), "class": "bars"})


def _hatching(drawing: ET.Element) -> None:
    pattern = ET.SubElement(
        drawing,
        "pattern",
        {"id": "out", "width": "6", "height": "6", "patternUnits": "userSpaceOnUse"},
    )
    ET.SubElement(pattern, "path", {"d": "M-1 1l2-2M0 6l6-6M5 7l2-2", "class": "hatch"})


def canvas(width: int, height: int, label: str, kind: str) -> ET.Element:
    """An empty drawing in its own units, with the label that says what it shows; `kind` is its class."""
    return ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {width} {height}",
            "role": "img",
            "aria-label": label,
            "class": kind,
        },
    )


def line(
    drawing: ET.Element, x1: float, y1: float, x2: float, y2: float, kind: str = "axis"
) -> None:
    """A line between two points."""
    numbers = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    attributes = {name: f"{value}" for name, value in numbers.items()}
    ET.SubElement(drawing, "line", attributes | {"class": kind})


def text(drawing: ET.Element, x: float, y: float, words: str, anchor: str = "start") -> None:
    """Words that begin, end or have their middle at a point."""
    element = ET.SubElement(drawing, "text", {"x": f"{x}", "y": f"{y}", "text-anchor": anchor})
    element.text = words
