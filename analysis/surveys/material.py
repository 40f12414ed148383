"""Material of a survey: effort of each camera with what was left out of it and why, captures, and animals by class. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from analysis.population.histories import NotEstimable
from analysis.population.occasions import Sighted, cut
from reid.cameras.days import days_of
from reid.cameras.projection import in_metres

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from analysis.population.histories import SpatialHistory
    from analysis.population.occasions import Occasions

NO_PLACES: Final = "cameras without a place: {cameras}"
SIDES: Final = ("left", "right")


class Basis(StrEnum):
    """Identities that count as captures."""

    REVIEWED = "reviewed"
    """Named by a person, or by an import."""
    ASSIGNED = "assigned"
    """Named under an approved threshold, or in a certified batch."""
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days that are no effort, both included, and why. `is_outage`: somebody entered it; else nothing was photographed."""

    first: date
    last: date
    reason: str
    is_outage: bool


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

    def lost(self) -> set[date]:
        """Days that are no effort for a reason: of outages and of gaps."""
        return {day for item in self.left_out for day in days_of(item.first, item.last)}


@dataclass(frozen=True, slots=True)
class Captured:
    """One deer at one camera on one day, with what shows it.

    `deer` is its name when the material was collected, `deer_id` its key. `detections`: keys of the best few photographs of it, the
    best first. `flanks`: the sides that its photographs show, "left" and "right".
    """

    deer: str
    deer_id: str
    camera: str
    day: date
    photographs: int
    sightings: int
    flanks: tuple[str, ...]
    detections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassDay:
    """Animals of one class in all encounters of a camera's day, and the photographs of them: one of three animals is three.

    Of the `animals`, `unnamed` have no name, and `otherwise` have one that does not count under the survey's basis.
    """

    camera: str
    day: date
    animals: int
    photographs: int
    unnamed: int
    otherwise: int


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a survey rests on.

    `sexes` names the class of each deer that was captured; `classes` holds bucks, does, fawns and deer of unknown class, identified or
    not. `one_side`: the captures of left and right flanks cannot be joined, so one flank's alone make histories.
    """

    start: date
    end: date
    cameras: Sequence[CameraEffort]
    captures: Sequence[Captured]
    sexes: Mapping[str, str]
    classes: Mapping[str, Sequence[ClassDay]]
    one_side: bool = False

    @property
    def camera_days(self) -> int:
        return sum(len(camera.days) for camera in self.cameras)

    def running(self) -> dict[str, Sequence[date]]:
        """Days of the cameras that ran at all."""
        return {camera.name: camera.days for camera in self.cameras if camera.days}

    def placed(self) -> dict[str, tuple[float, float]]:
        """Places of the cameras that ran, latitude and longitude in degrees, where somebody said them."""
        return {
            camera.name: camera.place
            for camera in self.cameras
            if camera.days and camera.place is not None
        }

    @property
    def side(self) -> str | None:
        """The flank with more captures, where one side alone counts; the left one of equals."""
        if not self.one_side:
            return None
        counts = Counter(flank for item in self.captures for flank in item.flanks)
        return max(SIDES, key=lambda flank: counts[flank])

    def cut(self, days: int) -> Occasions:
        """Captures in occasions of so many days: the one numbering of deer and occasions that estimates and audits share.

        Deer are in the order of their names. Raises ValueError for a length that does not fit the period.
        """
        sighted = [Sighted(item.deer, item.camera, item.day) for item in self._of_side()]
        return cut(sighted, self.running(), self.start, self.end, days)

    def spatial(self, cut: Occasions) -> SpatialHistory:
        """The captures of `cut` with the places of its cameras. Raises NotEstimable where a camera that ran has none."""
        known = self.placed()
        if unknown := sorted(self.running().keys() - known.keys()):
            raise NotEstimable(NO_PLACES.format(cameras=", ".join(unknown)))
        return cut.spatial(in_metres(known))

    def counted(self, days: int) -> list[Captured]:
        """Captures that count in occasions of so many days: at cameras that ran, before the last whole occasion ends, of the side."""
        running = {(camera.name, day) for camera in self.cameras for day in camera.days}
        whole = ((self.end - self.start).days + 1) // days * days
        return [
            item
            for item in self._of_side()
            if (item.camera, item.day) in running and (item.day - self.start).days < whole
        ]

    def _of_side(self) -> list[Captured]:
        side = self.side
        return [item for item in self.captures if side is None or side in item.flanks]
