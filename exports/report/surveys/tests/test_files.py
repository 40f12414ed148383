"""Files of a survey's numbers: what a spreadsheet, R or a program reads of it."""

from __future__ import annotations

import csv
import io
import json

import pytest

from exports.report.surveys import files
from exports.tests.surveys import REFUSED, document


def rows(name: str, **given: object) -> list[dict[str, str]]:
    media_type, text = files.written(name, document(**given))  # type: ignore[arg-type]
    assert media_type == "text/csv; charset=utf-8"
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_json_is_the_document_itself() -> None:
    media_type, text = files.written("survey.json", document())
    assert media_type == "application/json"
    assert json.loads(text) == document()


def test_estimates_have_both_numbers_in_full() -> None:
    """12 deer: naively 18, 12.6 to 23.4; honestly 16.2, 7.2 to 27."""
    first = rows("estimates.csv", deer=12)[0]
    assert (first["estimator"], first["class"]) == ("M0", "all")
    values = [
        float(first[name]) for name in ("n", "low", "high", "naive_n", "naive_low", "naive_high")
    ]
    assert values == pytest.approx([16.2, 7.2, 27.0, 18.0, 12.6, 23.4])


def test_what_has_no_number_is_empty_and_what_has_no_bound_is_infinite() -> None:
    found = {
        (row["estimator"], row["class"]): row for row in rows("estimates.csv", refused=REFUSED)
    }
    assert found["M0", "all"]["n"] == found["M0", "all"]["low"] == ""
    assert found["Mb", "all"]["naive_high"] == "inf"
    missing = found["Mh", "fawn"]
    assert (missing["naive_n"], missing["why_not"]) == (
        *("", "too few recaptures to tell two kinds of deer apart"),
    )


def test_histories_have_a_column_an_occasion_and_run_no_formula() -> None:
    found = {row["deer"]: row for row in rows("histories.csv")}
    occasions = ("2025-10-01", "2025-10-08", "2025-10-15", "2025-10-22")
    assert [found["Ivy"][day] for day in occasions] == ["1", "1", "0", "0"]
    assert found["Ivy"]["cameras"] == "Stand 2"
    assert "'=SUM(A1)" in found
    assert len(found) == 5


def test_an_occasion_on_which_no_camera_ran_is_empty_in_the_histories() -> None:
    """Camera-days stand still from the third occasion on: there nobody was looked for, and nobody missed."""
    still = [{"camera_days": days, "deer": 5} for days in (26.0, 52.0, 52.0, 52.0)]
    ivy = next(row for row in rows("histories.csv", accumulation=still) if row["deer"] == "Ivy")
    assert list(ivy.values())[-4:] == ["1", "1", "", ""]


def test_effort_has_a_row_a_camera_with_its_place_and_what_was_left_out() -> None:
    first, second, *_ = rows("effort.csv")
    assert first == {
        "camera": "Stand 1",
        "latitude": "29.0",
        "longitude": "-98.0",
        "camera_days": "28",
        "is_estimated": "false",
        "left_out": "",
    }
    assert second["left_out"] == "4 Oct 2025: nothing was taken"


def test_there_is_no_other_file() -> None:
    with pytest.raises(KeyError):
        files.written("deer.csv", document())
