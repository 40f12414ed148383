"""Drawings of a survey's report: where its cameras stood and how long they ran, and new deer against effort. SVG text, pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl

from exports.report.charts import ACCENT, INK, STYLE, WIDTH, as_svg, canvas, count_axis
from reid.cameras.projection import in_metres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from exports.report.surveys.numbers import SurveyCamera, SurveyNumbers

FILL: Final = "#cfe0d5"
LARGEST: Final = 520.0
"""Square points of the circle of the camera that ran longest."""
LOWEST, HIGHEST = 2.2, 5.2
"""Inches of a map's height."""
ALONE_METRES: Final = 1_000.0
"""Width of a map whose cameras all stand at one place."""
KILOMETRE: Final = 1_000


def effort_map(cameras: Sequence[SurveyCamera]) -> str:
    """A numbered circle for each camera that has a place, its area by its camera-days; a cross where it never ran.

    Numbers count all cameras from 1, those without a place too; one at least must have a place. North is up. No coordinate is named.
    """
    placed = [(number, one) for number, one in enumerate(cameras, 1) if one.place is not None]
    places = {number: one.place for number, one in placed if one.place is not None}
    points = list(in_metres(places).values())
    most = max(one.days for _, one in placed) or 1
    left, right, low, high = _extent(points)
    with mpl.rc_context(STYLE):
        height = min(max(WIDTH * (high - low) / (right - left), LOWEST), HIGHEST)
        figure, axes = canvas(height)
        ran = [
            (point, one.days) for point, (_, one) in zip(points, placed, strict=True) if one.days
        ]
        axes.scatter(
            [x for (x, _), _ in ran],
            [y for (_, y), _ in ran],
            [LARGEST * days / most for _, days in ran],
            facecolor=FILL,
            edgecolor=ACCENT,
            linewidth=0.8,
        )
        idle = [point for point, (_, one) in zip(points, placed, strict=True) if not one.days]
        axes.scatter([x for x, _ in idle], [y for _, y in idle], 160, marker="x", color=INK)
        for (x, y), (number, one) in zip(points, placed, strict=True):
            axes.annotate(
                str(number),
                (x, y),
                (0, 0) if one.days else (0, 9),
                textcoords="offset points",
                ha="center",
                va="center",
            )
        axes.set_xlim(left, right)
        axes.set_ylim(low, high)
        axes.set_aspect("equal")
        axes.set_axis_off()
        _scale(axes, right - left)
        return as_svg(figure)


def accumulation(numbers: SurveyNumbers) -> str:
    """Different deer up to the end of each occasion, against the camera-days up to then; from nothing on."""
    days = [0.0, *(effort for effort, _ in numbers.accumulation)]
    deer = [0, *(count for _, count in numbers.accumulation)]
    with mpl.rc_context(STYLE):
        figure, axes = canvas(2.3)
        axes.plot(days, deer, color=ACCENT, linewidth=1.4, marker="o", markersize=3.2)
        axes.set_xlim(0, max(days[-1], 1) * 1.02)
        axes.set_xlabel("Camera-days so far")
        count_axis(axes, "Different deer so far", max(deer))
        return as_svg(figure)


def _extent(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """West, east, south and north end of the map: wide enough for one camera, with room for circles at its edge."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    size = max(max(xs) - min(xs), max(ys) - min(ys)) or ALONE_METRES
    margin = 0.15 * size
    beside = max(margin, (size - (max(xs) - min(xs))) / 2)
    return min(xs) - beside, max(xs) + beside, min(ys) - margin, max(ys) + margin


def _scale(axes: Axes, width: float) -> None:
    """A bar of a round length below the map, and where north is."""
    length = round_length(width / 4)
    words = f"{length // KILOMETRE:,} km" if length >= KILOMETRE else f"{length} m"
    left, low = axes.get_xlim()[0], axes.get_ylim()[0]
    axes.plot([left, left + length], [low, low], color=INK, linewidth=2.2, clip_on=False)
    axes.annotate(words, (left, low), (0, 4), textcoords="offset points", va="bottom")
    arrow = {"arrowstyle": "->", "color": INK}
    corner: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "ha": "center",
    }
    axes.annotate("N", (0.98, 1), (0, -26), arrowprops=arrow, **corner)


def round_length(longest: float) -> int:
    """The longest of 1, 2, 5, 10, 20, 50 ... metres that is no longer than this; 1 at least.

    >>> round_length(430), round_length(1_999), round_length(0.2)
    (200, 1000, 1)
    """
    power = 10 ** math.floor(math.log10(max(longest, 1)))
    return max(int(step * power) for step in (1, 2, 5) if step * power <= max(longest, 1))
