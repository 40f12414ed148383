"""Figures of one class of deer: closed models, Chao's bound, the spatial density and mark-resight. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population import closed, mark_resight
from analysis.population.histories import NotEstimable
from analysis.population.mark_resight import Resightings
from analysis.population.spatial.fit import fit
from analysis.surveys.estimating.figures import BEST, Figure, figure
from analysis.surveys.estimating.honest import Tallied, with_errors
from analysis.surveys.estimating.projection import in_metres
from analysis.surveys.estimating.resights import unnamed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from analysis.population.identification_errors import Bounded
    from analysis.population.spatial.fit import SpatialFit
    from analysis.surveys.material import Material

SPATIAL_IMPUTATIONS: Final = 20
"""Of the histories as they may have been, those that are fitted with places: a fit takes a hundred times as long as a closed model."""
NO_PLACES: Final = "cameras without a place: {cameras}"
NOTHING: Final = "no deer of this class was captured"
ONE_SIDE: Final = "captures of one flank count alone, and of a deer without a name nobody knows the flank"
BOUND: Final = "a lower bound"
RESIGHT_NOTE: Final = (
    "takes every sighting without a name for one of a deer that cannot be told apart"
)
PERCENT: Final = 100.0
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
    figures = [*_closed(own, name, may_be)]
    estimators: list[tuple[str, str, Callable[[Tallied], Bounded], str]] = [
        ("Chao", "deer", _chao, BOUND),
        ("mark-resight", "deer", partial(_resighted, material, name), RESIGHT_NOTE),
    ]
    for estimator, unit, compute, note in estimators:
        figures.append(_figure(estimator, name, unit, compute, own, may_be, note))
    return [*figures, *_spatial(material, own, name, may_be)]


def _figure(
    estimator: str,
    of: str,
    unit: str,
    compute: Callable[[Tallied], Bounded],
    own: Tallied,
    may_be: Sequence[Tallied],
    note: str = "",
) -> Figure:
    naive = figure(estimator, of, unit, lambda: compute(own), note)
    return with_errors(naive, may_be, compute) if may_be else naive


def _closed(own: Tallied, name: str, may_be: Sequence[Tallied]) -> list[Figure]:
    figures, aiccs = [], {}
    for model in closed.Model:

        def compute(tallied: Tallied, model: closed.Model = model) -> closed.Estimate:
            return closed.estimate(tallied.cut.history(), model)

        figures.append(_figure(model.value, name, "deer", compute, own, may_be))
    return figures
