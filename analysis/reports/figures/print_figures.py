"""Figures of score distributions for print: arrays in, the bytes of a picture out.

They are made without pyplot, whose global state outlives a command, and can be read in black and white:
strata differ in hatch and line, not in colour alone.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from analysis.reports.figures.threshold_figures import ENDINGS
from analysis.stats.mixture import DIAGNOSTIC_NOTE
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.stats.mixture import Mixture

BIN_UNITS: Final = 200  # 0.02 of similarity a bar
_INK: Final = "#222222"


@dataclass(frozen=True, slots=True)
class _Style:
    colour: str
    hatch: str
    line: str
    alpha: float


# In the order of drawing: the few genuine pairs lie over the many impostors.
_STRATA: Final = {
    "impostor": _Style("#b2182b", "\\\\\\\\", "-", 0.22),
    "genuine": _Style("#1b7837", "////", "-", 0.55),
    "sex mismatch": _Style("#e08214", "", ":", 0.0),
    "unlabelled": _Style("#4575b4", "", "--", 0.0),
}


def binned(counts: NDArray[np.int64], width: int = BIN_UNITS) -> NDArray[np.int64]:
    """A histogram of single score units, (10001,), in bars of `width` units; 1.0 is in the last bar.

    Raises ValueError where `width` does not divide the range.
    """
    last = len(counts) - 1
    if last % width:
        raise ValueError(f"bars of {width} units do not fill a range of {last}")
    bars: NDArray[np.int64] = counts[:-1].reshape(-1, width).sum(axis=1)
    bars[-1] += counts[-1]
    return bars


def score_figure(
    strata: Mapping[str, NDArray[np.int64]],
    best: NDArray[np.int64],
    decoys: NDArray[np.int64],
    *,
    title: str,
    threshold: int,
    threshold_label: str,
    ending: str,
    mixture: Mixture | None = None,
) -> bytes:
    """Above: compared pairs by score and stratum (log counts). Below: sightings by their best score.

    All histograms are (10001,), `threshold` is in score units, `ending` is one of ENDINGS. A mixture is
    drawn over the best scores and named a diagnostic. Raises ValueError for another ending, and where there is nothing to draw.
    """
    if ending not in ENDINGS:
        raise ValueError(f"a figure ends in one of {', '.join(ENDINGS)}, not {ending}")
    total = sum(int(counts.sum()) for counts in strata.values())
    if not total or not best.any():
        raise ValueError("there is no score to draw")
    # Constant identifiers make the same figure the same file.
    with mpl.rc_context(
        {"svg.hashsalt": "thumper", "svg.fonttype": "path", "hatch.linewidth": 0.6}
    ):
        figure = Figure(figsize=(7.2, 6.0), layout="constrained")
        pairs, sightings = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _draw_pairs(pairs, strata)
        _draw_sightings(sightings, best, decoys)
        if mixture is not None:
            _draw_mixture(sightings, mixture, int(best.sum()))
        sightings.legend(frameon=False, fontsize=9, loc="upper left")
        units = len(best) - 1
        for axes in (pairs, sightings):
            axes.axvline(threshold / units, color=_INK, linestyle=(0, (6, 3)), linewidth=1.2)
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(axis="y", color="#dddddd", linewidth=0.6)
            axes.set_axisbelow(True)
        _name_threshold(pairs, threshold / units, threshold_label)
        occupied = np.flatnonzero(sum(strata.values()))
        low = max(0.0, occupied[0] / units // 0.1 * 0.1)
        sightings.set_xlim(min(low, threshold / units - 0.05), 1.0)
        sightings.set_xlabel("similarity score")
        figure.suptitle(title, fontsize=11, x=0.01, ha="left")
        out = io.BytesIO()
        metadata = {"Date": None} if ending == ".svg" else {"Software": "Thumper"}
        figure.savefig(out, format=ending[1:], dpi=200, metadata=metadata)
    return out.getvalue()


def _steps(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The occupied bars of a histogram and their edges: no line is drawn along an empty axis."""
    bars = binned(counts)
    edges = np.linspace(0.0, 1.0, len(bars) + 1)
    occupied = np.flatnonzero(bars)
    first, last = int(occupied[0]), int(occupied[-1])
    return bars[first : last + 1], edges[first : last + 2]


def _draw_pairs(axes: Axes, strata: Mapping[str, NDArray[np.int64]]) -> None:
    present = [name for name in _STRATA if name in strata and strata[name].any()]
    for name in present:
        style, steps = _STRATA[name], _steps(strata[name])
        label = f"{name} ({int(strata[name].sum()):,})"
        if style.alpha:
            axes.stairs(*steps, fill=True, color=style.colour, alpha=style.alpha, lw=0)
            axes.stairs(*steps, fill=True, facecolor="none", edgecolor=style.colour,
                        hatch=style.hatch, label=label, lw=1.4)  # fmt: skip
        else:
            axes.stairs(*steps, color=style.colour, linestyle=style.line, lw=1.8, label=label)
    axes.set_yscale("log")
    axes.set_ylim(bottom=0.7)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    axes.set_ylabel("compared pairs (log scale)")
    axes.legend(frameon=False, fontsize=9, loc="upper left")


def _draw_sightings(axes: Axes, best: NDArray[np.int64], decoys: NDArray[np.int64]) -> None:
    axes.stairs(*_steps(best), fill=True, color="#bbbbbb",
                label=f"best score of a sighting ({int(best.sum()):,})")  # fmt: skip
    axes.stairs(*_steps(best), color=_INK, lw=1.2)
    if decoys.any():
        axes.stairs(*_steps(decoys), color="#b2182b", linestyle="-.", lw=1.8,
                    label=f"best wrong deer of a labelled one ({int(decoys.sum()):,})")  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.set_ylim(bottom=0)
    axes.set_ylabel("sightings")


def mixture_curve(
    mixture: Mixture, sightings: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores (k,) in [0, 1] and how many of so many sightings a bar there would hold by the mixture."""
    scores = np.linspace(0.0, 1.0, 501)
    return scores, mixture.density(scores) * sightings * BIN_UNITS / SCORE_UNITS


def _draw_mixture(axes: Axes, mixture: Mixture, sightings: int) -> None:
    scores, expected = mixture_curve(mixture, sightings)
    visible = expected > 0.01  # no line is drawn along an empty axis
    axes.plot(scores[visible], expected[visible], color="#762a83", linestyle="--", lw=1.2,
              label=f"two bells ({DIAGNOSTIC_NOTE})")  # fmt: skip


def _name_threshold(axes: Axes, x: float, label: str) -> None:
    is_right = x > 0.8
    axes.annotate(
        label,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if is_right else 5, 4),
        textcoords="offset points",
        ha="right" if is_right else "left",
        va="bottom",
        fontsize=9,
        color=_INK,
    )
