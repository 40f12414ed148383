"""The form of a report or an archive: what a browser sent, as the body that the API would get, and as fields again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from exports.requests import naming
from exports.requests.build_spec import MAX_PERIODS
from exports.requests.serializers import DEFAULT_CROP
from exports.requests.specs import ArchiveFormat, ReportType
from thumper.pages.reports import choosing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

DEFAULT_REPORT_DAYS: Final = 90
PARTS: Final = ("include_charts", "include_tables", "include_insights")
_ARCHIVES: Final = {item.value for item in ArchiveFormat}
_BETWEEN_ADDRESSES: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: `body` as the API takes it. `places` are the numbers on the form of its periods."""

    is_report: bool
    body: dict[str, Any]
    places: tuple[int, ...] = ()


def wanted(sent: QueryDict) -> Wanted:
    """The request that the form's fields make. Nothing is checked here: the request's own rules do that."""
    kind = sent.get("kind", ReportType.SEASONAL_ACTIVITY.value)
    common = _given({"title": sent.get("title", "").strip()}) | {"notify": "notify" in sent}
    selection = _given({name: sent.getlist(name) for name in choosing.FIELDS})
    days = _given({name: sent.get(name, "") for name in ("start_date", "end_date")})
    if kind in _ARCHIVES:
        return Wanted(False, common | _archive(sent, kind) | {"filter": days | selection})
    body = common | {"report_type": kind} | {name: name in sent for name in PARTS}
    body |= _given({"recipients": addresses(sent.get("recipients", ""))})
    if kind == ReportType.SURVEY:
        return Wanted(True, body | _given({"survey": sent.get("survey", "")}))
    body |= selection | {"group_by": sent.get("group_by", "")}
    if kind != ReportType.COMPARISON:
        return Wanted(True, body | days)
    rows = [(number, _period(sent, number)) for number in range(1, MAX_PERIODS + 1)]
    filled = [(number, row) for number, row in rows if row]
    periods = [{"label": _label(row, number)} | row for number, row in filled]
    return Wanted(
        True, body | {"comparison_periods": periods}, tuple(number for number, _ in filled)
    )


def addresses(text: str) -> list[str]:
    """Mail addresses as people write them: one a line, or divided by commas.

    >>> addresses("ann@example.org, bob@example.org")
    ['ann@example.org', 'bob@example.org']
    """
    return [part for part in _BETWEEN_ADDRESSES.split(text) if part]


def first_values(today: date, newest: date | None, survey: str = "") -> dict[str, Any]:
    """The fields of a form that nobody has filled in yet. `newest`: day of the newest photograph; `survey`: the one to report on.

    The last three months; where nothing is newer than that, those before the newest photograph: no report is empty
    because an older card came in.
    """
    span = timedelta(days=DEFAULT_REPORT_DAYS)
    if newest is not None and newest < today - span:
        today = newest
    start = today - span
    return {
        "kind": (ReportType.SURVEY if survey else ReportType.SEASONAL_ACTIVITY).value,
        "survey": survey,
        "start_date": start.isoformat(),
        "end_date": today.isoformat(),
        "group_by": "month",
        "crop_size": DEFAULT_CROP,
        "ticked": {*PARTS, "include_crops", "include_metadata_csv", "include_empty"},
        "periods": [{"number": number} for number in range(1, MAX_PERIODS + 1)],
        "chosen": set(),
    }


def values(sent: QueryDict) -> dict[str, Any]:
    """The fields as they were sent, to be shown again."""
    plain: Mapping[str, Any] = sent.dict()
    chosen = {item for name in choosing.FIELDS for item in sent.getlist(name)}
    periods = [
        {"number": number}
        | {name: sent.get(f"{name}_{number}", "") for name in ("label", "start_date", "end_date")}
        for number in range(1, MAX_PERIODS + 1)
    ]
    return {**plain, "ticked": set(plain), "chosen": chosen, "periods": periods}


def _archive(sent: QueryDict, kind: str) -> dict[str, Any]:
    if kind == ArchiveFormat.CAMTRAP_DP:
        precision = sent.get("coordinate_precision", "")
        body: dict[str, Any] = {"format": kind, "include_empty": "include_empty" in sent}
        return body | _given({"coordinate_precision": _number(precision)})
    return {
        "format": kind,
        "include_crops": "include_crops" in sent,
        "include_metadata_csv": "include_metadata_csv" in sent,
        "crop_size": _number(sent.get("crop_size", "")),
    }


def _period(sent: QueryDict, number: int) -> dict[str, str]:
    names = ("label", "start_date", "end_date")
    return _given({name: sent.get(f"{name}_{number}", "").strip() for name in names})


def _label(row: Mapping[str, str], number: int) -> str:
    """The days in words, where a period was given no name."""
    try:
        start, end = date.fromisoformat(row["start_date"]), date.fromisoformat(row["end_date"])
    except (KeyError, ValueError):
        return _("Period {number}").format(number=number)
    return naming.days(start, end)


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """Those that are not empty; zero is something."""
    return {name: value for name, value in fields.items() if value not in ("", [], None)}
