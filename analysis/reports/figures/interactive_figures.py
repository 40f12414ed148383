"""Figures of the interactive report: curves and histograms in, plotly figures out. Pure.

Strata differ in dash and marker as well as in colour, and every figure carries the threshold in force and the
recommended one, so that each can be read alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from analysis.reports.figures.page_layout import sized
from analysis.reports.figures.print_figures import BIN_UNITS, binned, mixture_curve
from analysis.stats.mixture import DIAGNOSTIC_NOTE
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from analysis.stats.mixture import Mixture

COLOURS: Final = {
    "genuine": "#1b7837",
    "impostor": "#b2182b",
    "sex mismatch": "#e08214",
    "unlabelled": "#4575b4",
}


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """By threshold (k,), in score units: shares in [0, 1], (k,) each; None where the curve is undefined.

    `fdp_forecast` is NaN where nothing is assigned, and draws a gap there. `det` is FMR, FNMR (m,) each.
    `fdp_audited`: thresholds that an audit has judged, in score units, with the bound that it proves.
    """

    thresholds: NDArray[np.int64]
    assignment_rate: NDArray[np.float64]
    fpir: NDArray[np.float64] | None
    fpir_upper: NDArray[np.float64] | None
    fdp_forecast: NDArray[np.float64] | None
    det: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    fdp_audited: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """Thresholds to mark, in score units; the recommended one only where there is one."""

    active: int
    recommended: int | None


def score_histogram(strata: Mapping[str, NDArray[np.int64]], lines: Lines) -> go.Figure:
    """Compared pairs by score and stratum, log counts."""
    figure = go.Figure()
    for name, counts in strata.items():
        bars = binned(counts)
        starts = [number * BIN_UNITS / SCORE_UNITS for number in range(len(bars))]
        figure.add_trace(
            go.Scatter(
                x=starts, y=[int(count) or None for count in bars], name=name, mode="lines+markers",
                line={"shape": "hv", "color": COLOURS[name]}, marker={"size": 4},
            )
        )  # fmt: skip
    figure.update_yaxes(type="log", title="compared pairs")
    return _finish(figure, lines, "similarity score")


def best_scores(
    best: NDArray[np.int64],
    decoys: NDArray[np.int64],
    lines: Lines,
    mixture: Mixture | None,
) -> go.Figure:
    """Sightings by their best score, labelled ones by their best wrong deer, and the shape of the whole."""
    figure = go.Figure()
    for name, counts, colour in (
        ("best score of a sighting", best, "#777777"),
        ("best wrong deer of a labelled one", decoys, COLOURS["impostor"]),
    ):
        bars = binned(counts)
        starts = [number * BIN_UNITS / SCORE_UNITS for number in range(len(bars))]
        figure.add_trace(
            go.Scatter(
                x=starts, y=[int(count) for count in bars], name=name, mode="lines",
                line={"shape": "hv", "color": colour},
            )
        )  # fmt: skip
    if mixture is not None:
        scores, expected = mixture_curve(mixture, int(best.sum()))
        figure.add_trace(
            go.Scatter(
                x=scores.tolist(), y=expected.tolist(), name=f"two bells ({DIAGNOSTIC_NOTE})",
                mode="lines", line={"dash": "dash", "color": "#762a83"},
            )
        )  # fmt: skip
    figure.update_yaxes(title="sightings")
    occupied = [*best.nonzero()[0], lines.active]
    figure.update_xaxes(range=[max(0.0, min(occupied) / SCORE_UNITS - 0.05), 1.0])
    return _finish(figure, lines, "similarity score")


def detection_error_tradeoff(curves: Curves) -> go.Figure | None:
    """FNMR against FMR on log axes; None without genuine and impostor comparisons."""
    if curves.det is None:
        return None
    fmr, fnmr = curves.det
    inside = (fmr > 0) & (fnmr > 0)  # a logarithm has no place for the ends
    figure = go.Figure(
        go.Scatter(x=fmr[inside].tolist(), y=fnmr[inside].tolist(), mode="lines", name="DET")
    )
    figure.update_xaxes(type="log", title="FMR")
    figure.update_yaxes(type="log", title="FNMR")
    return sized(figure)


def bounds(curves: Curves, lines: Lines) -> go.Figure | None:
    """FPIR with its bound, and the FDP that decoys foresee, against the threshold."""
    if curves.fpir is None or curves.fpir_upper is None or curves.fdp_forecast is None:
        return None
    x = (curves.thresholds / SCORE_UNITS).tolist()
    figure = go.Figure()
    for name, values, dash in (
        ("FPIR", curves.fpir, "solid"),
        ("FPIR, upper bound", curves.fpir_upper, "dash"),
        ("FDP, forecast of decoys (no proof)", curves.fdp_forecast, "dot"),
    ):
        figure.add_trace(go.Scatter(x=x, y=_gaps(values), name=name, line={"dash": dash}))
    if curves.fdp_audited:
        figure.add_trace(
            go.Scatter(
                x=[at / SCORE_UNITS for at, _ in curves.fdp_audited],
                y=[upper for _, upper in curves.fdp_audited],
                name="FDP at most, by the audit", mode="markers",
                marker={"symbol": "diamond", "size": 11, "color": "#222222"},
            )
        )  # fmt: skip
    figure.add_hline(y=0.05, line={"dash": "dot", "color": "#888888"}, annotation_text="5 %")
    figure.update_yaxes(title="share", range=[0, 1], tickformat=".0%")
    return _finish(figure, lines, "threshold")


def assignment(curves: Curves, lines: Lines) -> go.Figure:
    """The assignment rate against the threshold."""
    x = (curves.thresholds / SCORE_UNITS).tolist()
    figure = go.Figure(
        go.Scatter(x=x, y=curves.assignment_rate.tolist(), name="assignment rate", mode="lines")
    )
    figure.update_yaxes(title="eligible sightings assigned", range=[0, 1], tickformat=".0%")
    return _finish(figure, lines, "threshold")


def _gaps(values: NDArray[np.float64]) -> list[float | None]:
    return [None if value != value else float(value) for value in values.tolist()]


def _finish(figure: go.Figure, lines: Lines, axis: str) -> go.Figure:
    marks = [(lines.active, "in force", "dash"), (lines.recommended, "recommended", "solid")]
    for units, name, dash in marks:
        if units is not None:
            figure.add_vline(
                x=units / SCORE_UNITS,
                line={"color": "#222222", "dash": dash},
                annotation_text=f"{name} {units / SCORE_UNITS:.4f}",
            )
    figure.update_xaxes(title=axis)
    return sized(figure)
