"""Charts of a report: SVG text from a SeasonSummary. Pure, and the same input gives the same bytes.

Drawn on a bare Figure: pyplot keeps every figure it makes alive for as long as the worker lives.
Classes differ in lightness and in hatching, so that a black and white print can be read.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from exports.report.wording import class_name
from exports.requests.specs import GroupBy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from matplotlib.axes import Axes

    from exports.report.counting.summary import PeriodSummary, SeasonSummary

WIDTH: Final = 7.0  # inches; the text width of the page, so that type is not scaled
INK: Final = "#26352c"
FAINT: Final = "#d9d6cb"
ACCENT: Final = "#1f4d36"
MOST_CAMERAS: Final = 15
MOST_TICKS: Final = 12
MOST_BARS: Final = 60

STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "thumper",  # else every identifier in the SVG is random
    "svg.fonttype": "none",  # words in the font of the page around it: outlines of letters weigh more than all else
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 7.5,
    "hatch.linewidth": 0.5,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
}


_NOT_DRAWN: Final = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>| transform=\"rotate\(-0 [^)]*\)\"",
    re.DOTALL,
)
_FINE: Final = re.compile(r"-?\b[1-9]\d*\.\d{3,}")
"""Numbers above one with more decimals than can be seen; smaller ones are scales."""


@dataclass(frozen=True, slots=True)
class _Look:
    colour: str
    hatch: str


_LOOKS: Final = {
    "buck": _Look(ACCENT, ""),
    "doe": _Look("#c9912f", "////"),
    "fawn": _Look("#efe0b9", ""),
    "unknown_deer": _Look("#a3aaa5", "\\\\\\\\"),
}
_OTHER_LOOKS: Final = (_Look("#6b4f3a", "xxxx"), _Look("#d7c6d9", "----"), _Look("#47687f", "++++"))


def timeline(summary: SeasonSummary, period: PeriodSummary) -> str:
    """Sightings by class, stacked: a bar a bucket, or an outline in steps where there are too many."""
    starts = [bucket.start for bucket in period.buckets]
    classes = summary.classes
    with mpl.rc_context(STYLE):
        figure, axes = canvas(2.5)
        draw = _stacked_bars if len(starts) <= MOST_BARS else _stacked_steps
        base, drawn = [0] * len(starts), []
        for name, look in _looks(classes):
            top = [
                low + bucket.tally.of(name).sightings
                for low, bucket in zip(base, period.buckets, strict=True)
            ]
            drawn.append(draw(axes, base, top, look))
            base = top
        _time_axis(axes, starts, summary.group_by)
        count_axis(axes, "Sightings", max(base))
        _legend(axes, drawn, [class_name(name) for name in classes], len(classes))
        return as_svg(figure)


def hours(period: PeriodSummary) -> str:
    """Sightings by the hour of day in which they began."""
    with mpl.rc_context(STYLE):
        figure, axes = canvas(1.75)
        axes.bar([hour + 0.5 for hour in range(24)], period.hours, 0.86, color=ACCENT, linewidth=0)
        axes.set_xlim(0, 24)
        axes.set_xticks(range(0, 25, 3), [f"{hour:02d}:00" for hour in range(0, 25, 3)])
        count_axis(axes, "Sightings", max(period.hours))
        return as_svg(figure)


def cameras(period: PeriodSummary) -> str:
    """Sightings for each 100 camera-days a camera, busiest on top; at most MOST_CAMERAS of them.

    Only cameras whose effort is known can be compared; there must be at least one.
    """
    rates = [(camera.rate, camera.name) for camera in period.cameras if camera.rate is not None]
    rows = sorted(rates, key=lambda item: (-item[0], item[1]))[:MOST_CAMERAS]
    with mpl.rc_context(STYLE):
        figure, axes = canvas(0.45 + 0.2 * len(rows))
        bars = axes.barh(
            range(len(rows)), [rate for rate, _ in rows], 0.68, color=ACCENT, linewidth=0
        )
        axes.bar_label(bars, [f"{rate:.1f}" for rate, _ in rows], padding=3)
        axes.set_yticks(range(len(rows)), [_shortened(name) for _, name in rows])
        axes.invert_yaxis()
        axes.margins(x=0.08)
        axes.set_xlim(left=0)
        axes.set_xlabel("Sightings per 100 camera-days")
        axes.grid(axis="x")
        open_frame(axes, keep="left")
        return as_svg(figure)


def comparison(summary: SeasonSummary) -> str:
    """Rates by class, the periods side by side. A period without effort has no bar."""
    classes = summary.classes
    with mpl.rc_context(STYLE):
        figure, axes = canvas(2.6)
        width = 0.8 / len(summary.periods)
        shades, drawn = _shades(len(summary.periods)), []
        for number, (period, look) in enumerate(zip(summary.periods, shades, strict=True)):
            places = [place - 0.4 + (number + 0.5) * width for place in range(len(classes))]
            rates = [period.class_rate(name) or 0.0 for name in classes]
            drawn.append(_bars(axes, places, rates, width * 0.92, look))
        axes.set_xticks(range(len(classes)), [class_name(name) for name in classes])
        axes.set_ylabel("Sightings per 100 camera-days")
        axes.grid(axis="y")
        open_frame(axes, keep="bottom")
        _legend(axes, drawn, [_shortened(one.period.label) for one in summary.periods], 3)
        return as_svg(figure)


def canvas(height: float) -> tuple[Figure, Axes]:
    """A drawing as wide as the page's text, so many inches high."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _stacked_bars(axes: Axes, base: list[int], top: list[int], look: _Look) -> Any:
    heights = [high - low for low, high in zip(base, top, strict=True)]
    return _bars(axes, range(len(heights)), heights, 0.72, look, base)


