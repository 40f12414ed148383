"""Rules of an export request, VR-001 to VR-005: each has a name, one text and one function. Pure.

Rules look at whatever could be parsed, so that one mistake never hides another. A request's errors are
listed all together, in the order of `in_order`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from exports.requests.specs import GroupBy

if TYPE_CHECKING:
    from collections.abc import Iterable

START_BEFORE_END: Final = "start_date must be before end_date"
RANGE_TOO_LONG: Final = "Date range cannot exceed 1 year"
GROUP_BY_UNKNOWN: Final = "group_by must be one of: day, month, week"
START_IN_FUTURE: Final = "start_date cannot be in the future"
END_IN_FUTURE: Final = "end_date cannot be in the future"

MAX_SPAN: Final = timedelta(days=365)

REQUIRED: Final = "required"
INVALID: Final = "invalid"
UNKNOWN_FIELD: Final = "unknown_field"
NOT_FOUND: Final = "not_found"
OUT_OF_RANGE: Final = "out_of_range"
CONFLICT: Final = "conflict"


@dataclass(frozen=True, slots=True)
class RuleViolation:
    """One thing that is wrong with a request: `field` is a path with dots, "" for the whole body."""

    code: str
    field: str
    message: str


def check_dates(start: date | None, end: date | None, today: date) -> list[RuleViolation]:
    """VR-001, VR-002, VR-004 and VR-005 on the dates that could be parsed.

    `start` and `end` are local days, both inclusive, None where they are missing or no dates; `today`
    is the ranch's. Equal dates are refused, a span of 365 days and an end today are accepted.
    """
    violations = []
    if start and end:
        if start >= end:
            violations.append(RuleViolation("VR-001", "end_date", START_BEFORE_END))
        if end - start > MAX_SPAN:
            violations.append(RuleViolation("VR-002", "end_date", RANGE_TOO_LONG))
    if start and start > today:
        violations.append(RuleViolation("VR-004", "start_date", START_IN_FUTURE))
    if end and end > today:
        violations.append(RuleViolation("VR-005", "end_date", END_IN_FUTURE))
    return violations


def check_group_by(value: object) -> list[RuleViolation]:
    """VR-003, on any JSON value."""
    if isinstance(value, str) and value in {item.value for item in GroupBy}:
        return []
    return [RuleViolation("VR-003", "group_by", GROUP_BY_UNKNOWN)]


def in_order(violations: Iterable[RuleViolation]) -> tuple[RuleViolation, ...]:
    """Unknown fields, wrong types, the VR rules by number, then the rest; else as they came."""
    return tuple(sorted(violations, key=_rank))


def _rank(violation: RuleViolation) -> tuple[int, str]:
    if violation.code.startswith("VR-"):
        return 2, violation.code
    return {UNKNOWN_FIELD: 0, INVALID: 1}.get(violation.code, 3), ""
