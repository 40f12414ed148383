"""Figures of one class of deer: closed models, Chao's bound, the spatial density and mark-resight. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import inf, isfinite
from typing import TYPE_CHECKING, Final

from analysis.population import closed, mark_resight
from analysis.population.histories import NotEstimable
from analysis.population.mark_resight import Resightings
from analysis.population.profiles import Model
from analysis.population.spatial.fit import fit
from analysis.surveys.estimating.figures import BEST, CHAO, Figure, figure
from analysis.surveys.estimating.honest import Tallied, with_errors
from analysis.surveys.estimating.resights import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.population.mark_resight import MarkResightEstimate
    from analysis.population.spatial.fit import SpatialFit
    from analysis.surveys.material import Material

FEWER: Final = 20
"""Histories as they may have been that slow estimators are run on; Rubin's rules make the interval wider for it (1 + 1 / 20, and t)."""
SLOW: Final = (Model.MH,)
NOTHING: Final = "no deer of this class was captured"
ONE_SIDE: Final = (
    "captures of one flank count alone, and of a deer without a name nobody knows the flank"
)
BOUND: Final = "a lower bound"
RESIGHT_NOTE: Final = (
    "takes every sighting without a name for one of a deer that cannot be told apart"
)
PER_KM2: Final = 100.0
"""Hectares of a square kilometre."""


@dataclass(frozen=True, slots=True)
class Density:
    """Deer per square kilometre, with the fit that gave it."""

    n: float
    low: float
    high: float
    fitted: SpatialFit


def figures_of(
    material: Material, own: Tallied, name: str, may_be: Sequence[Tallied]
) -> tuple[list[Figure], float | None]:
    """Figures of a class, and sigma of its spatial estimate in metres, where there is one.

    `may_be`: its captures as they may have been; none where nobody measured the errors of identification.
    """
    if not own.cut.deer:
        return [Figure("capture-recapture", name, "deer", None, None, why_not=NOTHING)], None
    figures = _closed(own, name, may_be)
    chao = figure(CHAO, name, "deer", lambda: _chao(own), BOUND)
    resighted = figure(
        "mark-resight", name, "deer", lambda: _resighted(material, name, own), RESIGHT_NOTE
    )
    figures += [
        with_errors(chao, may_be, _chao),
        with_errors(resighted, may_be[:FEWER], partial(_resighted, material, name)),
    ]
    try:
        density = _density(material, own)
    except NotEstimable as reason:
        return [
            *figures,
            Figure("spatial", name, "deer per km2", None, None, why_not=str(reason)),
        ], None
    spatial = figure("spatial", name, "deer per km2", lambda: density)
    again = partial(_density, material, near=density.fitted)
    return [*figures, with_errors(spatial, may_be[:FEWER], again)], density.fitted.sigma


def _closed(own: Tallied, name: str, may_be: Sequence[Tallied]) -> list[Figure]:
    answers = closed.all_models(own.cut.history())
    best = min(
        (item.aicc for item in answers.values() if isinstance(item, closed.Estimate)), default=inf
    )
    figures = []
    for model, answer in answers.items():
        is_best = isinstance(answer, closed.Estimate) and isfinite(best) and answer.aicc == best
        naive = figure(model.value, name, "deer", partial(_raised, answer), BEST if is_best else "")

        def again(tallied: Tallied, model: Model = model) -> closed.Estimate:
            return closed.estimate(tallied.cut.history(), model)

        some = may_be[:FEWER] if model in SLOW else may_be
        figures.append(with_errors(naive, some, again))
    return figures


def _raised(answer: closed.Estimate | NotEstimable) -> closed.Estimate:
    if isinstance(answer, NotEstimable):
        raise answer
    return answer


def _chao(own: Tallied) -> closed.Estimate:
    return closed.chao_bound(own.cut.history())


def _resighted(material: Material, name: str, own: Tallied) -> MarkResightEstimate:
    if material.one_side:
        raise NotEstimable(ONE_SIDE)
    of = counted(material, own.cut, name)
    return mark_resight.estimate(Resightings(own.sightings.sum(axis=1), of.otherwise, of.unnamed))


def _density(material: Material, own: Tallied, near: SpatialFit | None = None) -> Density:
    """The density, searched for `near` a fit to nearly the same captures where there is one."""
    history = material.spatial(own.cut)
    fitted = fit(history) if near is None else fit(history, near.space, start=near.coefficients)
    low, high = fitted.interval
    return Density(PER_KM2 * fitted.density, PER_KM2 * low, PER_KM2 * high, fitted)
