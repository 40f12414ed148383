"""Sightings of a survey: of each named deer, and of animals without a name, as mark-resight counts them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.surveys.estimating.figures import ALL
from analysis.surveys.estimating.honest import Tallied

if TYPE_CHECKING:
    from datetime import date

    from analysis.population.occasions import Occasions
    from analysis.surveys.material import Material


@dataclass(frozen=True, slots=True)
class Counted:
    """Sightings of a class in the occasions: of all `animals`, those that are `unnamed`, and those whose name does not count."""

    animals: int
    unnamed: int
    otherwise: int


def tallied(material: Material, cut: Occasions) -> Tallied:
    """The captures of the occasions with the sightings of each deer in them."""
    row = {deer: number for number, deer in enumerate(cut.deer)}
    whole = _occasion_of(material, cut)
    sightings = np.zeros((len(cut.deer), len(cut.starts)), np.int64)
    for item in material.captures:
        occasion = whole.get((item.camera, item.day))
        if occasion is not None and item.deer in row:
            sightings[row[item.deer], occasion] += item.sightings
    return Tallied(cut, sightings)


def counted(material: Material, cut: Occasions, name: str = ALL) -> Counted:
    """The sightings of a class on days that are effort."""
    whole = _occasion_of(material, cut)
    days = [
        item
        for of, items in material.classes.items()
        for item in items
        if name in (ALL, of) and (item.camera, item.day) in whole
    ]
    return Counted(
        animals=sum(item.animals for item in days),
        unnamed=sum(item.unnamed for item in days),
        otherwise=sum(item.otherwise for item in days),
    )


def _occasion_of(material: Material, cut: Occasions) -> dict[tuple[str, date], int]:
    """The occasion of each camera's day that is effort in one."""
    count = len(cut.starts)
    occasion_of = {
        (camera.name, day): (day - material.start).days // cut.days
        for camera in material.cameras
        for day in camera.days
    }
    return {place: occasion for place, occasion in occasion_of.items() if occasion < count}
