"""Estimates of a survey: every estimator that its captures bear, by class of deer, or why one has none. Pure.

All intervals here are naive: they take every identification for right. How wrong it is only an audit of the survey's own captures can
say; until there is one a number of deer is refused as a result, and shown as what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population import closed, closure, jacobson, occasions, ratios
from analysis.population.histories import NotEstimable
from analysis.population.spatial.fit import fit
from analysis.surveys.projection import in_metres
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.population.occasions import Occasions
    from analysis.surveys.material import ClassDay, Material

ALL: Final = "all"
UNKNOWN_ERRORS: Final = (
    "No number of deer: nobody has measured how many captures of this survey bear a wrong name, or none. The naive "
    "intervals below take every name for right, and are too narrow and too high where names are wrong."
)
NO_PLACES: Final = "cameras without a place: {cameras}"
NOTHING: Final = "no deer of this class was captured"
PERCENT: Final = 100.0
SEED: Final = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """One estimator's answer for one class; `n` and `naive` are None where `why_not` says why there is none.

    `unit`: "deer", "deer per km2" or "ratio".
    """

    estimator: str
    of: str
    unit: str
    n: float | None
    naive: tuple[float, float | None] | None
    note: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class SurveyEstimates:
    """All figures of a survey with the occasions that they rest on."""

    material: Material
    occasions: Occasions
    figures: Sequence[Figure]
    closure: closure.Closure | None
    refused: str = UNKNOWN_ERRORS


def estimate(material: Material, days: int) -> SurveyEstimates:
    """All estimators on occasions of so many days. Raises ValueError for a length that does not fit the period."""
    cut = occasions.cut(material.captures, material.running(), material.start, material.end, days)
    figures: list[Figure] = []
    for name in (
        ALL,
        *(item.value for item in (Classification.BUCK, Classification.DOE, Classification.FAWN)),
    ):
        own = [row for row, deer in enumerate(cut.deer) if name in (ALL, material.sexes.get(deer))]
        figures += _of_class(material, cut.of_deer(own), name)
    figures += _ratios(material)
    figures += _jacobson(material)
    return SurveyEstimates(material, cut, figures, _closure(cut))


def _figure(
    estimator: str,
    of: str,
    unit: str,
    compute: Callable[[], tuple[float, float, float]],
    note: str = "",
) -> Figure:
    try:
        n, low, high = compute()
    except NotEstimable as reason:
        return Figure(estimator, of, unit, None, None, note, str(reason))
    return Figure(estimator, of, unit, n, (low, high if np.isfinite(high) else None), note)


def _of_class(material: Material, own: Occasions, name: str) -> list[Figure]:
    if not own.deer:
        return [Figure("capture-recapture", name, "deer", None, None, why_not=NOTHING)]
    history = own.history()
    figures = []
    answers = closed.all_models(history)
    best = min(
        (item.aicc for item in answers.values() if isinstance(item, closed.Estimate)), default=None
    )
    for model, answer in answers.items():
        if isinstance(answer, NotEstimable):
            figures.append(Figure(model.value, name, "deer", None, None, why_not=str(answer)))
            continue
        note = "best by AICc" if answer.aicc == best and np.isfinite(answer.aicc) else ""
        high = answer.high if np.isfinite(answer.high) else None
        figures.append(Figure(model.value, name, "deer", answer.n, (answer.low, high), note))

    def chao() -> tuple[float, float, float]:
        bound = closed.chao_bound(history)
        return bound.n, bound.low, bound.high

    def spatial() -> tuple[float, float, float]:
        places = {camera.name: camera.place for camera in material.cameras if camera.days}
        known = {camera: place for camera, place in places.items() if place is not None}
        if len(known) < len(places):
            unknown = ", ".join(sorted(set(places) - set(known)))
            raise NotEstimable(NO_PLACES.format(cameras=unknown))
        fitted = fit(own.spatial(in_metres(known)))
        low, high = fitted.interval
        return PERCENT * fitted.density, PERCENT * low, PERCENT * high

    figures.append(_figure("Chao", name, "deer", chao, "a lower bound"))
    figures.append(_figure("spatial", name, "deer per km2", spatial))
    return figures


def _ratios(material: Material) -> list[Figure]:
    counts = {name: _grid(material, material.classes[name]) for name in material.classes}
    running = _running(material)

    def of(above: str) -> Callable[[], tuple[float, float, float]]:
        def compute() -> tuple[float, float, float]:
            generator = np.random.default_rng(SEED)
            result = ratios.ratio(
                counts[above], counts["doe"], running, generator, "sighting of a doe"
            )
            return result.value, result.low, result.high

        return compute

    note = "animals in encounters, not identities"
    return [_figure(f"{name}s per doe", ALL, "ratio", of(name), note) for name in ("buck", "fawn")]


def _jacobson(material: Material) -> list[Figure]:
    stations = [camera.name for camera in material.cameras if camera.days]
    bucks = sorted(deer for deer, sex in material.sexes.items() if sex == Classification.BUCK.value)
    table = np.array(
        [[material.photographs.get((deer, camera), 0) for camera in stations] for deer in bucks],
        np.int64,
    ).reshape(len(bucks), len(stations))
    does, fawns = (
        np.array(
            [
                sum(item.photographs for item in material.classes[name] if item.camera == camera)
                for camera in stations
            ],
            np.int64,
        )
        for name in ("doe", "fawn")
    )
    note = (
        "takes does to be photographed as often as bucks: 32 % too low in enclosures of known size"
    )
    try:
        result = jacobson.estimate(table, does, fawns, np.random.default_rng(SEED))
    except NotEstimable as reason:
        return [Figure("Jacobson", ALL, "deer", None, None, note, str(reason))]
    parts = {ALL: result.total, "buck": result.bucks, "doe": result.does, "fawn": result.fawns}
    return [
        Figure("Jacobson", name, "deer", part.value, (part.low, part.high), note)
        for name, part in parts.items()
    ]


def _closure(cut: Occasions) -> closure.Closure | None:
    try:
        return closure.closure(cut.history())
    except NotEstimable:
        return None


def _running(material: Material) -> NDArray[np.bool_]:
    length = (material.end - material.start).days + 1
    running = np.zeros((len(material.cameras), length), np.bool_)
    for row, camera in enumerate(material.cameras):
        running[row, [(day - material.start).days for day in camera.days]] = True
    return running


def _grid(material: Material, counted: Sequence[ClassDay]) -> NDArray[np.float64]:
    """Animals by camera and day."""
    length = (material.end - material.start).days + 1
    row = {camera.name: number for number, camera in enumerate(material.cameras)}
    grid = np.zeros((len(material.cameras), length))
    for item in counted:
        grid[row[item.camera], (item.day - material.start).days] += item.animals
    return grid
