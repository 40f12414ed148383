"""Antler seasons, worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from reid.antlers import ANY_SEASON, antler_season, antler_year, of_one_season
from reid.models.antlers import reference_season, season_of, seasons_rule
from reid.taxonomy import carries_antlers


@pytest.mark.parametrize(
    ("day", "first_month", "season"),
    [
        (date(2025, 10, 1), 4, 202504),
        (date(2026, 3, 31), 4, 202504),
        (date(2026, 4, 1), 4, 202604),
        (date(2026, 1, 1), 1, 202601),
        (date(2026, 11, 30), 12, 202512),
        (None, 4, ANY_SEASON),
    ],
)
def test_a_season_is_named_by_the_year_in_which_its_antlers_grew(day, first_month, season) -> None:
    assert antler_season(day, first_month) == season
    assert antler_year(season) == (season // 100 if day else None)


def test_there_is_no_thirteenth_month() -> None:
    with pytest.raises(ValueError, match="no month 13"):
        antler_season(date(2026, 1, 1), 13)


def test_the_ranchs_clock_decides_not_greenwich(settings) -> None:
    settings.TIME_ZONE = "America/Chicago"
    before_midnight = datetime(2026, 4, 1, 4, 59, tzinfo=UTC)  # 31 March, 23:59 in Chicago
    assert season_of(before_midnight) == 202504
    assert season_of(datetime(2026, 4, 1, 5, 0, tzinfo=UTC)) == 202604
    assert season_of(None) == ANY_SEASON


@pytest.mark.parametrize(
    ("sex", "classification", "is_buck"),
    [
        ("buck", "unknown_deer", True),
        ("buck", "doe", True),  # shed: the profile knows better
        ("unknown", "buck", True),
        ("unknown", "unknown_deer", False),
        ("fawn", "buck", True),
        ("doe", "buck", False),
        ("", "buck", True),
    ],
)
def test_antlers_are_a_bucks(sex, classification, is_buck) -> None:
    assert carries_antlers(sex, classification) == is_buck
    season = reference_season(datetime(2025, 10, 1, 12, tzinfo=UTC), sex, classification)
    assert season == (202504 if is_buck else ANY_SEASON)


def test_the_rule_names_the_month_that_scores_depend_on(settings) -> None:
    settings.REID_ANTLER_MONTH = 5
    assert seasons_rule() == "all"
    settings.REID_ANTLER_SEASONS = "same"
    assert seasons_rule() == "same from month 5"


def test_references_of_another_season_count_only_for_want_of_others() -> None:
    # three deer: two seasons; another season alone; without antlers. The last probe has no time.
    references, owners = np.array([202504, 202404, 202404, 0]), np.array([0, 0, 1, 2])
    allowed = np.array([[True] * 4, [False, True, True, True], [True] * 4])
    probes = np.array([202504, 202504, ANY_SEASON])
    assert of_one_season(allowed, probes, references, owners).tolist() == [
        [True, False, True, True],
        [False, True, True, True],  # its one reference of 2025 is not allowed
        [True, True, True, True],
    ]


def test_nobodys_references_keep_their_own_counsel() -> None:
    references, owners = np.array([202404, 202504]), np.array([-1, 0])
    allowed = np.ones((1, 2), bool)
    assert of_one_season(allowed, np.array([202504]), references, owners).tolist() == [[True, True]]
