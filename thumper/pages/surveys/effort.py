"""Effort of a survey as its pages show it: a strip of days for each camera, and what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reid.cameras.days import days_of
from thumper.pages.cameras.words import days_words
from thumper.pages.surveys.drawing import DayKind, strip_svg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.surveys.material import CameraEffort, Material
    from reid.models import Camera


@dataclass(frozen=True, slots=True)
class CameraRow:
    """One camera of the table of effort. `camera` is None where none has this name any more."""

    name: str
    camera: Camera | None
    days: int
    words: str
    """How many of the period's days it ran."""
    strip: str
    """SVG."""
    left_out: list[tuple[str, str]]
    """Days in words, and the reason."""
    is_estimated: bool
    is_placed: bool
    doubted: int
    """Photographs whose time cannot be right, where they were counted."""


def rows_of(material: Material, cameras: Mapping[str, Camera]) -> list[CameraRow]:
    """Every camera of the survey by name; `cameras` are the stored ones by theirs."""
    return [_row(material, effort, cameras.get(effort.name)) for effort in material.cameras]


def _row(material: Material, effort: CameraEffort, camera: Camera | None) -> CameraRow:
    kinds = kinds_of(material, effort)
    words = _("{n} of {all} days").format(n=len(effort.days), all=len(kinds))
    return CameraRow(
        name=effort.name,
        camera=camera,
        days=len(effort.days),
        words=words,
        strip=strip_svg(
            kinds, _("{camera} ran on {words}").format(camera=effort.name, words=words)
        ),
        left_out=[(days_words(item.first, item.last), item.reason) for item in effort.left_out],
        is_estimated=effort.is_estimated,
        is_placed=effort.place is not None,
        doubted=getattr(camera, "doubted", 0),
    )


def kinds_of(material: Material, effort: CameraEffort) -> list[DayKind]:
    """What the camera did on each day of the period."""
    kinds = [DayKind.AWAY] * ((material.end - material.start).days + 1)
    for item in effort.left_out:
        for day in days_of(item.first, item.last):
            kinds[(day - material.start).days] = DayKind.OUTAGE if item.is_outage else DayKind.GAP
    for day in effort.days:
        kinds[(day - material.start).days] = DayKind.RAN
    return kinds


def warnings_of(rows: list[CameraRow]) -> list[str]:
    """What looks wrong with the cameras, worst first, each as a sentence that says what to do."""
    idle, estimated, homeless = (
        [row.name for row in rows if is_so(row)]
        for is_so in (
            lambda row: not row.days,
            lambda row: row.is_estimated and row.days,
            lambda row: not row.is_placed and row.days,
        )
    )
    found = []
    if idle:
        found.append(
            ngettext(
                "{names} did not run on any of these days. If it did, enter when it stood in the field.",
                "{names} did not run on any of these days. If they did, enter when they stood in the field.",
                len(idle),
            ).format(names=", ".join(idle))
        )
    if estimated:
        found.append(
            _(
                "No deployment is entered for {names}: taken to have run from the first photograph to the last. Enter the true days on the camera's page."
            ).format(names=", ".join(estimated))
        )
    if homeless:
        found.append(
            _(
                "No position is known for {names}: without it there is no density, only a number of deer."
            ).format(names=", ".join(homeless))
        )
    return found
