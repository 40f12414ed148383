"""Estimates of a survey: every estimator that its captures bear, by class of deer, or why one has none. Pure.

An interval is naive where it takes every name for right. How wrong names are only an audit of the survey's own captures can
say; until there is one a number of deer is refused as a result, and shown as what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.population import closure
from analysis.population.histories import NotEstimable
from analysis.surveys.estimating.assumptions import assumptions
from analysis.surveys.estimating.by_class import figures_of
from analysis.surveys.estimating.figures import ALL
from analysis.surveys.estimating.honest import imputations
from analysis.surveys.estimating.indices import jacobson_of, ratios_of
from analysis.surveys.estimating.refusal import of_captures, of_figures, of_rates
from analysis.surveys.estimating.resights import tallied
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.population.histories import SpatialHistory
    from analysis.population.identification_errors import Judged
    from analysis.population.occasions import Occasions
    from analysis.surveys.audit.error_rates import Rates
    from analysis.surveys.estimating.assumptions import Assumption
    from analysis.surveys.estimating.figures import Figure
    from analysis.surveys.estimating.honest import Tallied
    from analysis.surveys.material import Material

CLASSES: Final = (
    ALL,
    *(item.value for item in (Classification.BUCK, Classification.DOE, Classification.FAWN)),
)


@dataclass(frozen=True, slots=True)
class Audited:
    """What a closed audit of the survey says: answers by capture, and the rates of error that follow."""

    judged: Judged
    rates: Rates


@dataclass(frozen=True, slots=True)
class SurveyEstimates:
    """All figures of a survey with the occasions that they rest on, and what they take for granted."""

    material: Material
    occasions: Occasions
    figures: Sequence[Figure]
    closure: closure.Closure | None
    assumptions: Sequence[Assumption]
    rates: Rates | None
    refused: str | None


def estimate(material: Material, days: int, audited: Audited | None = None) -> SurveyEstimates:
    """All estimators on occasions of so many days. Raises ValueError for a length that does not fit the period.

    Intervals are honest where the survey was `audited` and its errors of identification are such as the estimators bear.
    """
    cut = material.cut(days)
    whole = tallied(material, cut)
    rates = audited.rates if audited else None
    refused = of_captures(cut) or of_rates(rates)
    may_be: dict[str, list[Tallied]] = {}
    if audited is not None and refused is None:
        may_be = imputations(
            whole, audited.judged, material.sexes, CLASSES, _spatial(material, cut)
        )
    figures: list[Figure] = []
    sigma = None
    for name in CLASSES:
        own = [row for row, deer in enumerate(cut.deer) if name in (ALL, material.sexes.get(deer))]
        of_class, found = figures_of(material, whole.of_deer(own), name, may_be.get(name, ()))
        figures += of_class
        sigma = found if name == ALL else sigma
    figures += [*ratios_of(material), *jacobson_of(material)]
    closed = _closure(cut)
    checked = assumptions(material, cut, closed, sigma)
    refused = refused or of_figures(figures)
    return SurveyEstimates(material, cut, figures, closed, checked, rates, refused)


def _spatial(material: Material, cut: Occasions) -> SpatialHistory | None:
    """The captures with places, where all cameras have one."""
    try:
        return material.spatial(cut)
    except NotEstimable:
        return None


def _closure(cut: Occasions) -> closure.Closure | None:
    try:
        return closure.closure(cut.history())
    except NotEstimable:
        return None
