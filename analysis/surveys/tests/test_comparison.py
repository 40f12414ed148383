"""Two surveys beside each other, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.surveys.comparison import Relation, Side, Unlike, pairs, unlike


def row(n: float | None, naive: list[float | None] | None, **more: Any) -> dict[str, Any]:
    return {
        "estimator": "M0",
        "class": "all",
        "unit": "deer",
        "n": n,
        "naive_interval": naive,
        "interval": None,
        "honest_n": None,
    } | more


def document(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "estimates": list(rows),
        "period": {"start": "2025-10-01", "end": "2025-10-28"},
        "basis": "both",
        "occasions": {"count": 4, "days": 7},
        "camera_days": 100,
        "cameras": [{"name": "oak", "days": 28}, {"name": "elm", "days": 0}],
    } | more


@pytest.mark.parametrize(
    ("before", "after", "relation"),
    [
        ([30, 40], [41, 60], Relation.MORE),
        ([41, 60], [30, 40], Relation.FEWER),
        ([30, 41], [41, 60], Relation.OVERLAP),
        ([30, None], [41, 60], Relation.OVERLAP),
        ([30, 40], [41, None], Relation.MORE),
        ([41, None], [30, 40], Relation.FEWER),
    ],
)
def test_only_ranges_that_do_not_meet_say_that_there_are_more_or_fewer(
    before: list[float | None], after: list[float | None], relation: Relation
) -> None:
    (pair,) = pairs(document(row(35, before)), document(row(50, after)))
    assert pair.relation is relation
    assert pair.difference == 15
    assert not pair.is_honest


def test_honest_ranges_are_compared_where_both_have_one() -> None:
    checked = row(35, [30, 40], interval=[25, 55], honest_n=33)
    (pair,) = pairs(document(checked), document(checked))
    assert (pair.before, pair.is_honest) == (Side(33, 25, 55), True)
    (pair,) = pairs(document(checked), document(row(50, [41, 60])))
    assert (pair.before, pair.after) == (Side(35, 30, 40), Side(50, 41, 60))
    assert not pair.is_honest


def test_what_has_no_number_in_one_of_them_is_not_compared() -> None:
    whole = document(row(35, [30, 40]), row(12, [10, 20], estimator="Chao"))
    assert pairs(whole, document(row(None, None))) == []
    assert pairs(whole, document()) == []


def test_surveys_done_alike_are_alike_a_year_later() -> None:
    later = document(period={"start": "2026-10-10", "end": "2026-11-06"}, camera_days=76)
    assert unlike(document(), later) == []


def test_every_way_of_not_being_alike_is_named() -> None:
    other = document(
        cameras=[{"name": "elm", "days": 3}],
        camera_days=74,
        occasions={"count": 9, "days": 3},
        basis="reviewed",
        period={"start": "2026-03-01", "end": "2026-03-28"},
    )
    assert unlike(document(), other) == list(Unlike)


def test_the_turn_of_the_year_is_one_season() -> None:
    christmas = document(period={"start": "2025-12-20", "end": "2025-12-24"})
    new_year = document(period={"start": "2025-01-02", "end": "2025-01-06"})
    assert unlike(christmas, new_year) == []
