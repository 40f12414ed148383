"""One threshold table in four dresses: for a terminal, for a spreadsheet, for a program, for a document.

All of it is plain ASCII, and what is undefined is a dash, an empty cell or null.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.metrics import ThresholdRow

WIDTH: Final = 80
_UNITS: Final = 10_000  # score units in a similarity of 1.0
CAVEATS: Final = (
    "Assignment rate is not accuracy: lower thresholds assign more, right or wrong.",
    "FPIR: share of labelled sightings that another deer than their own would win.",
    "No recommendation here: it needs an audit of would-be assignments by a person.",
)


@dataclass(frozen=True, slots=True)
class ThresholdReport:
    """What-if figures of one space. `active` is the threshold in force, `origin` where it comes from."""

    space: str
    fingerprint: str
    active: ThresholdRow
    origin: str
    eligible: int
    rows: tuple[ThresholdRow, ...]


def _score(units: int) -> str:
    return f"{units / _UNITS:.4f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _headline(report: ThresholdReport) -> str:
    active = report.active
    return (
        f"Active threshold {_score(active.threshold)} ({report.origin}): {active.assigned} of "
        f"{report.eligible} eligible sightings, {_percent(active.assignment_rate)}."
    )


def _change(relative: float | None) -> str:
    if relative is None:
        return "-"
    # Against next to nothing any change is huge; its digits would only break the table.
    return f"{100 * relative:+.1f}%" if relative < 9.999 else ">+999%"


def _cells(row: ThresholdRow, active: int) -> list[str]:
    hits = interval = "-"
    if row.fpir is not None:
        hits = str(row.fpir.hits)
        low, high = 100 * row.fpir.low, 100 * row.fpir.high
        interval = f"{_percent(row.fpir.estimate)} ({low:.1f}-{high:.1f})"
    return [
        _score(row.threshold) + ("*" if row.threshold == active else ""),
        str(row.assigned),
        _percent(row.assignment_rate),
        _change(row.change_relative),
        f"{row.change_points:+.1f}",
        hits,
        interval,
    ]


def _columns(report: ThresholdReport) -> list[str]:
    trials = report.active.fpir.trials if report.active.fpir else 0
    return [
        "Thresh-\nold",
        "As-\nsigned",
        "Rate",
        "Change",
        "Points",
        f"Decoys\nof {trials}",
        "FPIR\n(95% interval)",
    ]


def as_table(report: ThresholdReport) -> str:
    """For a terminal of 80 columns. An asterisk marks the active threshold."""
    table = Table(box=box.ASCII, pad_edge=False)
    for name in _columns(report):
        table.add_column(name, justify="right", no_wrap=True)
    for row in report.rows:
        table.add_row(*_cells(row, report.active.threshold))
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, highlight=False, markup=False)
    console.print(f"Space {report.space} ({report.fingerprint[:8]})")
    console.print(_headline(report))
    console.print(table)
    for line in CAVEATS:
        console.print(line)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def as_markdown(report: ThresholdReport) -> str:
    """A section to paste into a document."""
    heads = [name.replace("-\n", "").replace("\n", " ") for name in _columns(report)]
    lines = [
        f"## Thresholds of {report.space} ({report.fingerprint[:8]})",
        "",
        _headline(report),
        "",
    ]
    lines.append("| " + " | ".join(heads) + " |")
    lines.append("|" + " ---: |" * len(heads))
    lines += ["| " + " | ".join(_cells(row, report.active.threshold)) + " |" for row in report.rows]
    return "\n".join([*lines, "", *(f"- {line}" for line in CAVEATS)])


def _record(row: ThresholdRow) -> dict[str, Any]:
    fpir = row.fpir
    return {
        "threshold": row.threshold / _UNITS,
        "assigned": row.assigned,
        "assignment_rate": row.assignment_rate,
        "change_relative": row.change_relative,
        "change_points": row.change_points,
        "decoy_trials": fpir.trials if fpir else 0,
        "decoy_hits": fpir.hits if fpir else 0,
        "fpir": fpir.estimate if fpir else None,
        "fpir_low": fpir.low if fpir else None,
        "fpir_high": fpir.high if fpir else None,
    }


def as_json(report: ThresholdReport) -> str:
    """Rates as shares of 1, points in percentage points, undefined as null."""
    return json.dumps(
        {
            "space": report.space,
            "space_fingerprint": report.fingerprint,
            "active_threshold": report.active.threshold / _UNITS,
            "active_threshold_origin": report.origin,
            "eligible_sightings": report.eligible,
            "thresholds": [_record(row) for row in report.rows],
            "notes": CAVEATS,
        },
        indent=2,
        allow_nan=False,
    )


def as_csv(report: ThresholdReport) -> str:
    """The records of `as_json`, one a line."""
    text = io.StringIO(newline="")
    records = [_record(row) for row in report.rows]
    writer = csv.DictWriter(text, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().rstrip("\n")


FORMATS: Final[dict[str, Callable[[ThresholdReport], str]]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
}
