"""Sightings of a survey: of each named deer, and of animals without a name, as mark-resight counts them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.surveys.estimating.figures import ALL
from analysis.surveys.estimating.honest import Tallied

if TYPE_CHECKING:
    from datetime import date

    from analysis.population.occasions import Occasions
    from analysis.surveys.material import Material


def tallied(material: Material, cut: Occasions) -> Tallied:
    """The captures of the occasions with the sightings of each deer in them."""
    row = {deer: number for number, deer in enumerate(cut.deer)}
    counted = _counted(material, cut)
    sightings = np.zeros((len(cut.deer), len(cut.starts)), np.int64)
    for item in material.captures:
        occasion = counted.get((item.camera, item.day))
        if occasion is not None and item.deer in row:
            sightings[row[item.deer], occasion] += item.sightings
    return Tallied(cut, sightings)


def unnamed(material: Material, cut: Occasions, name: str) -> tuple[int, int]:
    """Sightings of a class without a name, and with one that does not count under the survey's basis."""
    counted = _counted(material, cut)
    days = [
        item
        for of, items in material.classes.items()
        for item in items
        if name in (ALL, of) and (item.camera, item.day) in counted
    ]
    return sum(item.unnamed for item in days), sum(item.otherwise for item in days)


def _counted(material: Material, cut: Occasions) -> dict[tuple[str, date], int]:
    """The occasion of each camera's day that is effort in one."""
    count = len(cut.starts)
    occasion_of = {
        (camera.name, day): (day - material.start).days // cut.days
        for camera in material.cameras
        for day in camera.days
    }
    return {place: occasion for place, occasion in occasion_of.items() if occasion < count}
