"""Sentences of a survey's result: the number first, how sure it is, and what it rests on. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.surveys.estimating.figures import ALL
from analysis.surveys.estimating.refusal import headline
from analysis.surveys.estimating.resights import counted
from reid.units import ACRES_OF_KM2, decimals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.surveys.estimating.estimates import SurveyEstimates
    from analysis.surveys.estimating.figures import Interval

MANY_UNNAMED: Final = 0.2
"""Share of the sightings without a name, above which the first sentences speak of them."""
WITH_NAMES: Final = (
    "This counts deer with names only: {unnamed} of {animals} sightings have no name."
)
NAME_FIRST: Final = (
    "Name them first. If they are the same deer, not named that time, the number of deer with names holds; if some are deer that never "
    "get a name, there are more deer"
)
NO_ROW: Final = " than that."
SEE_ROW: Final = (
    ": see the row With unnamed deer (mark-resight), which takes all of them for such deer."
)
NUMBER: Final = (
    "About {n:.0f} deer: {ends} with a confidence of 95 %, wrong and missed names counted in."
)
DENSITY: Final = "About {n:.{decimals}f} deer per square kilometre: {ends} (spatial estimate)."
HABITAT: Final = "On {area:g} square kilometres ({acres:,.0f} acres) of habitat that density makes about {n:.0f} deer: {ends}."
RATIO: Final = "{n:.2f} {what} to one doe: {ends}."
RESTS: Final = (
    "It rests on {deer} deer in {captures} captures (one deer on one occasion is one), in {count} occasions of {length} days; {days} "
    "camera-days, with {seen} days on which a deer with a name was at a camera."
)
REST_OF_DAYS: Final = (
    "{days} more after the last whole occasion count for ratios and Jacobson's survey alone."
)
BETWEEN: Final = "between {low} and {high}"
AT_LEAST: Final = "at least {low}"
ONE_SIDE: Final = (
    "Only captures that show the {side} flank are counted: left and right flanks cannot be joined."
)


def sentences(found: SurveyEstimates, habitat_km2: float | None) -> list[str]:
    """In the order in which they are read: the refusal stands first where there is one; a number says at once whom it counts."""
    first, *more = [found.refused] if found.refused else _numbers(found, habitat_km2)
    of = counted(found.material, found.occasions)
    if of.unnamed > MANY_UNNAMED * of.animals:
        caveat = WITH_NAMES.format(unnamed=of.unnamed, animals=of.animals)
        said = [first, caveat] if found.refused else [f"{first} {caveat}"]
        return [*said, _name_first(found), *more, *_rest(found)]
    return [first, *more, *_rest(found)]


def _name_first(found: SurveyEstimates) -> str:
    has_row = any(
        item.estimator == "mark-resight" and item.of == ALL and item.n is not None
        for item in found.figures
    )
    return NAME_FIRST + (SEE_ROW if has_row else NO_ROW)


def _numbers(found: SurveyEstimates, habitat_km2: float | None) -> Iterator[str]:
    number = headline(found.figures)
    if number is not None and number.interval is not None and number.honest_n is not None:
        between = _between(number.interval, 0)
        yield NUMBER.format(n=number.honest_n, ends=between)
    for item in found.figures:
        if item.estimator == "spatial" and item.of == ALL and item.interval and item.honest_n:
            places = decimals(item.honest_n, item.unit)
            ends = _between(item.interval, places)
            yield DENSITY.format(n=item.honest_n, decimals=places, ends=ends)
            if habitat_km2 is not None:
                low, high = item.interval
                made = low * habitat_km2, None if high is None else high * habitat_km2
                n = item.honest_n * habitat_km2
                acres = habitat_km2 * ACRES_OF_KM2
                yield HABITAT.format(area=habitat_km2, acres=acres, n=n, ends=_between(made, 0))


def _rest(found: SurveyEstimates) -> Iterator[str]:
    cut = found.occasions
    days = int(cut.effort.sum())
    rests = RESTS.format(
        deer=len(cut.deer),
        captures=cut.captured,
        seen=cut.days_seen,
        days=days,
        count=int(cut.worked.sum()),
        length=cut.days,
    )
    more = found.material.camera_days - days
    yield f"{rests} {REST_OF_DAYS.format(days=more)}" if more else rests
    if found.material.side:
        yield ONE_SIDE.format(side=found.material.side)
    for item in found.figures:
        if item.unit == "ratio" and item.n is not None and item.interval:
            what = item.estimator.removesuffix(" per doe")
            yield RATIO.format(n=item.n, what=what, ends=_between(item.interval, 2))


def _between(interval: Interval, places: int) -> str:
    low, high = interval
    if high is None:
        return AT_LEAST.format(low=f"{low:.{places}f}")
    return BETWEEN.format(low=f"{low:.{places}f}", high=f"{high:.{places}f}")
