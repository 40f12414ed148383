"""Clocks that cannot be right: times outside a camera's deployments, in the future, or of a clock that was reset.

A wrong clock is no reason to lose a photograph. It is kept and marked (`Image.clock_problem`), and the import
lists each camera's, with what mends them. Deployments that are imported later are a reason to look again
(`mark_clock_problems`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from reid.imaging import exif
from reid.importing.rows import Note
from reid.models import Deployment, Image
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import tzinfo
    from uuid import UUID

    from reid.importing.reading.prepare import Reading
    from reid.models import Camera

PROBLEM: Final = Image.ClockProblem

FIRST_DIGITAL: Final = date(2005, 1, 1)
"""Clocks that lost power begin at 1970 (Unix), 1980 (the card's file system), 1999 to 2004 (when the first
digital trail cameras were made), and before 2005 hardly any photograph is one of a digital trail camera."""

RESET_AT: Final = (time(0), time(12))
"""On 1 January of some later year, the firmware's own, a clock that lost power begins at midnight or at noon."""
RESET_LASTS: Final = timedelta(minutes=10)
"""So soon after its beginning a reset clock is known as one; real photographs of that time are few."""

EARLIEST_STORED: Final = 1900
"""Years before it are no times that zones are defined for: such a photograph has none, and a marked clock."""

EXAMPLES: Final = 5
"""Photographs that are named for a camera."""

NOT_DEPLOYED: Final = "camera not deployed at that time"
IMPOSSIBLE: Final = "time that cannot be right"
ELSEWHERE: Final = "capture time from another place in EXIF"
SERIAL: Final = "camera known from EXIF"
NO_CAMERA: Final = "photographs without a camera"

NOT_DEPLOYED_TEXT: Final = (
    "Camera {camera}: {count} photographs were taken on a day on which it was not deployed, such as {examples}. "
    "If its clock was wrong, correct_clock mends it, and so does --clock-offset {camera}=SECONDS in an import; "
    "if a deployment is missing, import_deployments marks them anew."
)
IMPOSSIBLE_TEXT: Final = (
    "{where}: {count} photographs bear a time that cannot be right, before digital trail cameras, of a clock "
    "that was reset, or in the future, such as {examples}. They are kept and marked; correct_clock or "
    "--clock-offset CAMERA=SECONDS mends a clock."
)
ELSEWHERE_TEXT: Final = (
    "{count} photographs have their time from another place in EXIF than DateTimeOriginal: {places}. "
    "A program that saved them anew may have changed it."
)
CAMERA_TEXT: Final = "{count} photographs have their camera from EXIF ({names}): the label that it was given, else its serial number."
NO_CAMERA_TEXT: Final = (
    "{count} photographs have no camera, such as {example}: encounters and effort need one. Name it by --camera "
    "NAME, take it from the folders by --folders cameras, or from the path by --camera with a pattern."
)
_PLACES: Final = {
    exif.DIGITIZED: "{count} from DateTimeDigitized",
    exif.MODIFIED: "{count} from DateTime, the last change of the file",
}

Days = list[tuple[date, date]]
"""First and last day of each deployment of a camera, both inclusive."""


def problem_of(at: datetime, days: Days, zone: tzinfo, now: datetime) -> str:
    """Why a time cannot be right (an Image.ClockProblem), or nothing. A deployment vouches for a time within it."""
    if at > now:
        return PROBLEM.FUTURE
    clock = at.astimezone(zone)
    if is_deployed(clock.date(), days):
        return ""
    if clock.date() < FIRST_DIGITAL or _was_reset(clock):
        return PROBLEM.FACTORY
    return PROBLEM.NOT_DEPLOYED if days else ""


def is_deployed(day: date, days: Days) -> bool:
    return any(first <= day <= last for first, last in days)


def _was_reset(clock: datetime) -> bool:
    if (clock.month, clock.day) != (1, 1):
        return False
    begins = (datetime.combine(clock.date(), at, clock.tzinfo) for at in RESET_AT)
    return any(timedelta(0) <= clock - begin < RESET_LASTS for begin in begins)


def days_of(cameras: Iterable[UUID]) -> dict[UUID, Days]:
    days: defaultdict[UUID, Days] = defaultdict(list)
    rows = Deployment.objects.filter(camera__in=list(cameras)).order_by()
    for camera, first, last in rows.values_list("camera", "started_on", "ended_on"):
        days[camera].append((first, last or date.max))
    return days


