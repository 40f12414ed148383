"""Words of the pages of surveys: classes, estimators, numbers with their intervals, and what a difference says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.surveys.comparison import Relation, Unlike
from analysis.surveys.material import Basis
from reid.units import ACRES_OF_KM2, decimals

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from analysis.surveys.comparison import Pair

CLASSES: Final[dict[str, _StrPromise]] = {
    "all": gettext_lazy("All deer"),
    "buck": gettext_lazy("Bucks"),
    "doe": gettext_lazy("Does"),
    "fawn": gettext_lazy("Fawns"),
}
ESTIMATORS: Final[dict[str, tuple[_StrPromise, _StrPromise]]] = {
    "M0": (
        gettext_lazy("All alike (M0)"),
        gettext_lazy("each deer is as likely to be photographed as any other, at any time"),
    ),
    "Mt": (
        gettext_lazy("Good and bad weeks (Mt)"),
        gettext_lazy("some occasions show more deer than others"),
    ),
    "Mb": (
        gettext_lazy("Shy after the first time (Mb)"),
        gettext_lazy("a deer behaves differently once it has been at a camera"),
    ),
    "Mh": (
        gettext_lazy("Bold and shy deer (Mh)"),
        gettext_lazy("some deer are photographed more easily than others"),
    ),
    "Chao": (
        gettext_lazy("At least (Chao)"),
        gettext_lazy("a lower bound: there are so many or more"),
    ),
    "spatial": (
        gettext_lazy("Density (spatial)"),
        gettext_lazy("from where each deer was seen; for land without a fence"),
    ),
    "mark-resight": (
        gettext_lazy("With unnamed deer (mark-resight)"),
        gettext_lazy("deer without a name are counted as what they are"),
    ),
    "bucks per doe": (gettext_lazy("Bucks per doe"), gettext_lazy("counted, not identified")),
    "fawns per doe": (gettext_lazy("Fawns per doe"), gettext_lazy("counted, not identified")),
    "Jacobson": (
        gettext_lazy("Buck survey (Jacobson)"),
        gettext_lazy("as older surveys did it; for comparison with those"),
    ),
    "capture-recapture": (gettext_lazy("Capture and recapture"), gettext_lazy("")),
}
UNITS: Final[dict[str, _StrPromise]] = {
    "deer": gettext_lazy("deer"),
    "deer per km2": gettext_lazy("deer per km2"),
    "ratio": gettext_lazy("for each doe"),
}
BASES: Final[dict[str, _StrPromise]] = {
    Basis.BOTH.value: gettext_lazy("all names, by people or machine"),
    Basis.REVIEWED.value: gettext_lazy("only names by people or imports"),
    Basis.ASSIGNED.value: gettext_lazy("only names that the machine gave"),
}
ASSUMPTIONS: Final[dict[str, _StrPromise]] = {
    "closure": gettext_lazy("Nobody came or went"),
    "edge": gettext_lazy("The deer live inside the cameras' area"),
    "extent": gettext_lazy("The cameras reach far enough"),
    "placement": gettext_lazy("The cameras stand well"),
    "effort": gettext_lazy("The cameras ran as planned"),
}
RATES: Final[dict[str, _StrPromise]] = {
    "false_matches": gettext_lazy("Photographs under another deer's name"),
    "missed_matches": gettext_lazy("Photographs that a deer has under a second name"),
    "ghosts": gettext_lazy("Names that are no deer of their own"),
}
UNLIKE: Final[dict[Unlike, _StrPromise]] = {
    Unlike.CAMERAS: gettext_lazy(
        "Not the same cameras ran: some places were watched in one survey alone."
    ),
    Unlike.EFFORT: gettext_lazy("The effort differs by more than a quarter of the camera-days."),
    Unlike.OCCASIONS: gettext_lazy("The occasions have different lengths."),
    Unlike.BASIS: gettext_lazy("Different names count: given by people, by the machine, or both."),
    Unlike.SEASON: gettext_lazy(
        "They are not of the same time of the year, and deer move with it."
    ),
    Unlike.SIDE: gettext_lazy(
        "One counts one flank alone, or the other flank, and the other one does not."
    ),
}


def number(value: float, unit: str) -> str:
    """A number as exact as its unit bears: whole deer, a density with one decimal (two below one), a ratio with two.

    >>> number(41.6, "deer"), number(12.34, "deer per km2"), number(0.456, "ratio")
    ('42', '12.3', '0.46')
    """
    return f"{value:,.{decimals(value, unit)}f}"


def area(km2: float | None) -> str:
    """An area in both units; empty where nobody said it.

    >>> area(8.5), area(None)
    ('8.5 km2 (2,100 acres)', '')
    """
    if km2 is None:
        return ""
    return _("{km2} km2 ({acres} acres)").format(
        km2=f"{km2:,.2f}".rstrip("0").rstrip("."), acres=f"{km2 * ACRES_OF_KM2:,.0f}"
    )


def interval(ends: tuple[float, float | None] | None, unit: str) -> str:
    """Both ends in words; empty where there is no interval."""
    if ends is None:
        return ""
    low, high = ends
    if high is None:
        return _("{low} or more").format(low=number(low, unit))
    return _("{low} to {high}").format(low=number(low, unit), high=number(high, unit))


def figure(estimate: dict[str, Any]) -> dict[str, Any]:
    """A row of the table of estimates, in words."""
    unit = estimate["unit"]
    name, explained = ESTIMATORS.get(estimate["estimator"], (estimate["estimator"], ""))
    best = estimate["n"] if estimate["honest_n"] is None else estimate["honest_n"]
    return {
        "name": name,
        "explained": explained,
        "unit": "" if unit == "deer" else UNITS.get(unit, unit),
        "n": "" if best is None else number(best, unit),
        "interval": interval(estimate["interval"], unit),
        "naive": interval(estimate["naive_interval"], unit),
        "note": estimate["note"],
        "why_not": estimate["why_not"],
    }


def difference(pair: Pair) -> str:
    """What two numbers say of each other, in a sentence; their difference is that of the numbers as they are shown."""
    before, after = (
        round(side.n, decimals(side.n, pair.unit)) for side in (pair.before, pair.after)
    )
    by = number(abs(after - before), pair.unit)
    unit = UNITS.get(pair.unit, pair.unit)
    match pair.relation:
        case Relation.MORE:
            text = _("More than before, by about {by} {unit}: the ranges do not meet.")
        case Relation.FEWER:
            text = _("Fewer than before, by about {by} {unit}: the ranges do not meet.")
        case Relation.OVERLAP:
            if after == before:
                return _("As many.")
            text = (
                _("{by} more {unit}, but the ranges meet: it may as well be chance.")
                if after > before
                else _("{by} fewer {unit}, but the ranges meet: it may as well be chance.")
            )
        case Relation.UNCHECKED:
            text = (
                _("{by} more {unit}, but names were not checked: it may be wrong names.")
                if after > before
                else _("{by} fewer {unit}, but names were not checked: it may be wrong names.")
            )
    return text.format(by=by, unit=unit)
