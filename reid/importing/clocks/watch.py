"""Watch over times and cameras: what an import notices of them while it reads, and says at its end.

A camera whose clock is wrong is named with some of its photographs and what mends it. What is kept grows with the
number of cameras, not of photographs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from django.utils import timezone

from reid.imaging import exif
from reid.imaging.capture_time import EARLIEST_STORED
from reid.importing.clocks.marks import Days, days_of, is_deployed, problem_of
from reid.importing.clocks.stored import StoredOtherwise
from reid.importing.rows import Note
from reid.models import Camera, Image
from reid.naming import name_key
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from reid.importing.rows import Row

EXAMPLES: Final = 5
"""Photographs that are named for a camera."""

NOT_DEPLOYED: Final = "camera not deployed at that time"
IMPOSSIBLE: Final = "time that cannot be right"
ELSEWHERE: Final = "capture time from another place in EXIF"
SERIAL: Final = "camera known from EXIF"
NO_CAMERA: Final = "photographs without a camera"

NOT_DEPLOYED_TEXT: Final = (
    "Camera {camera}: {count:photograph was|photographs were} taken on a day on which it was not deployed, such as {examples}. "
    "If its clock was wrong, correct_clock mends it, and so does --clock-offset {camera}=SECONDS in an import; "
    "if a deployment is missing, import_deployments marks {count:|it|them} anew."
)
IMPOSSIBLE_TEXT: Final = (
    "{where}: {count:photograph bears|photographs bear} a time that cannot be right, before digital trail cameras, of a clock "
    "that was reset, or in the future, such as {examples}. {count:|It is|They are} kept and marked; correct_clock or "
    "--clock-offset CAMERA=SECONDS mends a clock."
)
ELSEWHERE_TEXT: Final = (
    "{count:photograph has its|photographs have their} time from another place in EXIF than DateTimeOriginal: {places}. "
    "A program that saved {count:|it|them} anew may have changed it."
)
CAMERA_TEXT: Final = "{count:photograph has its|photographs have their} camera from what it wrote into {count:|it|them} ({names}): the label that it was given, else its serial number."
NO_CAMERA_TEXT: Final = (
    "{count:photograph has|photographs have} no camera, such as {example}: encounters and effort need one. Name it by --camera "
    "NAME, take it from the folders by --folders cameras, or from the path by --camera with a pattern."
)
_PLACES: Final = {
    exif.DIGITIZED: "{count} from DateTimeDigitized",
    exif.MODIFIED: "{count} from DateTime, the last change of the file",
    exif.MAKER: "{count} from the maker's own note",
}


class Watched(Protocol):
    """What is looked at of a reading of `reid.importing.reading.prepare`."""

    image: Image | None
    captured_at: datetime | None
    clock: datetime | None
    time_source: str
    clock_problem: str

    @property
    def camera_name(self) -> str: ...

    @property
    def kept(self) -> Sequence[Row]: ...


@dataclass(slots=True)
class _Suspects:
    """What one import noticed of one camera's clock."""

    count: int = 0
    path: str = ""
    examples: list[str] = field(default_factory=list)

    def add(self, path: str, clock: datetime) -> None:
        self.count += 1
        self.path = self.path or path
        if len(self.examples) < EXAMPLES:
            shown = clock.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
            self.examples.append(f"{path} ({shown})")


