"""Files for R hold what the survey holds, and base R reads them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from analysis.population import to_r
from analysis.population.occasions import Occasions, Sighted, cut
from analysis.tests.rscript import read_by_r, with_r

if TYPE_CHECKING:
    from pathlib import Path

START = date(2026, 10, 1)
PLACES = {"North pond": (1200.0, 350.5), "North-pond": (0.0, 0.0)}


@pytest.fixture
def occasions() -> Occasions:
    days = [START + timedelta(days=number) for number in range(4)]
    running = {"North pond": days, "North-pond": days[:2]}
    sightings = [
        Sighted("Old Tom", "North pond", days[0]),
        Sighted("Old Tom", "North-pond", days[1]),
        Sighted("Bo", "North pond", days[3]),
    ]
    return cut(sightings, running, START, days[-1], 2)


def test_names_are_words_that_stay_apart() -> None:
    names = to_r.plain_names(["Old Tom", "Old_Tom", " old  tom ", "Bo", "?"])
    assert list(names.values()) == ["Old_Tom", "Old_Tom_2", "old_tom_3", "Bo", "_"]
    names = to_r.plain_names(["Buck #1", "Buck 1", "Buck 1 2"])
    assert list(names.values()) == ["Buck_1", "Buck_1_2", "Buck_1_2_2"]


def test_detectors_with_their_usage(occasions: Occasions) -> None:
    assert to_r.secr_traps(occasions, PLACES).splitlines()[1:] == [
        "North_pond 1200.00 350.50 2 2",
        "North-pond 0.00 0.00 2 0",
    ]


def test_captures_of_each_occasion(occasions: Occasions) -> None:
    assert to_r.secr_captures(occasions, "fall 2026").splitlines()[1:] == [
        "fall_2026 Bo 2 North_pond",
        "fall_2026 Old_Tom 1 North_pond",
        "fall_2026 Old_Tom 1 North-pond",
    ]


def test_a_camera_that_did_not_run_is_unknown_and_not_empty(occasions: Occasions) -> None:
    assert to_r.unmarked_table(occasions).splitlines() == [
        '"site","y.1","y.2","effort.1","effort.2"',
        '"North pond","1","1","2","2"',
        '"North-pond","1","NA","2","0"',
    ]


def test_the_history_of_camtrapr_says_the_same(occasions: Occasions) -> None:
    assert to_r.camtrapr_history(occasions).splitlines() == [
        '"Station","o1","o2"',
        '"North pond","1","1"',
        '"North-pond","1","NA"',
    ]


def test_a_camera_without_a_place_has_none() -> None:
    table = to_r.camtrapr_stations({"Elm": (START, START)}, {}, {})
    assert table.splitlines()[1:] == ['"Elm","NA","NA","2026-10-01","2026-10-01"']


def test_cameras_with_different_numbers_of_problems() -> None:
    table = to_r.camtrapr_stations(
        {name: (START, START + timedelta(days=9)) for name in PLACES},
        {"North pond": [(date(2026, 10, 3), date(2026, 10, 4))]},
        PLACES,
    )
    assert table.splitlines()[1:] == [
        '"North pond","1200.00","350.50","2026-10-01","2026-10-10","2026-10-03","2026-10-04"',
        '"North-pond","0.00","0.00","2026-10-01","2026-10-10","NA","NA"',
    ]


@with_r
def test_r_reads_detectors_and_captures(tmp_path: Path, occasions: Occasions) -> None:
    traps, captures = tmp_path / "traps.txt", tmp_path / "captures.txt"
    traps.write_text(to_r.secr_traps(occasions, PLACES))
    captures.write_text(to_r.secr_captures(occasions))
    reader = "read.table(commandArgs(TRUE)[1])"
    assert read_by_r(traps, reader, "dim(x), sum(x$V2), sum(x$V4), sum(x$V5)") == "2 5 1200 4 2"
    assert read_by_r(captures, reader, "dim(x), sum(x$V3), length(unique(x$V2))") == "3 4 4 2"


@with_r
def test_r_reads_tables_with_quotes_and_commas(tmp_path: Path, occasions: Occasions) -> None:
    records, sites = tmp_path / "records.csv", tmp_path / "sites.csv"
    at = datetime(2026, 10, 1, 6, 30)  # noqa: DTZ001  local, as camtrapR has it
    records.write_text(to_r.camtrapr_records([("North pond", 'Tom "Bo", jr', "buck", at)]))
    sites.write_text(to_r.unmarked_table(occasions))
    reader = "read.csv(commandArgs(TRUE)[1])"
    hour = 'format(as.POSIXct(x$DateTimeOriginal, tz="UTC"), "%H")'
    assert read_by_r(records, reader, f"x$Individual, {hour}") == 'Tom "Bo", jr 06'
    assert read_by_r(sites, reader, "sum(is.na(x$y.2)), sum(as.integer(x$effort.1))") == "1 4"
