"""Files of a survey's numbers: its document as JSON, and its estimates, capture histories and effort as CSV."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from exports.archive.metadata import BYTE_ORDER_MARK, as_csv
from exports.report.surveys import numbers, tables
from reid.wording import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from exports.report.surveys.numbers import Interval, SurveyNumbers

JSON_TYPE, CSV_TYPE = "application/json", "text/csv; charset=utf-8"
NO_BOUND: Final = "inf"
"""High end of an interval that has none."""

_Line = tuple[object, ...]


def written(name: str, document: Mapping[str, Any]) -> tuple[str, str]:
    """Media type and text of a file of NAMES. Raises KeyError for another name, ValueError where the document is none."""
    if name == JSON_NAME:
        return JSON_TYPE, json.dumps(document, indent=2, sort_keys=True)
    lines = _TABLES[name](numbers.read(document))
    return CSV_TYPE, BYTE_ORDER_MARK + as_csv(map(_safe, lines))


def _safe(line: _Line) -> _Line:
    """No text is run by a spreadsheet as a formula."""
    return tuple(plain_text(cell) if isinstance(cell, str) else cell for cell in line)


def _estimates(survey: SurveyNumbers) -> Iterable[_Line]:
    """Numbers are written in full; an empty cell: there is none."""
    yield (
        *("estimator", "class", "unit", "n", "low", "high", "naive_n", "naive_low", "naive_high"),
        *("note", "why_not"),
    )
    for one in survey.estimates:
        yield (
            *(one.estimator, one.of, one.unit, one.honest_n, *_ends(one.honest)),
            *(one.n, *_ends(one.naive), one.note, one.why_not),
        )


def _histories(survey: SurveyNumbers) -> Iterable[_Line]:
    """A row a deer, a column an occasion, named by its first day: 1 where the deer was captured, empty where no camera ran."""
    yield ("deer", "class", "cameras", *(first.isoformat() for first in survey.starts))
    for one in survey.histories:
        marks = (
            int(number in one.captures) if ran else None for number, ran in enumerate(survey.worked)
        )
        yield (one.deer, one.of, "; ".join(one.cameras), *marks)


def _effort(survey: SurveyNumbers) -> Iterable[_Line]:
    yield ("camera", "latitude", "longitude", "camera_days", "is_estimated", "left_out")
    for one in survey.cameras:
        place = one.place or (None, None)
        is_estimated = "true" if one.is_estimated else "false"
        yield (one.name, *place, one.days, is_estimated, tables.left_out(one))


def _ends(interval: Interval | None) -> tuple[object, object]:
    if interval is None:
        return None, None
    low, high = interval
    return low, NO_BOUND if high is None else high


JSON_NAME: Final = "survey.json"
_TABLES: Final[dict[str, Callable[[SurveyNumbers], Iterable[_Line]]]] = {
    "estimates.csv": _estimates,
    "histories.csv": _histories,
    "effort.csv": _effort,
}
NAMES: Final = (JSON_NAME, *_TABLES)
