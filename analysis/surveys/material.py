"""Material of a survey: effort of each camera with what was left out of it and why, captures, and animals by class. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from analysis.population.occasions import Sighted


class Basis(StrEnum):
    """Identities that count as captures."""

    REVIEWED = "reviewed"
    """Named by a person, or by an import."""
    ASSIGNED = "assigned"
    """Named under an approved threshold, or in a certified batch."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days that are no effort, both included, and why."""

    first: date
    last: date
    reason: str


@dataclass(frozen=True, slots=True)
class CameraEffort:
    """Days of the period on which a camera ran.

    `place` is latitude and longitude in degrees, None where nobody said it. `is_estimated`: without a deployment, so taken to have run
    from its first photograph to its last.
    """

    name: str
    place: tuple[float, float] | None
    days: tuple[date, ...]
    left_out: tuple[LeftOut, ...]
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class ClassDay:
    """Animals of one class in all encounters of a camera's day, and the photographs of them."""

    camera: str
    day: date
    animals: int
    photographs: int


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a survey rests on.

    `sexes` names the class of each deer that was captured; `classes` holds bucks, does and fawns, identified or not.
    """

    start: date
    end: date
    cameras: Sequence[CameraEffort]
    captures: Sequence[Sighted]
    photographs: Mapping[tuple[str, str], int]
    """Photographs by (deer, camera)."""
    sexes: Mapping[str, str]
    classes: Mapping[str, Sequence[ClassDay]]

    @property
    def camera_days(self) -> int:
        return sum(len(camera.days) for camera in self.cameras)

    def running(self) -> dict[str, Sequence[date]]:
        """Days of the cameras that ran at all."""
        return {camera.name: camera.days for camera in self.cameras if camera.days}
