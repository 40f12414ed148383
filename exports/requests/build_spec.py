"""Specification of an export from a request's body, or the list of everything that is wrong with the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exports.requests import naming, surveys, targets, titles
from exports.requests.errors import RequestRefused
from exports.requests.fields import first_ten
from exports.requests.parsing import Parsed, parse
from exports.requests.rules import (
    CONFLICT,
    NOT_FOUND,
    OUT_OF_RANGE,
    REQUIRED,
    RuleViolation,
    check_dates,
    check_group_by,
    in_order,
)
from exports.requests.serializers import MAX_DETECTIONS, ArchiveRequest, ReportRequest
from exports.requests.specs import (
    ArchiveFormat,
    ArchiveSpec,
    DetectionSelection,
    GroupBy,
    ReportPeriod,
    ReportSpec,
    ReportType,
)

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

PERIODS_REQUIRED: Final = "comparison_periods required for comparison reports (2-5 periods)"
PERIODS_COUNT: Final = "comparison_periods must hold 2 to 5 periods"
PERIODS_UNUSED: Final = "comparison_periods are for reports of type comparison only"
LABELS_TWICE: Final = "comparison_periods must have labels that differ"
START_REQUIRED: Final = "start_date is required."
NOTHING_NAMED: Final = "Name the detections: give detection_ids or filter"
NAMED_TWICE: Final = "Give detection_ids or filter, not both"
PRECISION_UNUSED: Final = "coordinate_precision is for format camtrap-dp only"
NO_COORDINATES: Final = (
    "camtrap-dp needs to know where every camera stands: set latitude and longitude of {names}"
)
NOTHING_INCLUDED: Final = "include_crops and include_metadata_csv cannot both be false"
FILTER_FINDS_NOTHING: Final = "filter finds no detections"
TOO_MANY_EMPTY: Final = f"filter finds more than {MAX_DETECTIONS:,} photographs without an animal: narrow it, or set include_empty false"
FILTER_FINDS_TOO_MANY: Final = f"filter finds more than {MAX_DETECTIONS:,} detections: narrow it"
MIN_PERIODS, MAX_PERIODS = 2, 5


def report_spec(data: Any, today: date) -> ReportSpec:
    """The report that `data` asks for. Raises RequestRefused with every violation."""
    parsed = parse(ReportRequest(), data)
    violations = parsed.violations
    if isinstance(data, dict) and "group_by" in data:  # VR-003 says it in its own words
        violations = [violation for violation in violations if violation.field != "group_by"]
        violations += check_group_by(data["group_by"])
    if parsed.get("report_type") == ReportType.SURVEY:
        return surveys.report_of(parsed, violations, data)
    rows: list[Parsed] | None = parsed.get("comparison_periods")
    is_comparison = parsed.get("report_type") == ReportType.COMPARISON
    violations += _check_dates(parsed, "", today)
    if parsed.get("survey"):
        violations.append(RuleViolation(CONFLICT, "survey", surveys.SURVEY_UNUSED))
    if is_comparison:
        violations += _check_rows(rows, today)
    else:
        if rows is not None:
            violations.append(RuleViolation(CONFLICT, "comparison_periods", PERIODS_UNUSED))
        if parsed.get("start_date") is None and not _names(violations, "start_date"):
            violations.append(RuleViolation(REQUIRED, "start_date", START_REQUIRED))
    violations += targets.check_ids(parsed, "")
    violations += surveys.check_parts(parsed)
    if violations:
        raise RequestRefused(in_order(violations))
    periods = tuple(_period(row, row.get("label"), today) for row in rows or ())
    if not is_comparison:
        periods = (_period(parsed, "", today),)
    return ReportSpec(
        report_type=ReportType(parsed.get("report_type")),
        periods=periods,
        group_by=GroupBy(parsed.get("group_by")),
        selection=_selection(parsed),
        include_charts=parsed.get("include_charts"),
        include_tables=parsed.get("include_tables"),
        include_insights=parsed.get("include_insights"),
        title=parsed.get("title") or titles.of_report(periods, is_comparison=is_comparison),
        notify=parsed.get("notify"),
        recipients=parsed.get("recipients") or (),
    )


def archive_spec(data: Any, today: date) -> ArchiveSpec:
    """The archive that `data` asks for, its filter resolved to ids. Raises RequestRefused with every violation."""
    parsed = parse(ArchiveRequest(), data)
    violations = parsed.violations
    wanted: tuple[UUID, ...] | None = parsed.get("detection_ids")
    chosen: Parsed | None = parsed.get("filter")
    if chosen:
        violations += _check_dates(chosen, "filter.", today)
        has_end_alone = chosen.get("end_date") and chosen.get("start_date") is None
        if has_end_alone and not _names(violations, "filter.start_date"):
            violations.append(
                RuleViolation(REQUIRED, "filter.start_date", f"filter.{START_REQUIRED}")
            )
        violations += targets.check_ids(chosen, "filter.")
    if wanted and (unknown := targets.unknown_detections(wanted)):
        violations.append(targets.not_found("detection_ids", unknown, len(wanted)))
    violations += _check_choice(parsed, has_ids=wanted is not None, has_filter=chosen is not None)
    if chosen and not violations:
        wanted, violations = _resolve(chosen, today)
    if not violations:
        violations = _check_coordinates(parsed, wanted or ())
    empty: tuple[UUID, ...] = ()
    if chosen and not violations:
        empty = _empty_images(parsed, chosen, today)
        if len(empty) > MAX_DETECTIONS:
            violations = [RuleViolation(OUT_OF_RANGE, "include_empty", TOO_MANY_EMPTY)]
    if violations:
        raise RequestRefused(in_order(violations))
    return ArchiveSpec(
        detection_ids=wanted or (),
        include_crops=parsed.get("include_crops"),
        include_metadata_csv=parsed.get("include_metadata_csv"),
        crop_size=parsed.get("crop_size"),
        title=parsed.get("title") or _archive_title(parsed, chosen, len(wanted or ()), today),
        format=ArchiveFormat(parsed.get("format")),
        coordinate_precision=parsed.get("coordinate_precision"),
        notify=parsed.get("notify"),
        empty_image_ids=empty,
    )


def _check_dates(parsed: Parsed, path: str, today: date) -> list[RuleViolation]:
    """The VR rules on the dates of an object: an end that was left out is today, an unreadable one is none."""
    start, end = parsed.get("start_date"), parsed.get("end_date")
    if end is None and not _names(parsed.violations, f"{path}end_date"):
        end = today if start else None
    violations = check_dates(start, end, today)
    return [RuleViolation(item.code, f"{path}{item.field}", item.message) for item in violations]


def _check_rows(rows: list[Parsed] | None, today: date) -> list[RuleViolation]:
    """The periods of a comparison: how many, and each one's dates."""
    field = "comparison_periods"
    if rows is None:
        return [RuleViolation(REQUIRED, field, PERIODS_REQUIRED)]
    violations = []
    for place, row in enumerate(rows):
        violations += _check_dates(row, f"{field}.{place}.", today)
    if not MIN_PERIODS <= len(rows) <= MAX_PERIODS:
        violations.append(RuleViolation(OUT_OF_RANGE, field, PERIODS_COUNT))
    labels = [row.get("label") for row in rows if row.get("label")]
    if len(set(labels)) < len(labels):
        violations.append(RuleViolation(CONFLICT, field, LABELS_TWICE))
    return violations