def mark_clock_problems(cameras: Collection[Camera]) -> int:
    """Judge every timed photograph of these cameras anew; how many marks that changed.

    For whoever has changed a camera's deployments, its zone or its times.
    """
    now, days, changed = timezone.now(), days_of(camera.pk for camera in cameras), 0
    for camera in cameras:
        zone = ZoneInfo(camera.time_zone) if camera.time_zone else timezone.get_default_timezone()
        marks: defaultdict[str, list[UUID]] = defaultdict(list)
        images = Image.objects.filter(camera=camera, captured_at__isnull=False).order_by()
        rows = images.values_list("pk", "captured_at", "clock_problem").iterator(chunk_size=2_000)
        for key, at, marked in rows:
            if at and (problem := problem_of(at, days[camera.pk], zone, now)) != marked:
                marks[problem].append(key)
        for problem, keys in marks.items():
            for start in range(0, len(keys), 500):
                block = Image.objects.filter(pk__in=keys[start : start + 500])
                changed += block.update(clock_problem=problem)
    return changed


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

    days: dict[str, Days] = field(default_factory=dict)
    """By the key of the camera's name."""
    not_deployed: defaultdict[str, _Suspects] = field(
        default_factory=lambda: defaultdict(_Suspects)
    )
    impossible: defaultdict[str, _Suspects] = field(default_factory=lambda: defaultdict(_Suspects))
    elsewhere: Counter[str] = field(default_factory=Counter)
    from_exif: Counter[str] = field(default_factory=Counter)
    without_camera: _Suspects = field(default_factory=_Suspects)

    def judge(self, readings: Sequence[Reading], zone_of: Callable[[str], tzinfo]) -> None:
        """Mark the clock problems of a batch's readings, and count them. `zone_of`: a camera's, by its name."""
        self._learn({reading.camera_name for reading in readings})
        now = timezone.now()
        for reading in readings:
            if reading.image and reading.image.captured_at:
                continue  # it keeps its time, and its mark
            camera, path = reading.camera_name, reading.rows[0][0].path
            self._count(reading, camera, path)
            clock = reading.clock
            if clock is None:
                continue
            days = self.days.get(name_key(camera), [])
            zone = zone_of(camera)
            if reading.captured_at is None:
                reading.clock_problem = PROBLEM.FACTORY
            else:
                reading.clock_problem = problem_of(reading.captured_at, days, zone, now)
                clock = reading.captured_at.astimezone(zone)
            if days and not is_deployed(clock.date(), days):
                self.not_deployed[camera].add(path, clock)
            if reading.clock_problem in (PROBLEM.FUTURE, PROBLEM.FACTORY):
                self.impossible[camera].add(path, clock)

    def _count(self, reading: Reading, camera: str, path: str) -> None:
        if reading.time_source in _PLACES:
            self.elsewhere[reading.time_source] += 1
        if not camera and not any(row.looked for row, _ in reading.rows):
            self.without_camera.count += 1
            self.without_camera.path = self.without_camera.path or path
        elif camera and not reading.rows[0][0].camera and not reading.image:
            self.from_exif[camera] += 1

    def _learn(self, names: set[str]) -> None:
        new = {name_key(name) for name in names} - self.days.keys()
        if not new:
            return
        self.days |= {key: [] for key in new}
        rows = Deployment.objects.filter(camera__name_key__in=new).order_by()
        for key, first, last in rows.values_list("camera__name_key", "started_on", "ended_on"):
            self.days[key].append((first, last or date.max))

    def notes(self) -> list[Note]:
        """What the import has to say of clocks and cameras, once all is read."""
        notes = [
            Note(
                NOT_DEPLOYED,
                NOT_DEPLOYED_TEXT.format(
                    camera=camera, count=found.count, examples=", ".join(found.examples)
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
                    count=found.count,
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
            text = ELSEWHERE_TEXT.format(count=total, places=places)
            notes.append(Note(ELSEWHERE, text, count=total, is_summary=True))
        if self.from_exif:
            names, total = sorted(self.from_exif), self.from_exif.total()
            listed = ", ".join(names[:EXAMPLES]) + (", ..." if len(names) > EXAMPLES else "")
            text = CAMERA_TEXT.format(count=total, names=listed)
            notes.append(Note(SERIAL, text, count=total, is_summary=True))
        if self.without_camera.count:
            lacking = self.without_camera
            text = NO_CAMERA_TEXT.format(count=lacking.count, example=lacking.path)
            notes.append(
                Note(NO_CAMERA, text, path=lacking.path, count=lacking.count, is_summary=True)
            )
        return notes
