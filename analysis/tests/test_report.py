from __future__ import annotations

import csv
import io
import json

import pytest

from analysis.metrics import what_if
from analysis.report import CAVEATS, FORMATS, WIDTH, ThresholdReport, as_csv, as_json, as_table
from analysis.tests.test_metrics import histogram


def report(*, decoys=(8000, 6500)) -> ThresholdReport:
    best, wrong = histogram(9000, 8000, 5000, 4000), histogram(*decoys)
    active, *rows = what_if(4, best, wrong, [7000, 7000, 8000, 5000], 7000)
    return ThresholdReport("lite0", "ab" * 32, active, "not approved", 4, tuple(rows))


def test_the_table_fits_eighty_columns_of_ascii():
    crowded = histogram(*[10_000] * 90, *[8000] * 123_456)
    active, *rows = what_if(999_999, crowded, crowded, [10_000, 7000], 10_000)
    big = ThresholdReport("a space", "cd" * 32, active, "approved by local", 999_999, tuple(rows))
    for given in (report(), big):
        text = as_table(given)
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= WIDTH
    assert "of 123546" in as_table(big)


def test_the_table_shows_the_figures_and_marks_the_active_threshold():
    lines = as_table(report()).splitlines()
    (row,) = [line for line in lines if "0.7000*" in line]
    assert row.replace(" ", "").strip("|").split("|") == [
        "0.7000*", "2", "50.0%", "+0.0%", "+0.0", "1", "50.0%(1.3-98.7)",
    ]  # fmt: skip
    assert "Active threshold 0.7000 (not approved): 2 of 4 eligible sightings, 50.0%." in lines


@pytest.mark.parametrize("name", ["table", "markdown", "json"])
def test_nobody_takes_the_assignment_rate_for_quality(name):
    assert all(line in FORMATS[name](report()) for line in CAVEATS)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_undefined_is_never_nan(name):
    active, *rows = what_if(4, histogram(6000), histogram(), [9000, 5000], 9000)
    text = FORMATS[name](ThresholdReport("s", "ab" * 32, active, "not approved", 4, tuple(rows)))
    assert "nan" not in text.lower()
    assert "inf" not in text.lower()


def test_json_has_shares_of_one():
    whole = json.loads(as_json(report()))
    assert (whole["active_threshold"], whole["eligible_sightings"]) == (0.7, 4)
    assert whole["thresholds"][2] == {
        "threshold": 0.5,
        "assigned": 3,
        "assignment_rate": 0.75,
        "change_relative": 0.5,
        "change_points": 25.0,
        "decoy_trials": 2,
        "decoy_hits": 2,
        "fpir": 1.0,
        "fpir_low": pytest.approx(0.025**0.5),
        "fpir_high": 1.0,
    }


def test_csv_and_json_agree():
    rows = list(csv.DictReader(io.StringIO(as_csv(report(decoys=())))))
    assert [float(row["threshold"]) for row in rows] == [0.7, 0.8, 0.5]
    assert {row["fpir"] for row in rows} == {""}
