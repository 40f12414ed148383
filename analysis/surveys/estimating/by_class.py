"""Capture-recapture of one class of deer: closed models, Chao's bound and the spatial density. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population import closed
from analysis.population.histories import NotEstimable
from analysis.population.spatial.fit import fit
from analysis.surveys.estimating.figures import BEST, Figure, ends, figure
from analysis.surveys.estimating.projection import in_metres

if TYPE_CHECKING:
    from analysis.population.histories import History
    from analysis.population.occasions import Occasions
    from analysis.population.spatial.fit import SpatialFit
    from analysis.surveys.material import Material

NO_PLACES: Final = "cameras without a place: {cameras}"
NOTHING: Final = "no deer of this class was captured"
PERCENT: Final = 100.0


def figures_of(material: Material, own: Occasions, name: str) -> tuple[list[Figure], float | None]:
    """Figures of a class, and sigma of its spatial estimate in metres, where there is one."""
    if not own.deer:
        return [Figure("capture-recapture", name, "deer", None, None, why_not=NOTHING)], None
    fitted = _fitted(material, own)
    figures = [*_closed(own.history(), name), _spatial(fitted, name)]
    return figures, None if isinstance(fitted, NotEstimable) else fitted.sigma


def _closed(history: History, name: str) -> list[Figure]:
    figures = []
    answers = closed.all_models(history)
    best = min(
        (item.aicc for item in answers.values() if isinstance(item, closed.Estimate)), default=None
    )
    for model, answer in answers.items():
        if isinstance(answer, NotEstimable):
            figures.append(Figure(model.value, name, "deer", None, None, why_not=str(answer)))
            continue
        note = BEST if answer.aicc == best and np.isfinite(answer.aicc) else ""
        found = ends(answer.low, answer.high)
        figures.append(Figure(model.value, name, "deer", answer.n, found, note))

    def chao() -> tuple[float, float, float]:
        bound = closed.chao_bound(history)
        return bound.n, bound.low, bound.high

    return [*figures, figure("Chao", name, "deer", chao, "a lower bound")]


def _fitted(material: Material, own: Occasions) -> SpatialFit | NotEstimable:
    places = {camera.name: camera.place for camera in material.cameras if camera.days}
    known = {camera: place for camera, place in places.items() if place is not None}
    if len(known) < len(places):
        unknown = ", ".join(sorted(set(places) - set(known)))
        return NotEstimable(NO_PLACES.format(cameras=unknown))
    try:
        return fit(own.spatial(in_metres(known)))
    except NotEstimable as reason:
        return reason


def _spatial(fitted: SpatialFit | NotEstimable, name: str) -> Figure:
    def spatial() -> tuple[float, float, float]:
        if isinstance(fitted, NotEstimable):
            raise fitted
        low, high = fitted.interval
        return PERCENT * fitted.density, PERCENT * low, PERCENT * high

    return figure("spatial", name, "deer per km2", spatial)