@dataclass(slots=True)
class ClockWatch:
    """What an import notices of times and cameras; it grows with the number of cameras, not of photographs."""

    not_deployed: defaultdict[str, _Suspects] = field(
        default_factory=lambda: defaultdict(_Suspects)
    )
    impossible: defaultdict[str, _Suspects] = field(default_factory=lambda: defaultdict(_Suspects))
    elsewhere: Counter[str] = field(default_factory=Counter)
    from_exif: Counter[str] = field(default_factory=Counter)
    without_camera: _Suspects = field(default_factory=_Suspects)
    stored: StoredOtherwise = field(default_factory=StoredOtherwise)

    def judge(self, readings: Sequence[Watched], zone_of: Callable[[str], tzinfo]) -> None:
        """Mark the clock problems of a batch's readings, and count them. `zone_of`: a camera's, by its name."""
        days_by_key = _days_of({reading.camera_name for reading in readings})
        now = timezone.now()
        for reading in readings:
            self.stored.see(reading, zone_of)
            image = reading.image
            if image and image.captured_at and (image.camera or not reading.camera_name):
                continue  # it keeps its time, and its mark
            camera, path = reading.camera_name, reading.kept[0].path
            days, zone = days_by_key.get(name_key(camera), []), zone_of(camera)
            if image and image.captured_at:  # it is this camera's from now on
                self._judge(reading, image.captured_at, days, zone, now)
                continue
            self._count(reading, camera, path)
            clock = reading.clock
            if clock is None:
                continue
            if reading.captured_at is not None:
                self._judge(reading, reading.captured_at, days, zone, now)
                continue
            is_early = clock.year < EARLIEST_STORED
            problem = Image.ClockProblem.FACTORY if is_early else Image.ClockProblem.FUTURE
            reading.clock_problem = problem
            self._notice(camera, path, clock, problem, days)

    def _judge(
        self, reading: Watched, at: datetime, days: Days, zone: tzinfo, now: datetime
    ) -> None:
        reading.clock_problem = problem = problem_of(at, days, zone, now)
        path, clock = reading.kept[0].path, at.astimezone(zone)
        self._notice(reading.camera_name, path, clock, problem, days)

    def _notice(self, camera: str, path: str, clock: datetime, problem: str, days: Days) -> None:
        if days and not is_deployed(clock.date(), days):
            self.not_deployed[camera].add(path, clock)
        if problem in (Image.ClockProblem.FUTURE, Image.ClockProblem.FACTORY):
            self.impossible[camera].add(path, clock)

    def _count(self, reading: Watched, camera: str, path: str) -> None:
        if reading.time_source in _PLACES:
            self.elsewhere[reading.time_source] += 1
        if not camera and not any(row.looked for row in reading.kept):
            self.without_camera.count += 1
            self.without_camera.path = self.without_camera.path or path
        elif camera and not reading.kept[0].camera and not reading.image:
            self.from_exif[camera] += 1

    def notes(self) -> list[Note]:
        """What the import has to say of clocks and cameras, once all is read."""
        notes = [
            Note(
                NOT_DEPLOYED,
                NOT_DEPLOYED_TEXT.format(
                    camera=camera, count=Number(found.count), examples=", ".join(found.examples)
                ),
                path=found.path,
                count=found.count,
                is_summary=True,
            )
            for camera, found in sorted(self.not_deployed.items())
        ]
        notes += [
            Note(
                IMPOSSIBLE,
                IMPOSSIBLE_TEXT.format(
                    where=f"Camera {camera}" if camera else "Without a camera",
                    count=Number(found.count),
                    examples=", ".join(found.examples),
                ),
                path=found.path,
                count=found.count,
                is_summary=True,
            )
            for camera, found in sorted(self.impossible.items())
        ]
        if self.elsewhere:
            places = ", ".join(
                words.format(count=self.elsewhere[place])
                for place, words in _PLACES.items()
                if self.elsewhere[place]
            )
            total = self.elsewhere.total()
            text = ELSEWHERE_TEXT.format(count=Number(total), places=places)
            notes.append(Note(ELSEWHERE, text, count=total, is_summary=True))
        if self.from_exif:
            names, total = sorted(self.from_exif), self.from_exif.total()
            listed = ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")
            text = CAMERA_TEXT.format(count=Number(total), names=listed)
            notes.append(Note(SERIAL, text, count=total, is_summary=True))
        if self.without_camera.count:
            lacking = self.without_camera
            text = NO_CAMERA_TEXT.format(count=Number(lacking.count), example=lacking.path)
            notes.append(
                Note(NO_CAMERA, text, path=lacking.path, count=lacking.count, is_summary=True)
            )
        return [*notes, *self.stored.notes()]


def _days_of(names: set[str]) -> dict[str, Days]:
    """Days of the cameras as they are stored by now, by the keys of these names: people change them while an import runs."""
    cameras = Camera.by_keys({name_key(name) for name in names if name})
    days = days_of({camera.pk for camera in cameras.values()})
    return {key: days[camera.pk] for key, camera in cameras.items() if camera.pk in days}
