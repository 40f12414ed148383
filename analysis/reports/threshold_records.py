"""Records of the threshold table: named fields in a fixed order, undefined as None. Pure.

JSON writes them as they are; CSV and notebooks get them as data frames (`analysis.reports.frames`).
docs/reid-optimization-analysis.md says what each field holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analysis.reports.threshold_table import ERRORS
from reid.units import SCORE_UNITS

if TYPE_CHECKING:
    from analysis.reports.threshold_table import ThresholdRow

THRESHOLD_COLUMNS: Final = (
    *("threshold", "assigned", "assignment_rate", "change_relative", "change_points"),
    *("decoy_trials", "decoy_hits"),
    *(f"{name}{end}" for name in ERRORS for end in ("", "_low", "_high")),
    "fdp_forecast_upper",
)


def record(row: ThresholdRow) -> dict[str, Any]:
    """The fields of THRESHOLD_COLUMNS: rates as shares of 1, `change_points` in percentage points."""
    fpir = row.errors["fpir"]
    fields: dict[str, Any] = {
        "threshold": row.threshold / SCORE_UNITS,
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
        fields[name] = share.estimate if share else None
        fields[f"{name}_low"] = share.low if share else None
        fields[f"{name}_high"] = share.high if share else None
    return {name: fields[name] for name in THRESHOLD_COLUMNS}