def _check_choice(parsed: Parsed, *, has_ids: bool, has_filter: bool) -> list[RuleViolation]:
    violations = []
    if has_ids and has_filter:
        violations.append(RuleViolation(CONFLICT, "filter", NAMED_TWICE))
    is_misread = any(
        item.field.split(".")[0] in ("detection_ids", "filter") for item in parsed.violations
    )
    if not has_ids and not has_filter and not is_misread:
        violations.append(RuleViolation(REQUIRED, "detection_ids", NOTHING_NAMED))
    if parsed.get("include_crops") is False and parsed.get("include_metadata_csv") is False:
        violations.append(RuleViolation(CONFLICT, "include_crops", NOTHING_INCLUDED))
    is_crops = parsed.get("format") == ArchiveFormat.CROPS
    if is_crops and parsed.get("coordinate_precision") is not None:
        violations.append(RuleViolation(CONFLICT, "coordinate_precision", PRECISION_UNUSED))
    return violations


def _check_coordinates(parsed: Parsed, wanted: tuple[UUID, ...]) -> list[RuleViolation]:
    """A Camtrap DP package says of each camera where it stands."""
    if parsed.get("format") != ArchiveFormat.CAMTRAP_DP:
        return []
    names = targets.cameras_without_coordinates(wanted)
    if not names:
        return []
    return [RuleViolation(OUT_OF_RANGE, "format", NO_COORDINATES.format(names=first_ten(names)))]


def _resolve(chosen: Parsed, today: date) -> tuple[tuple[UUID, ...], list[RuleViolation]]:
    days = chosen.get("start_date"), chosen.get("end_date") or today
    ids = targets.matching(_selection(chosen), *days, limit=MAX_DETECTIONS + 1)
    if not ids:
        return ids, [RuleViolation(NOT_FOUND, "filter", FILTER_FINDS_NOTHING)]
    if len(ids) > MAX_DETECTIONS:
        return ids, [RuleViolation(OUT_OF_RANGE, "filter", FILTER_FINDS_TOO_MANY)]
    return ids, []


def _empty_images(parsed: Parsed, chosen: Parsed, today: date) -> tuple[UUID, ...]:
    """The photographs without an animal that belong to what a filter of dates and cameras alone finds."""
    is_wanted = parsed.get("format") == ArchiveFormat.CAMTRAP_DP and parsed.get("include_empty")
    if not is_wanted or chosen.get("classifications") or chosen.get("deer"):
        return ()
    days = chosen.get("start_date"), chosen.get("end_date") or today
    return targets.empty_images(_selection(chosen).cameras, *days, limit=MAX_DETECTIONS + 1)


def _selection(parsed: Parsed) -> DetectionSelection:
    return targets.standing(
        DetectionSelection(
            classifications=parsed.get("classifications") or (),
            cameras=parsed.get("cameras") or (),
            deer=parsed.get("deer") or (),
        )
    )


def _period(parsed: Parsed, label: str, today: date) -> ReportPeriod:
    start, end = parsed.get("start_date"), parsed.get("end_date") or today
    return ReportPeriod(label or naming.days(start, end), start, end)


def _archive_title(parsed: Parsed, chosen: Parsed | None, count: int, today: date) -> str:
    kind = titles.kind_of(parsed.get("format"), has_crops=parsed.get("include_crops"))
    if chosen is None:
        return titles.of_ids(kind, count)
    return titles.of_filter(
        kind, _selection(chosen), chosen.get("start_date"), chosen.get("end_date") or today
    )


def _names(violations: list[RuleViolation], field: str) -> bool:
    return any(violation.field == field for violation in violations)