def _bars(
    axes: Axes,
    places: Sequence[float],
    heights: Sequence[float],
    width: float,
    look: _Look,
    base: Sequence[float] | float = 0,
) -> Any:
    """Bars with an outline, their hatching above their colour: what a legend shows of them.

    A hatched and filled bar is drawn as tiles of colour, between which the page shines through as a line.
    """
    below = axes.bar(places, heights, width, bottom=base, color=look.colour, linewidth=0)
    outline: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "linewidth": 0.4}
    above = axes.bar(places, heights, width, bottom=base, hatch=look.hatch, **outline)
    return below, above


def _stacked_steps(axes: Axes, base: list[int], top: list[int], look: _Look) -> Any:
    """Outlines of hundreds of thin bars would run into one black mass, and take seconds to draw."""
    places = range(len(top))
    return axes.fill_between(places, base, top, step="mid", facecolor=look.colour, linewidth=0)


def _looks(classes: Sequence[str]) -> list[tuple[str, _Look]]:
    others = iter(_OTHER_LOOKS * len(classes))
    return [(name, _LOOKS.get(name) or next(others)) for name in classes]


def _shades(count: int) -> list[_Look]:
    return [*_LOOKS.values(), *_OTHER_LOOKS][:count]


def _time_axis(axes: Axes, starts: list[date], group_by: GroupBy) -> None:
    step = -(-len(starts) // MOST_TICKS)
    places = range(0, len(starts), step)
    form = "%b %Y" if group_by is GroupBy.MONTH else "%d %b"
    axes.set_xticks(places, [starts[place].strftime(form) for place in places])
    axes.set_xlim(-0.6, len(starts) - 0.4)


def count_axis(axes: Axes, label: str, highest: int) -> None:
    """A vertical axis of whole numbers from zero."""
    axes.set_ylabel(label)
    axes.set_ylim(0, max(highest, 1) * 1.08)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="y")
    open_frame(axes, keep="bottom")


def open_frame(axes: Axes, keep: str) -> None:
    """Only the line of this side stays of the frame: left, bottom or none."""
    for side, spine in axes.spines.items():
        spine.set_visible(side == keep)


def _legend(axes: Axes, drawn: list[Any], labels: list[str], columns: int) -> None:
    """Told what to list: of what it finds by itself matplotlib leaves out every label that begins with _."""
    axes.legend(
        drawn, labels, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, borderaxespad=0.2
    )


def _shortened(name: str, most: int = 32) -> str:
    """Names are text: a dollar sign must not start a formula, and a long one not fill the page."""
    short = name if len(name) <= most else f"{name[: most - 3]}..."
    return short.replace("$", r"\$")


def as_svg(figure: Figure) -> str:
    """The drawing as SVG text, the same for the same figure."""
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None}
    figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    return _compact(buffer.getvalue())


def _compact(svg: str) -> str:
    """The same drawing in a third of the bytes: no comments, no blanks between elements, hundredths of a point."""
    svg = _NOT_DRAWN.sub("", svg)
    svg = _FINE.sub(lambda number: f"{float(number[0]):.2f}", svg)
    svg = svg.replace("'DejaVu Sans'", "'DejaVu Sans', sans-serif")
    return re.sub(r"\s+", " ", svg).replace("> <", "><").strip()
