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
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.surveys.material import ClassDay, Material

SEED: Final = 16
RATIO_NOTE: Final = "animals in encounters: it rests on no names, so no wrong name changes it"
JACOBSON_NOTE: Final = (
    "rests on the names of bucks alone, not on those of does and fawns; takes does to be photographed as often as bucks: 32 % too low "
    "in enclosures of known size"
)


def ratios_of(material: Material) -> list[Figure]:
    """Bucks and fawns per doe. No name is needed for them, so that their interval is an honest one."""
    counts = {name: _grid(material, counted) for name, counted in material.classes.items()}
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
    stations = [camera.name for camera in material.cameras if camera.days]
    bucks = sorted(deer for deer, sex in material.sexes.items() if sex == Classification.BUCK.value)
    photographs = material.photographs()
    table = np.array(
        [[photographs[deer, camera] for camera in stations] for deer in bucks], np.int64
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
    try:
        result = jacobson.estimate(table, does, fawns, np.random.default_rng(SEED))
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


def _grid(material: Material, counted: Sequence[ClassDay]) -> NDArray[np.float64]:
    """Animals by camera and day."""
    length = (material.end - material.start).days + 1
    row = {camera.name: number for number, camera in enumerate(material.cameras)}
    grid = np.zeros((len(material.cameras), length))
    for item in counted:
        grid[row[item.camera], (item.day - material.start).days] += item.animals
    return grid
