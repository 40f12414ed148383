"""VR-001 to VR-005 at their edges, and the order in which violations are listed."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import date, timedelta

import pytest

from exports.requests import rules
from exports.requests.rules import RuleViolation, check_dates, check_group_by, in_order

TODAY = date(2025, 11, 15)
TOMORROW = TODAY + timedelta(days=1)


def codes(violations: list[RuleViolation]) -> list[str]:
    return [violation.code for violation in violations]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2025, 10, 1), date(2025, 10, 2), []),
        (date(2025, 10, 2), date(2025, 10, 1), ["VR-001"]),
        (date(2025, 10, 1), date(2025, 10, 1), ["VR-001"]),
        (date(2023, 3, 1), date(2024, 2, 29), []),  # 365 days, across a leap day
        (date(2023, 3, 1), date(2024, 3, 1), ["VR-002"]),  # 366 days
        (date(2025, 11, 14), TODAY, []),
        (date(2025, 11, 14), TOMORROW, ["VR-005"]),
        (TODAY, TOMORROW, ["VR-005"]),
        (TOMORROW, TODAY, ["VR-001", "VR-004"]),
        (TOMORROW, TOMORROW + timedelta(days=400), ["VR-002", "VR-004", "VR-005"]),
        (None, TOMORROW, ["VR-005"]),
        (TOMORROW, None, ["VR-004"]),
        (None, TODAY, []),
        (TODAY, None, []),
        (None, None, []),
    ],
)
def test_dates(start, end, expected):
    assert codes(check_dates(start, end, TODAY)) == expected


def test_each_rule_has_its_own_text_and_field():
    found = check_dates(TOMORROW, TODAY, TODAY) + check_dates(TODAY, date(2027, 1, 1), TODAY)
    assert found == [
        RuleViolation("VR-001", "end_date", "start_date must be before end_date"),
        RuleViolation("VR-004", "start_date", "start_date cannot be in the future"),
        RuleViolation("VR-002", "end_date", "Date range cannot exceed 1 year"),
        RuleViolation("VR-005", "end_date", "end_date cannot be in the future"),
    ]


@pytest.mark.parametrize("value", ["day", "week", "month"])
def test_known_groups_are_accepted(value):
    assert check_group_by(value) == []


@pytest.mark.parametrize("value", ["year", "Month", "", None, 5, ["month"]])
def test_unknown_groups_are_refused(value):
    assert check_group_by(value) == [
        RuleViolation("VR-003", "group_by", "group_by must be one of: day, month, week")
    ]


def test_violations_are_listed_by_kind_then_by_number():
    rest, typed = RuleViolation(rules.REQUIRED, "b", ""), RuleViolation(rules.INVALID, "a", "")
    unknown, late, early = (
        RuleViolation(code, "c", "") for code in (rules.UNKNOWN_FIELD, "VR-005", "VR-001")
    )
    assert in_order([rest, late, early, typed, unknown]) == (unknown, typed, early, late, rest)


def test_violations_of_one_kind_stay_as_they_were_found():
    found = [
        RuleViolation(code, field, "")
        for code in (rules.CONFLICT, rules.REQUIRED, rules.OUT_OF_RANGE, rules.NOT_FOUND)
        for field in ("b", "a")
    ]
    assert in_order(found) == tuple(found)
    assert in_order([]) == ()


def test_the_codes_are_the_contract_s():
    assert (rules.REQUIRED, rules.INVALID, rules.UNKNOWN_FIELD) == (
        "required",
        "invalid",
        "unknown_field",
    )
    assert (rules.NOT_FOUND, rules.OUT_OF_RANGE, rules.CONFLICT) == (
        "not_found",
        "out_of_range",
        "conflict",
    )


def test_a_violation_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        RuleViolation("VR-001", "end_date", "").code = "VR-002"  # type: ignore[misc]
