"""Comparison of thresholds, for print and for a page: what each assigns as bars, FPIR and FDP with intervals as lines.

Can be read in black and white: rates differ in marker and line, and the threshold in force is hatched.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from analysis.reports.figures.page_layout import sized

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go
    from matplotlib.axes import Axes

ENDINGS: Final = (".png", ".svg")
LIMIT: Final = 0.05
"""The share that both gates hold a threshold to."""
_INK: Final = "#222222"
_BAR: Final = "#9ab7d3"
ASSIGNED: Final = "sightings assigned"
RATES: Final = {
    "fpir": ("strangers taken for a deer (FPIR)", "#b2182b", "o", "-", -0.06),
    "fdp": ("wrong assignments (FDP, labelled herd)", "#1b5e8a", "s", "--", 0.06),
}
"""Label, colour, marker, line and how far beside the bar's middle each rate is drawn."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval, all in [0, 1]."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ComparedThreshold:
    """One threshold: its score as text, the sightings that it assigns, its rates (None: undefined).

    `is_active`: it is the one in force.
    """

    label: str
    assigned: int
    fpir: Rate | None
    fdp: Rate | None
    is_active: bool = False

    def rate(self, name: str) -> Rate | None:
        """One of RATES by name."""
        return self.fpir if name == "fpir" else self.fdp


def print_comparison(
    thresholds: Sequence[ComparedThreshold], *, eligible: int, title: str, ending: str
) -> bytes:
    """The picture, in the order given; `ending` is one of ENDINGS.

    Raises ValueError for another ending, and where there is nothing to draw.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    if ending not in ENDINGS:
        raise ValueError(f"a figure ends in one of {', '.join(ENDINGS)}, not {ending}")
    if not thresholds:
        raise ValueError("there is no threshold to compare")
    # Constant identifiers make the same figure the same file.
    with mpl.rc_context({"svg.hashsalt": "thumper", "svg.fonttype": "path"}):
        figure = Figure(figsize=(7.2, 6.0), layout="constrained")
        bars, lines = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1))
        _draw_assigned(bars, thresholds, eligible)
        _draw_rates(lines, thresholds)
        lines.set_xticks(range(len(thresholds)), [item.label for item in thresholds])
        lines.set_xlabel("threshold")
        for axes in (bars, lines):
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(axis="y", color="#dddddd", linewidth=0.6)
            axes.set_axisbelow(True)
        figure.suptitle(title, fontsize=11, x=0.01, ha="left")
        out = io.BytesIO()
        metadata = {"Date": None} if ending == ".svg" else {"Software": "Thumper"}
        figure.savefig(out, format=ending[1:], dpi=200, metadata=metadata)
    return out.getvalue()


def _draw_assigned(axes: Axes, thresholds: Sequence[ComparedThreshold], eligible: int) -> None:
    drawn = axes.bar(
        range(len(thresholds)), [item.assigned for item in thresholds], width=0.6, color=_BAR,
        edgecolor=_INK, linewidth=0.8, hatch=["///" if item.is_active else "" for item in thresholds],
    )  # fmt: skip
    axes.bar_label(drawn, [f"{item.assigned:,}" for item in thresholds], padding=2, fontsize=9)
    axes.set_ylim(0, max(1, eligible) * 1.12)
    axes.axhline(eligible, color=_INK, linestyle=":", linewidth=1)
    # On the right, where bars are low.
    axes.annotate(
        f"all {eligible:,} eligible sightings", (1, eligible), xycoords=("axes fraction", "data"),
        xytext=(-2, 3), textcoords="offset points", ha="right", fontsize=9, color=_INK,
    )  # fmt: skip
    axes.set_ylabel(ASSIGNED)
    if any(item.is_active for item in thresholds):
        axes.bar(0, 0, color=_BAR, edgecolor=_INK, hatch="///", label="in force")
        axes.legend(frameon=False, fontsize=9, loc="upper right", bbox_to_anchor=(1, 0.86))


def _draw_rates(axes: Axes, thresholds: Sequence[ComparedThreshold]) -> None:
    for name, (label, colour, marker, line, beside) in RATES.items():
        found = [(at, rate) for at, item in enumerate(thresholds) if (rate := item.rate(name))]
        if found:
            down, up = _reach([rate for _, rate in found])
            axes.errorbar(
                [at + beside for at, _ in found], [100 * rate.estimate for _, rate in found],
                yerr=(down, up), label=label, color=colour, marker=marker, linestyle=line,
                capsize=4, linewidth=1.4, markersize=5,
            )  # fmt: skip
    axes.axhline(100 * LIMIT, color=_INK, linestyle=":", linewidth=1)
    axes.annotate(
        f"{LIMIT:.0%}", (1, 100 * LIMIT), xycoords=("axes fraction", "data"), xytext=(-2, 2),
        textcoords="offset points", ha="right", fontsize=9, color=_INK,
    )  # fmt: skip
    axes.set_ylim(bottom=0)
    axes.set_ylabel("% (95 % intervals)")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9, loc="upper right")


def _reach(rates: Sequence[Rate]) -> tuple[list[float], list[float]]:
    """In percent: how far each interval reaches down and up from its estimate."""
    down = [100 * (rate.estimate - rate.low) for rate in rates]
    up = [100 * (rate.high - rate.estimate) for rate in rates]
    return down, up


def page_comparison(thresholds: Sequence[ComparedThreshold], eligible: int) -> go.Figure | None:
    """The same for a page, with every number under the pointer; None where there is nothing to draw."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    if not thresholds:
        return None
    labels = [item.label + (" *" if item.is_active else "") for item in thresholds]
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    figure.add_bar(
        row=1, col=1, x=labels, y=[item.assigned for item in thresholds], name=ASSIGNED,
        text=[f"{item.assigned:,}" for item in thresholds], textposition="outside", cliponaxis=False,
        marker={
            "color": _BAR,
            "pattern": {"shape": ["/" if item.is_active else "" for item in thresholds]},
        },
    )  # fmt: skip
    dashes = {"-": "solid", "--": "dash"}
    symbols = {"o": "circle", "s": "square"}
    for name, (label, colour, marker, line, _) in RATES.items():
        rates = [item.rate(name) for item in thresholds]
        known = [rate or Rate(0.0, 0.0, 0.0) for rate in rates]
        down, up = _reach(known)
        figure.add_trace(
            go.Scatter(
                x=labels, y=[None if rate is None else 100 * rate.estimate for rate in rates],
                name=label, mode="lines+markers",
                line={"color": colour, "dash": dashes[line]},
                marker={"symbol": symbols[marker], "size": 8},
                error_y=_error_bars(down, up),
            ),
            row=2, col=1,
        )  # fmt: skip
    figure.add_hline(
        y=100 * LIMIT, row=2, col=1, line={"dash": "dot", "color": "#888888"},
        annotation_text=f"{LIMIT:.0%}",
    )  # fmt: skip
    figure.update_yaxes(
        title=f"{ASSIGNED} of {eligible:,}", range=[0, 1.12 * max(1, eligible)], row=1, col=1
    )
    figure.update_yaxes(title="% (95 % intervals)", rangemode="tozero", row=2, col=1)
    # Scores as they were typed: as numbers, plotly would space them by their distance.
    figure.update_xaxes(type="category")
    figure.update_xaxes(title="threshold", row=2, col=1)
    return sized(figure, height=560, legend=-0.15)


def _error_bars(down: Sequence[float], up: Sequence[float]) -> dict[str, Any]:
    return {"type": "data", "symmetric": False, "array": list(up), "arrayminus": list(down)}
