"""Formats of a judgement: tables of 80 columns for a terminal, and one self-contained page with plots."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.score_log.ranking import DEFINITIONS, FIGURES, WEIGHTING

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH: Final = 80
FORMATS: Final = ("table", "json", "html")
LABELS: Final = {
    name: DEFINITIONS[name].label if name == "tpir_at_fpir5" else f"{DEFINITIONS[name].label} %"
    for name in FIGURES
}
IN_STORE: Final = "The same sightings, looked for among all {deer} deer, the others learned from:"
IN_STORE_LABELS: Final = {name: LABELS[name] for name in ("rank1", "rank5", "tpir_at_fpir5")}
CAVEATS: Final = (
    WEIGHTING,
    "In each deal of the folds each sighting is there once.",
    "Deer of a fold were never learned from; each sighting is looked for among the others.",
    "Intervals (95 %) draw whole deer; they do not know how another training would have come out.",
    "Only deer that people named are judged by: strangers may look less distinctive.",
)
_PARTS: Final = {"by_flank": "", "by_references": "sightings"}
"""Parts of the sightings, and what their names are of: so many sightings has the deer, the one that is looked for among them."""
_COLOURS: Final = {"parent": "#8c8c8c", "derived": "#1b7837"}


def as_json(judgement: Mapping[str, Any]) -> str:
    return json.dumps(judgement, indent=2, ensure_ascii=True)


def as_table(judgement: Mapping[str, Any]) -> str:
    """Verdict, figures with their intervals, rank-1 by flank, and by fold."""
    buffer = io.StringIO()
    console = Console(file=buffer, width=WIDTH, color_system=None, soft_wrap=False)
    console.print(f"{judgement['verdict'].replace('_', ' ')}. {judgement['reason']}")
    if judgement["sightings"]:
        console.print(
            f"{judgement['sightings']} sightings of {judgement['deer']} deer never learned from."
        )
        console.print(_figures(judgement, LABELS), "")
        deer = sum(row["deer"] for row in judgement["folds"] if row.get("deal", 1) == 1)
        console.print(IN_STORE.format(deer=deer))
        console.print(_figures(judgement["in_store"], IN_STORE_LABELS), "")
    for part, of in _PARTS.items():
        if judgement.get(part):
            console.print(_first_by(judgement[part], of), "")
    if calibration := judgement.get("calibration"):
        console.print(*findings(calibration), "", sep="\n")
    if refusal := judgement.get("calibration_refused"):
        console.print(refusal, "", sep="\n")
    if judgement["folds"]:
        console.print(_folds(judgement["folds"]), "")
        for caveat in CAVEATS:
            console.print(caveat)
    lines = (line.rstrip() for line in buffer.getvalue().splitlines())
    return "\n".join(lines)


def findings(calibration: Mapping[str, Any]) -> list[str]:
    """What a learned calibration found, class by class: sentences."""
    return [finding["sentence"] for finding in calibration["findings"]]


def _table(*columns: str) -> Table:
    table = Table(box=box.ASCII2, show_edge=False, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    return table


def _figures(comparison: Mapping[str, Any], labels: Mapping[str, str]) -> Table:
    table = _table("", "parent", "derived", "difference")
    for name, label in labels.items():
        cells = (_cell(comparison[which], name) for which in ("parent", "derived"))
        table.add_row(label, *cells, _cell(comparison["difference"], name, "+"))
    return table


def _first_by(parts: Mapping[str, Any], of: str) -> Table:
    table = _table("rank-1 %", "parent", "derived", "difference")
    for name, part in parts.items():
        cells = (_cell(part[which], "rank1") for which in ("parent", "derived"))
        table.add_row(f"{name} {of}".strip(), *cells, _cell(part["difference"], "rank1", "+"))
    return table


def _folds(folds: list[dict[str, Any]]) -> Table:
    table = _table("deal", "fold", "deer", "sightings", "mAP %", "rank-1 %", "TPIR@FPIR 5%")
    for row in folds:
        pairs = (
            f"{_percent(row['parent'][name])} > {_percent(row['derived'][name])}"
            for name in ("map", "rank1", "tpir_at_fpir5")
        )
        numbers = (row.get("deal", 1), row["fold"], row["deer"], row["sightings"])
        table.add_row(*map(str, numbers), *pairs)
    return table


def _percent(share: float | None, sign: str = "") -> str:
    return "-" if share is None else f"{100 * share:{sign}.1f}"


def _cell(figures: Mapping[str, Any], name: str, sign: str = "") -> str:
    low, high = figures["intervals"][name]
    ends = "" if low is None else f" ({_percent(low, sign)}..{_percent(high, sign)})"
    return _percent(figures[name], sign) + ends


def as_html(judgement: Mapping[str, Any], title: str) -> str:
    """The page: everything is in the file, the drawing library too."""
    from django.template.loader import render_to_string
    from django.utils.safestring import mark_safe

    from analysis.reports.plot_library import plot_library

    plots = {"On deer never learned from": _bars(judgement)} if judgement["sightings"] else {}
    titles = {"by_flank": "by flank", "by_references": "by the deer's number of sightings"}
    for part, how in titles.items():
        if judgement.get(part):
            plots[f"First of all, {how}"] = _part_bars(judgement[part])
    figures = [
        {
            "title": name,
            # plotly escapes what is text.
            "html": mark_safe(  # noqa: S308
                figure.to_html(
                    full_html=False,
                    include_plotlyjs=False,
                    div_id=f"figure-{number}",
                    config={"displaylogo": False},
                )
            ),
        }
        for number, (name, figure) in enumerate(plots.items())
    ]
    return render_to_string(
        "analysis/judgement.html",
        {
            "title": title,
            "judgement": judgement,
            "verdict": judgement["verdict"].replace("_", " "),
            "text": as_table(judgement),
            "figures": figures,
            "library": plot_library(),
        },
    )


def _bars(judgement: Mapping[str, Any]) -> Any:
    names = list(LABELS)
    return _grouped({which: judgement[which] for which in _COLOURS}, names, list(LABELS.values()))


def _part_bars(parts: Mapping[str, Any]) -> Any:
    import plotly.graph_objects as go

    figure = go.Figure()
    for which, colour in _COLOURS.items():
        points = [_point(part[which], "rank1") for part in parts.values()]
        figure.add_bar(name=which, x=list(parts), marker_color=colour, **_with_bars(points))
    return _laid_out(figure)


def _grouped(sets: Mapping[str, Any], names: list[str], labels: list[str]) -> Any:
    import plotly.graph_objects as go

    figure = go.Figure()
    for which, figures in sets.items():
        points = [_point(figures, name) for name in names]
        figure.add_bar(name=which, x=labels, marker_color=_COLOURS[which], **_with_bars(points))
    return _laid_out(figure)


def _point(figures: Mapping[str, Any], name: str) -> tuple[float, float, float]:
    """In percent: the estimate, and how far its interval reaches up and down."""
    estimate = 100 * (figures[name] or 0.0)
    low, high = (estimate if end is None else 100 * end for end in figures["intervals"][name])
    return estimate, max(0.0, high - estimate), max(0.0, estimate - low)


def _with_bars(points: list[tuple[float, float, float]]) -> dict[str, Any]:
    estimates, up, down = zip(*points, strict=True)
    error = {"type": "data", "symmetric": False, "array": list(up), "arrayminus": list(down)}
    return {"y": list(estimates), "error_y": error}


def _laid_out(figure: Any) -> Any:
    figure.update_layout(
        barmode="group",
        yaxis_title="%",
        template="plotly_white",
        height=380,
        yaxis_rangemode="tozero",
    )
    return figure
