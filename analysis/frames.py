"""The tables of the reports as data frames: named columns in a fixed order, undefined as NaN. Pure.

CSV and JSON are made of these, so they agree, and whoever works in a notebook gets the same columns.
docs/reid-optimization-analysis.md says what each one holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from analysis.metrics import ERRORS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.metrics import ThresholdRow

_UNITS: Final = 10_000  # score units in a similarity of 1.0
THRESHOLD_COLUMNS: Final = (
    *("threshold", "assigned", "assignment_rate", "change_relative", "change_points"),
    *("decoy_trials", "decoy_hits"),
    *(f"{name}{end}" for name in ERRORS for end in ("", "_low", "_high")),
    "fdp_forecast_upper",
)
HISTOGRAM_COLUMNS: Final = ("from", "to", "genuine", "impostor", "sex mismatch", "unlabelled")


def threshold_frame(rows: Sequence[ThresholdRow]) -> pd.DataFrame:
    """A row a threshold: rates as shares of 1, `change_points` in percentage points."""
    return pd.DataFrame([_row(row) for row in rows], columns=list(THRESHOLD_COLUMNS))


def _row(row: ThresholdRow) -> dict[str, Any]:
    fpir = row.errors["fpir"]
    found: dict[str, Any] = {
        "threshold": row.threshold / _UNITS,
        "assigned": row.assigned,
        "assignment_rate": row.assignment_rate,
        "change_relative": row.change_relative,
        "change_points": row.change_points,
        "decoy_trials": fpir.trials if fpir else 0,
        "decoy_hits": fpir.hits if fpir else 0,
        "fdp_forecast_upper": row.fdp_forecast,
    }
    for name in ERRORS:
        share = row.errors[name]
        found[name] = share.estimate if share else None
        found[f"{name}_low"] = share.low if share else None
        found[f"{name}_high"] = share.high if share else None
    return found


def histogram_frame(bars: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row a bar of similarity, `from` up to below `to`: compared pairs by stratum."""
    return pd.DataFrame(bars, columns=list(HISTOGRAM_COLUMNS))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows for JSON: whole numbers stay whole, and NaN, which JSON has not, is None."""
    known = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]


def as_csv(frame: pd.DataFrame) -> str:
    """The frame with a header line; undefined is an empty cell."""
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text.rstrip("\n")
