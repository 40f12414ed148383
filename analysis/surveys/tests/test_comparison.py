"""Two surveys beside each other, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.surveys.comparison import Relation, Side, Unlike, pairs, shared_days, unlike


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
        "side": None,
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
    first, second = row(35, [1, 2], interval=before), row(50, [1, 2], interval=after)
    (pair,) = pairs(document(first), document(second))
    assert pair.relation is relation


def test_each_has_the_range_of_its_own_page_and_one_that_was_not_checked_says_nothing() -> None:
    checked = row(35, [30, 40], interval=[25, 55], honest_n=33)
    (pair,) = pairs(document(checked), document(row(70, [61, 80])))
    assert pair.before == Side(33, 25, 55, is_honest=True)
    assert pair.after == Side(70, 61, 80, is_honest=False)
    assert pair.relation is Relation.UNCHECKED


def test_lower_bounds_are_not_compared() -> None:
    """A survey that saw less of the same herd has a lower bound below the other's."""
    first, second = row(12, [10, 20], estimator="Chao"), row(40, [30, 50], estimator="Chao")
    assert pairs(document(first), document(second)) == []


def test_days_in_both_are_counted_where_a_camera_ran_in_both() -> None:
    later = {"period": {"start": "2025-10-20", "end": "2025-11-10"}}
    assert shared_days(document(), document(**later)) == 9
    elm = [{"name": "elm", "days": 3}]
    assert shared_days(document(), document(**later, cameras=elm)) == 0
    apart = {"period": {"start": "2025-10-29", "end": "2025-11-10"}}
    assert shared_days(document(), document(**apart)) == 0


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
        side="left",
    )
    assert unlike(document(), other) == list(Unlike)


def test_the_turn_of_the_year_is_one_season() -> None:
    christmas = document(period={"start": "2025-12-20", "end": "2025-12-24"})
    new_year = document(period={"start": "2025-01-02", "end": "2025-01-06"})
    assert unlike(christmas, new_year) == []
