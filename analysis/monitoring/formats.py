"""Formats of the history of performance: terminal table, CSV, JSON. Pure; plain ASCII.

It takes the records of `analysis.monitoring.serializers`, newest first.
"""

from __future__ import annotations

import csv
import io
import json
import textwrap
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from analysis.reports.threshold_formats import WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

NOTHING_YET: Final = "No snapshot yet: run watch_reid --record."
LETTERS: Final = {
    "rate_fell": "R",
    "scores_drifted": "D",
    "threshold_expired": "E",
    "threshold_unproven": "U",
    "threshold_ready": "A",
    "scores_stale": "S",
    "retraining": "T",
}
LEGEND: Final = (
    "New: identified since the snapshot before. Sample: new sightings judged together, the share assigned "
    "with its control limits, and PSI of their scores with what chance explains. * begins a baseline. Alerts: "
    "R rate fell, D scores drifted, E threshold expired, U unproven, A can be approved, S scores stale, T training is worth it."
)
_COLUMNS: Final = ("Day", "Sightings", "New", "Rate", "Sample", "Limits", "PSI (chance)", "Alerts")
_STRUCTURED: Final = frozenset({"gates", "best_scores", "alerts"})

Record = dict[str, Any]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _limits(record: Mapping[str, Any]) -> str:
    if record["rate_centre"] is None:
        return "-"
    return f"{_percent(record['rate_lower'])}..{_percent(record['rate_upper'])}"


def _sample(record: Mapping[str, Any]) -> str:
    if record["sample_trials"] is None:
        return "-"
    rate = record["sample_rate"]
    return f"{record['sample_trials']}" + ("" if rate is None else f": {_percent(rate)}")


def _stability(record: Mapping[str, Any]) -> str:
    return "-" if record["psi"] is None else f"{record['psi']:.2f} ({record['psi_bound']:.2f})"


def _cells(record: Mapping[str, Any]) -> list[str]:
    on = [LETTERS[alert["kind"]] for alert in record["alerts"] if alert["state"] != "cleared"]
    return [
        record["period"] + ("*" if record["starts_baseline"] else ""),
        str(record["eligible"]),
        str(record["new_sightings"]),
        _percent(record["assignment_rate"]),
        _sample(record),
        _limits(record),
        _stability(record),
        "".join(on) or "-",
    ]


def _newest(record: Mapping[str, Any]) -> list[str]:
    """The newest snapshot in sentences."""
    scorer = record["scorer"]
    verdict = f"{record['verdict'].replace('_', ' ')}. {record['reason']}"
    return [
        f"On {record['period']}, {scorer['name']} ({scorer['kind']}): {verdict}",
        *(f"Gate failed: {fault}" for fault in record["gates"]),
        *(f"Alert {one['state']}, since {one['since']}: {one['text']}" for one in record["alerts"]),
    ]


def as_table(records: Sequence[Record]) -> str:
    """For a terminal of 80 columns: a line a snapshot, then the newest one's alerts."""
    if not records:
        return NOTHING_YET
    text = io.StringIO()
    console = Console(file=text, width=WIDTH, color_system=None, highlight=False, markup=False)
    table = Table(box=box.ASCII, padding=0, pad_edge=False)
    for number, name in enumerate(_COLUMNS):
        table.add_column(name, justify="right" if 0 < number < 7 else "left", no_wrap=True)
    for record in records:
        table.add_row(*_cells(record))
    console.print(table)
    for line in (LEGEND, *_newest(records[0])):
        console.print(textwrap.fill(line, WIDTH), soft_wrap=True)
    return text.getvalue().rstrip("\n")


def as_json(records: Sequence[Record]) -> str:
    """The records themselves."""
    return json.dumps({"snapshots": list(records)}, indent=2, allow_nan=False)


def as_csv(records: Sequence[Record]) -> str:
    """One snapshot a line, without its histograms; the scorer by name, `alerts` are the kinds that are on."""
    text = io.StringIO(newline="")
    rows = [
        {name: value for name, value in record.items() if name not in _STRUCTURED}
        | {
            "scorer": record["scorer"]["name"],
            "scorer_kind": record["scorer"]["kind"],
            "alerts": " ".join(
                alert["kind"] for alert in record["alerts"] if alert["state"] != "cleared"
            ),
        }
        for record in records
    ]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


FORMATS: Final[dict[str, Callable[[Sequence[Record]], str]]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
}
