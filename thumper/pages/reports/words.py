"""Words for what is wrong with a form: each refusal of a request as a sentence that names its field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exports.requests.build_spec import MIN_PERIODS
from exports.requests.rules import CONFLICT, INVALID, NOT_FOUND, OUT_OF_RANGE, REQUIRED
from exports.requests.serializers import MAX_CROP, MAX_DETECTIONS, MIN_CROP

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.functional import _StrPromise

    from exports.requests.rules import RuleViolation

_PERIODS: Final = (
    gettext_lazy("First period"),
    gettext_lazy("Second period"),
    gettext_lazy("Third period"),
    gettext_lazy("Fourth period"),
    gettext_lazy("Fifth period"),
)
_FIELDS: Final[dict[str, _StrPromise]] = {
    "title": gettext_lazy("Title"),
    "group_by": gettext_lazy("Grouped by"),
    "classifications": gettext_lazy("Classes"),
    "cameras": gettext_lazy("Cameras"),
    "deer": gettext_lazy("Deer"),
    "survey": gettext_lazy("Survey"),
    "recipients": gettext_lazy("Mail to"),
    "crop_size": gettext_lazy("Size of crops"),
    "coordinate_precision": gettext_lazy("Positions"),
    "season_start": gettext_lazy("Season begins on"),
    "day": gettext_lazy("Day"),
    "every": gettext_lazy("How often"),
    "covers": gettext_lazy("Of which days"),
}
_DATES: Final[dict[str, _StrPromise]] = {
    "VR-001": gettext_lazy("the last day must come after the first"),
    "VR-002": gettext_lazy("a year is the most: choose days that are nearer to each other"),
    "VR-004": gettext_lazy("the first day has not come yet"),
    "VR-005": gettext_lazy("the last day has not come yet"),
}
_WHOLE: Final[dict[tuple[str, str], _StrPromise]] = {
    ("include_charts", CONFLICT): gettext_lazy("Parts: tick at least one."),
    ("include_crops", CONFLICT): gettext_lazy("Archive: tick the crops, the table, or both."),
    ("comparison_periods", CONFLICT): gettext_lazy(
        "Comparison: two periods have the same name. Name them differently."
    ),
    ("survey", REQUIRED): gettext_lazy("Survey: choose one."),
    ("survey", INVALID): gettext_lazy("Survey: choose one."),
    ("survey", NOT_FOUND): gettext_lazy("Survey: it is gone. Choose another one."),
    ("filter", NOT_FOUND): gettext_lazy(
        "Nothing matches: choose other days, or fewer restrictions."
    ),
    ("recipients", REQUIRED): gettext_lazy(
        "Mail to: name at least one address, or have it mailed to yourself."
    ),
}


def said(violations: Iterable[RuleViolation], places: Sequence[int] = ()) -> list[str]:
    """Each violation as a sentence, each sentence once; `places` are the numbers on the form of a request's periods."""
    sentences = [_sentence(violation, places) for violation in violations]
    return list(dict.fromkeys(sentences))


def _sentence(violation: RuleViolation, places: Sequence[int]) -> str:
    path = violation.field.removeprefix("filter.").split(".")
    name, code = path[-1], violation.code
    if whole := _WHOLE.get((violation.field, code)):
        return str(whole)
    if violation.field == "comparison_periods":
        return _("Comparison: give the days of at least {count} periods.").format(count=MIN_PERIODS)
    if (violation.field, code) in (("filter", OUT_OF_RANGE), ("include_empty", OUT_OF_RANGE)):
        return _(
            "These are more than {count} pictures: choose fewer days, cameras or deer."
        ).format(count=f"{MAX_DETECTIONS:,}")
    problem = _problem(name, violation)
    if path[0] == "comparison_periods":
        number = places[int(path[1])] if places else int(path[1]) + 1
        return f"{_PERIODS[number - 1]}: {problem}."
    is_day = code in _DATES or name in ("start_date", "end_date")
    label = "" if is_day else _FIELDS.get(name, "")
    text = f"{label}: {problem}" if label else problem[:1].upper() + problem[1:]
    return text if text.endswith((".", "!")) else f"{text}."


def _problem(name: str, violation: RuleViolation) -> str:
    """What is to be done, without the field's name."""
    if violation.code in _DATES:
        return str(_DATES[violation.code])
    if name == "start_date":
        return _("choose its first day")
    if name == "end_date":
        return _("choose its last day")
    if name in ("cameras", "deer") and violation.code in (NOT_FOUND, INVALID):
        return _("one that was chosen is gone: choose again")
    if name == "crop_size":
        return _("choose {least} to {most} pixels").format(least=MIN_CROP, most=MAX_CROP)
    if violation.code == REQUIRED:
        return _("this is needed")
    return violation.message.removeprefix(f"{violation.field}: ").rstrip(".")
