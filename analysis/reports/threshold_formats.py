"""Formats of the threshold table: terminal table, CSV, JSON, Markdown.

All of it is plain ASCII, and what is undefined is a dash, an empty cell or null. JSON and CSV are stable:
docs/reid-optimization-analysis.md names every field.
"""

from __future__ import annotations

import io
import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.reports.threshold_records import record
from analysis.score_log.ranking import WEIGHTING
from reid.strata import Stratum
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.reports.threshold_table import ThresholdRow
    from analysis.stats.intervals import Share

WIDTH: Final = 80
CAVEATS: Final = (
    "The assignment rate is not accuracy: a low threshold assigns more, rightly or wrongly.",
    "Error rates are those of labelled sightings that were not picked by their score.",
    "FPIR counts sightings that some other deer than their own would have won.",
    "FDP is of the labelled herd; its upper end allows for strangers, and only an audit proves it.",
    WEIGHTING,
)


@dataclass(frozen=True, slots=True)
class ThresholdReport:
    """What-if figures of one scorer. `active` is the threshold in force, `origin` where it comes from.

    `scorer` is as `reid.models.Scorer.to_json` has it, `space` the name and fingerprint of its embedding space.
    `recommendation` is the document of `analysis.recommendation.document`; `override` (score units) is what runs use
    instead while REID_THRESHOLD is set.
    """

    scorer: Mapping[str, str]
    space: Mapping[str, str] | None
    active: ThresholdRow
    origin: str
    eligible: int
    rows: tuple[ThresholdRow, ...]
    recommendation: Mapping[str, Any]
    override: int | None = None


def _score(units: int) -> str:
    return f"{units / SCORE_UNITS:.4f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _headline(report: ThresholdReport) -> str:
    active = report.active
    return (
        f"Active threshold {_score(active.threshold)} ({report.origin}): {active.assigned} of "
        f"{report.eligible} eligible sightings, {_percent(active.assignment_rate)}."
    )


def verdict(report: ThresholdReport) -> str:
    """The verdict and its reason, as people read them."""
    recommendation = report.recommendation
    return f"{recommendation['verdict'].replace('_', ' ')}. {recommendation['reason']}"


def notes(report: ThresholdReport) -> list[str]:
    """What goes with the figures: certificates of batches, warnings, caveats."""
    batch = report.recommendation.get("batch")
    certificates = batch["certificates"] if batch else []
    left = report.recommendation.get("left_for_review")
    about = report.recommendation.get("assigns", "all")
    of_stratum = [left] if left else []
    of_stratum += [] if about == "all" else [f"The table is about {Stratum(about).words}."]
    return [*certificates, *of_stratum, *report.recommendation["warnings"], *CAVEATS]


def _short(share: float) -> str:
    """A percentage in at most four characters."""
    return "100" if share >= 0.9995 else f"{100 * share:.1f}"


def _interval(share: Share | None) -> str:
    if share is None:
        return "-"
    return f"{_short(share.estimate)} ({_short(share.low)}-{_short(share.high)})"


def _marked(row: ThresholdRow, active: int) -> str:
    return _score(row.threshold) + ("*" if row.threshold == active else "")


_ASSIGNMENT_COLUMNS: Final = (
    "Threshold",
    "Assigned",
    "Rate",
    "Change",
    "Points",
    "Decoys",
    "FPIR %",
)
_ERROR_COLUMNS: Final = ("Threshold", "FMR %", "FNMR %", "FNIR %", "FDP %")


def _assignment_cells(row: ThresholdRow, active: int) -> list[str]:
    relative = "-" if row.change_relative is None else f"{100 * row.change_relative:+.1f}%"
    fpir = row.errors["fpir"]
    return [
        _marked(row, active),
        str(row.assigned),
        _percent(row.assignment_rate),
        relative,
        f"{row.change_points:+.1f}",
        f"{fpir.hits}/{fpir.trials}" if fpir else "-",
        _interval(fpir),
    ]


def _error_cells(row: ThresholdRow, active: int) -> list[str]:
    shares = [_interval(row.errors[name]) for name in ("fmr", "fnmr", "fnir", "fdp")]
    return [_marked(row, active), *shares]


_TABLES: Final = ((_ASSIGNMENT_COLUMNS, _assignment_cells), (_ERROR_COLUMNS, _error_cells))


@dataclass(frozen=True, slots=True)
class Cells:
    """A table as text: `rows` have a cell for each of `columns`."""

    columns: tuple[str, ...]
    rows: list[list[str]]


def tables(report: ThresholdReport) -> list[Cells]:
    """Assignments, then error rates: together they are too wide for a terminal."""
    active = report.active.threshold
    return [
        Cells(columns, [cells(row, active) for row in report.rows]) for columns, cells in _TABLES
    ]


def named(scorer: Mapping[str, str]) -> str:
    """A scorer in words: its name, kind and the start of its fingerprint."""
    return f"{scorer['name']} ({scorer['kind']}, {scorer['fingerprint'][:8]})"


def as_table(report: ThresholdReport) -> str:
    """For a terminal of 80 columns. An asterisk marks the active threshold; intervals are of 95 %."""
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, highlight=False, markup=False)
    console.print(f"Scorer {named(report.scorer)}")
    console.print(_headline(report))
    for cells in tables(report):
        table = Table(box=box.ASCII, padding=0, pad_edge=False)
        for name in cells.columns:
            table.add_column(name, justify="right", no_wrap=True)
        for row in cells.rows:
            table.add_row(*row)
        console.print(table)
    for line in (verdict(report), *notes(report)):
        console.print(textwrap.fill(line, WIDTH), soft_wrap=True)
    return text.getvalue().rstrip("\n")


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    head = ["| " + " | ".join(columns) + " |", "|" + " ---: |" * len(columns)]
    return head + ["| " + " | ".join(row) + " |" for row in rows]


def as_markdown(report: ThresholdReport) -> str:
    """A section to paste into a document."""
    title = f"## Thresholds of {named(report.scorer)}"
    lines = [title, "", _headline(report), ""]
    for cells in tables(report):
        lines += [*_markdown_table(cells.columns, cells.rows), ""]
    word, _, reason = verdict(report).partition(". ")
    lines += [f"**{word}.** {reason}", ""]
    return "\n".join([*lines, *(f"- {one}" for one in notes(report))])


def as_json(report: ThresholdReport) -> str:
    """The whole report, for programs."""
    return json.dumps(
        {
            "space": report.space and report.space["name"],
            "space_fingerprint": report.space and report.space["fingerprint"],
            "scorer": report.scorer,
            "active_threshold": report.active.threshold / SCORE_UNITS,
            "active_threshold_origin": report.origin,
            "override_threshold": None
            if report.override is None
            else report.override / SCORE_UNITS,
            "eligible_sightings": report.eligible,
            "recommendation": report.recommendation,
            "thresholds": [record(row) for row in report.rows],
            "notes": CAVEATS,
        },
        indent=2,
        allow_nan=False,
    )


def as_csv(report: ThresholdReport) -> str:
    """The records of `as_json`, one a line."""
    from analysis.reports import frames  # pandas, for this format alone

    return frames.as_csv(frames.threshold_frame(report.rows))


FORMATS: Final[dict[str, Callable[[ThresholdReport], str]]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}
