"""Data frames of the reports' tables: named columns in a fixed order, undefined as NaN. Pure.

CSV is made of these, and whoever works in a notebook gets the same columns. Loading pandas takes half a second,
so the other formats do without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from analysis.reports.threshold_records import THRESHOLD_COLUMNS, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.reports.threshold_table import ThresholdRow

HISTOGRAM_COLUMNS: Final = ("from", "to", "genuine", "impostor", "sex mismatch", "unlabelled")


def threshold_frame(rows: Sequence[ThresholdRow]) -> pd.DataFrame:
    """A row a threshold: rates as shares of 1, `change_points` in percentage points."""
    return pd.DataFrame([record(row) for row in rows], columns=list(THRESHOLD_COLUMNS))


def histogram_frame(bars: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A row a bar of similarity, `from` up to below `to`: compared pairs by stratum."""
    return pd.DataFrame(bars, columns=list(HISTOGRAM_COLUMNS))


def as_csv(frame: pd.DataFrame) -> str:
    """The frame with a header line; undefined is an empty cell."""
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text.rstrip("\n")
