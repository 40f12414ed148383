"""Ratios and Jacobson's survey: figures that rest on animals in encounters and on photographs, hardly on names. Pure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.population import jacobson, ratios
from analysis.population.histories import NotEstimable
from analysis.surveys.estimating.figures import ALL, Figure, Found, figure
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.surveys.material import Material

SEED: Final = 16
RATIO_NOTE: Final = "animals in encounters: it rests on no names, so no wrong name changes it"
JACOBSON_NOTE: Final = (
    "rests on the names of bucks alone, not on those of does and fawns; takes every buck to be told apart, and does to be photographed "
    "as often as bucks: 32 % too low in enclosures of known size"
)


def ratios_of(material: Material) -> list[Figure]:
    """Bucks and fawns per doe. No name is needed for them, so that their interval is an honest one."""
    counts = {name: _grid(material, name, "animals") for name in ("buck", "doe", "fawn")}
    running = _running(material)

    def of(above: str) -> Found:
        generator = np.random.default_rng(SEED)
        names = ("sighting of a doe", f"sighting of a {above}")
        result = ratios.ratio(counts[above], counts["doe"], running, generator, *names)
        return Found(result.value, result.low, result.high)

    figures = [
        figure(f"{name}s per doe", ALL, "ratio", partial(of, name), RATIO_NOTE)
        for name in ("buck", "fawn")
    ]
    return [replace(item, interval=item.naive, honest_n=item.n) for item in figures]


def jacobson_of(material: Material) -> list[Figure]:
    """Jacobson's numbers, or why there are none."""
    running = _running(material)
    stations = running.any(axis=1)
    bucks, does, fawns = (
        np.where(running, _grid(material, name, "photographs"), 0).sum(axis=1)[stations]
        for name in ("buck", "doe", "fawn")
    )
    told_apart = {
        item.deer
        for item in material.counted(1)
        if material.sexes.get(item.deer) == Classification.BUCK.value
    }
    generator = np.random.default_rng(SEED)
    try:
        result = jacobson.estimate(len(told_apart), bucks, does, fawns, generator)
    except NotEstimable as reason:
        return [Figure("Jacobson", ALL, "deer", None, None, JACOBSON_NOTE, str(reason))]
    parts = {ALL: result.total, "buck": result.bucks, "doe": result.does, "fawn": result.fawns}
    return [
        Figure("Jacobson", name, "deer", part.value, (part.low, part.high), JACOBSON_NOTE)
        for name, part in parts.items()
    ]


def _running(material: Material) -> NDArray[np.bool_]:
    length = (material.end - material.start).days + 1
    running = np.zeros((len(material.cameras), length), np.bool_)
    for row, camera in enumerate(material.cameras):
        running[row, [(day - material.start).days for day in camera.days]] = True
    return running


def _grid(material: Material, name: str, what: str) -> NDArray[np.float64]:
    """Animals of a class, or photographs of them, by camera and day."""
    length = (material.end - material.start).days + 1
    row = {camera.name: number for number, camera in enumerate(material.cameras)}
    grid = np.zeros((len(material.cameras), length))
    for item in material.classes[name]:
        grid[row[item.camera], (item.day - material.start).days] += getattr(item, what)
    return grid
