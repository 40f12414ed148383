"""HTML report, one self-contained page: verdict, interactive figures, the what-if table, evidence and caveats.

Everything is in the file, the drawing library too, and a content policy keeps the page from loading anything
from the network, wherever it is opened.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from analysis.reports import performance_formats
from analysis.reports.figures import interactive_figures, threshold_figures
from analysis.reports.performance import decoys_by_class, fitted
from analysis.reports.plot_library import plot_library
from analysis.reports.threshold_formats import named, notes, tables, verdict
from analysis.reports.threshold_report import compared, within
from analysis.score_log.facts import CapturePeriod
from analysis.score_log.histograms import by_stratum, score_histograms
from analysis.stats.intervals import UndefinedError
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from analysis.audit.state import AuditState
    from analysis.recommendation.assess import Assessment
    from analysis.reports.threshold_formats import ThresholdReport

POINTS: Final = 60
DET_POINTS: Final = 400


class Page(StrEnum):
    """Which question a page answers: each command writes its own."""

    THRESHOLDS = "thresholds"
    PERFORMANCE = "performance"
    SCORES = "scores"
    COMPARISON = "comparison"


_TITLES: Final = {
    Page.THRESHOLDS: "Thresholds of {name}",
    Page.PERFORMANCE: "What the scores of {name} tell",
    Page.SCORES: "Scores of {name}",
    Page.COMPARISON: "Thresholds of {name} compared",
}
_COMPARED, _PAIRS, _BEST, _BOUNDS, _RATE, _DET = range(6)
_FIGURES: Final = {
    Page.THRESHOLDS: (_COMPARED, _PAIRS, _BEST, _BOUNDS, _RATE, _DET),
    Page.PERFORMANCE: (_PAIRS, _BEST, _DET),
    Page.SCORES: (_PAIRS, _BEST),
    Page.COMPARISON: (_COMPARED,),
}


def html_report(
    assessment: Assessment,
    report: ThresholdReport,
    period: CapturePeriod | None = None,
    antlers: Sequence[str] = (),
    *,
    page: Page = Page.THRESHOLDS,
    document: Mapping[str, Any] | None = None,
) -> str:
    """The page of `page`. Reads the log once more, for the strata. PERFORMANCE needs its `document`.

    A period narrows the pictures of scores and the what-if table; bounds, evidence and verdict always rest
    on the whole store. `antlers` are the sentences of `analysis.antlers.report`.
    """
    scorer = assessment.store.scorer
    strata = {name.value: counts for name, counts in by_stratum(scorer, period).items()}
    log, _ = within(assessment, period)
    sightings = score_histograms(log)
    lines = interactive_figures.Lines(assessment.active.units, assessment.recommendation.threshold)
    curves = curves_of(assessment)
    mixture, why_not = fitted(sightings.best)
    plots = [
        (
            "Thresholds compared",
            threshold_figures.page_comparison(compared(report), report.eligible),
        ),
        ("Scores of compared pairs", interactive_figures.score_histogram(strata, lines)),
        (
            "Sightings by their best score",
            interactive_figures.best_scores(sightings.best, sightings.decoys, lines, mixture),
        ),
        ("Strangers and wrong assignments", interactive_figures.bounds(curves, lines)),
        ("Assignment rate", interactive_figures.assignment(curves, lines)),
        ("Detection error tradeoff", interactive_figures.detection_error_tradeoff(curves)),
    ]
    figures = [
        {"title": title, "html": _fragment(figure, f"figure-{number}")}
        for number, (title, figure) in enumerate(plots)
        if figure is not None and number in _FIGURES[page]
    ]
    return render_to_string(
        "analysis/report.html",
        {
            "report": report,
            "page": page.value,
            "title": _TITLES[page].format(name=report.scorer["name"]),
            "facts": performance_formats.facts(document) if document else (),
            "performance": performance_formats.tables(document) if document else (),
            "verdict": verdict(report),
            "scorer": named(report.scorer),
            "figures": figures,
            "tables": tables(report),
            "decoys": decoys_by_class(assessment, log),
            "mixture_why_not": why_not,
            "period": period or CapturePeriod(),
            "recommendation": report.recommendation,
            "notes": notes(report),
            "antlers": antlers,
            "library": plot_library(),
        },
    )


def curves_of(assessment: Assessment) -> interactive_figures.Curves:
    """The curves over POINTS thresholds, from the lowest best score or decoy to above the highest."""
    log, situation = assessment.log, assessment.recommendation.situation
    sightings, gate = score_histograms(log, situation.stratum), situation.gate
    occupied = np.flatnonzero(sightings.best + sightings.decoys)
    first, last = (int(occupied[0]), int(occupied[-1])) if occupied.size else (0, 0)
    thresholds = np.unique(
        np.linspace(max(1, first), min(SCORE_UNITS, last + 1), POINTS).astype(np.int64)
    )
    assigned = np.cumsum(sightings.best[::-1])[::-1][thresholds]
    fpir = upper = forecast = None
    if gate.trials:
        at = thresholds.tolist()
        fpir = np.array([gate.estimate(item) for item in at])
        upper = np.array([gate.upper(item) for item in at])
        forecast = np.array([_or_nan(situation.fdp_forecast(item)) for item in at])
    return interactive_figures.Curves(
        thresholds=thresholds,
        assignment_rate=assigned / max(1, sightings.eligible),
        fpir=fpir,
        fpir_upper=upper,
        fdp_forecast=forecast,
        det=_det(assessment),
        fdp_audited=_audited(situation.audit),
    )


def _audited(audit: AuditState | None) -> tuple[tuple[int, float], ...]:
    if audit is None or not audit.is_trusted:
        return ()
    return tuple(
        (item.candidate.threshold, item.evidence.fdp_upper)
        for item in audit.candidates
        if item.evidence.audited
    )


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _det(assessment: Assessment) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    try:
        fmr, fnmr, _ = assessment.rates.det_curve()
    except UndefinedError:
        return None
    step = max(1, len(fmr) // DET_POINTS)
    return fmr[::step], fnmr[::step]


def _fragment(figure: go.Figure, name: str) -> str:
    html: str = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        div_id=name,
        config={"displaylogo": False, "responsive": True},
    )
    # plotly escapes what is text; names of spaces and deer are not among it.
    return mark_safe(html)  # noqa: S308
