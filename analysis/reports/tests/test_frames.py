"""Data frames of the reports: their columns and undefined values."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import numpy as np

from analysis.reports.frames import HISTOGRAM_COLUMNS, as_csv, histogram_frame, threshold_frame
from analysis.reports.tests.test_threshold_table import histogram, rates
from analysis.reports.threshold_records import THRESHOLD_COLUMNS, record
from analysis.reports.threshold_table import what_if

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reports.threshold_table import ThresholdRow

# As programs of others read them: a name may be added at the end, and none may change or move.
OF_THRESHOLDS = [
    "threshold", "assigned", "assignment_rate", "change_relative", "change_points",
    "decoy_trials", "decoy_hits",
    "fmr", "fmr_low", "fmr_high", "fnmr", "fnmr_low", "fnmr_high", "fpir", "fpir_low", "fpir_high",
    "fnir", "fnir_low", "fnir_high", "misid", "misid_low", "misid_high", "fdp", "fdp_low", "fdp_high",
    "fdp_forecast_upper",
]  # fmt: skip


def test_the_columns_stay_as_they_are():
    assert list(THRESHOLD_COLUMNS) == OF_THRESHOLDS
    assert list(HISTOGRAM_COLUMNS) == [
        "from", "to", "genuine", "impostor", "sex mismatch", "unlabelled",
    ]  # fmt: skip


def rows() -> list[ThresholdRow]:
    """Two thresholds for one sighting of 0.6 and nothing labelled: every error rate is undefined."""
    return what_if(1, histogram(6000), rates(), [5000, 7000], 7000)


def frame() -> pd.DataFrame:
    return threshold_frame(rows())


def test_what_is_undefined_is_nan_in_a_frame_none_in_json_and_empty_in_csv():
    assert frame()["fpir"].isna().all()
    first, second = map(record, rows())
    assert list(first) == OF_THRESHOLDS
    assert (first["assigned"], first["fpir"], first["change_relative"]) == (1, None, None)
    assert json.loads(json.dumps(second, allow_nan=False))["assigned"] == 0
    row = next(csv.DictReader(io.StringIO(as_csv(frame()))))
    assert (row["threshold"], row["assigned"], row["fpir"]) == ("0.5", "1", "")


def test_counts_stay_whole_numbers():
    assert frame()["assigned"].dtype == np.int64
    assert type(record(rows()[0])["assigned"]) is int


def test_bars_keep_their_counts():
    bars = [dict(zip(HISTOGRAM_COLUMNS, (0.1, 0.15, 1, 20, 0, 3), strict=True))]
    assert histogram_frame(bars).to_dict("records") == bars
    assert as_csv(histogram_frame(bars)).splitlines() == [
        "from,to,genuine,impostor,sex mismatch,unlabelled", "0.1,0.15,1,20,0,3",
    ]  # fmt: skip
