"""Formats of the threshold table: width, ASCII, and stable fields."""

from __future__ import annotations

import csv
import io
import json

import pytest

from analysis.reports.tests.test_threshold_table import histogram, rates
from analysis.reports.threshold_formats import (
    CAVEATS,
    FORMATS,
    WIDTH,
    ThresholdReport,
    as_csv,
    as_json,
    as_table,
)
from analysis.reports.threshold_table import what_if

ADVICE = {
    "verdict": "AUDIT_NEEDED",
    "reason": "Judge about 121 of them.",
    "warnings": ["It is near."],
}


def given(best, labelled, thresholds, active, eligible, name="lite0", origin="not approved"):
    at_active, *rows = what_if(eligible, best, labelled, [active, *thresholds], active)
    scorer = {"id": "1", "kind": "embedding", "name": name, "fingerprint": "ab" * 32}
    space = {"name": name, "fingerprint": "ab" * 32}
    return ThresholdReport(scorer, space, at_active, origin, eligible, tuple(rows), ADVICE)


def report(*decoys):
    best, labelled = histogram(9000, 8000, 5000, 4000), rates(*(decoys or (8000, 6500)))
    return given(best, labelled, [7000, 8000, 5000], 7000, 4)


def test_the_table_fits_eighty_columns_of_ascii():
    crowded = histogram(*[10_000] * 90, *[8000] * 123_456)
    hard = rates(*[10_000] * 1000, genuine=7000)
    big = given(crowded, hard, [10_000, 7000], 10_000, 999_999, "a space", "approved by local")
    for one in (report(), big):
        text = as_table(one)
        assert text.isascii()
        assert max(map(len, text.splitlines())) <= WIDTH
    assert "of 999999 eligible" in as_table(big)
    assert "1000/1000" in as_table(big)


def test_the_table_shows_the_figures_and_marks_the_active_threshold():
    lines = as_table(report()).splitlines()
    rows = [line for line in lines if "0.7000*" in line]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    # the interval of one hit in two that are worth two: 0.0126 to 0.9874
    assert cells == [
        ["0.7000*", "2", "50.0%", "+0.0%", "+0.0", "1/2", "50.0 (1.3-98.7)"],
        ["0.7000*", "50.0 (1.3-98.7)", "0.0 (0.0-84.2)", "0.0 (0.0-84.2)", "0.0 (0.0-84.2)"],
    ]
    assert "Active threshold 0.7000 (not approved): 2 of 4 eligible sightings, 50.0%." in lines


@pytest.mark.parametrize("name", ["table", "markdown", "json"])
def test_nobody_takes_the_assignment_rate_for_quality(name):
    text = " ".join(FORMATS[name](report()).split())
    assert all(line in text for line in CAVEATS)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_undefined_is_never_nan(name):
    text = FORMATS[name](given(histogram(6000), rates(), [5000], 9000, 4))
    assert "nan" not in text.lower()
    assert "infinity" not in text.lower()


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
        "fmr": 1.0,
        "fmr_low": pytest.approx(0.025**0.5),
        "fmr_high": 1.0,
        "fnmr": 0.0,
        "fnmr_low": 0.0,
        "fnmr_high": pytest.approx(1 - 0.025**0.5),
        "fpir": 1.0,
        "fpir_low": pytest.approx(0.025**0.5),
        "fpir_high": 1.0,
        "fnir": 0.0,
        "fnir_low": 0.0,
        "fnir_high": pytest.approx(1 - 0.025**0.5),
        "misid": 0.0,
        "misid_low": 0.0,
        "misid_high": pytest.approx(1 - 0.025**0.5),
        "fdp": 0.0,
        "fdp_low": 0.0,
        "fdp_high": pytest.approx(1 - 0.025**0.5),
        "fdp_forecast_upper": None,
    }
    assert whole["recommendation"] == ADVICE


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_the_verdict_and_its_warnings_are_spelled_out(name):
    text = FORMATS[name](report())
    assert "AUDIT NEEDED" in text
    assert "Judge about 121 of them." in text
    assert "It is near." in text


def test_csv_and_json_agree():
    rows = list(
        csv.DictReader(
            io.StringIO(as_csv(given(histogram(6000), rates(), [7000, 8000, 5000], 7000, 1)))
        )
    )
    assert [float(row["threshold"]) for row in rows] == [0.7, 0.8, 0.5]
    assert {row["fpir"] for row in rows} == {""}
