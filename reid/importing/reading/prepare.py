"""Preparation of rows: photographs read and boxes checked; everything of an import but its writing.

Files are opened here, outside any transaction, so that a slow disk never holds the database's lock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from reid.imaging.capture_time import parse_clock, to_utc
from reid.imaging.crops import ImageProblem
from reid.importing.reading.files import RowRefused, require_alike
from reid.importing.report import COPY, REPEATED
from reid.importing.rows import Refusal, RefusalReason, SourceProblem
from reid.models import Camera, Deer, Image, Sighting
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from reid.imaging.crops import Box
    from reid.importing.reading.files import Library, LocatedFile, Photograph
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row

UNKNOWN_ZONE: Final = (
    "The time zone {name!r}{of} is unknown: use an IANA name such as America/Chicago."
)
BAD_TEXT: Final = "the {what} has more than {longest} characters, or some that cannot be stored"
OTHER_CAMERA: Final = "the photograph has another camera or time on line {line}"
OTHER_DEER: Final = "line {line} says that this box is {deer}"

_TEXTS: Final = {
    "camera": Camera._meta.get_field("name").max_length,
    "deer": Deer._meta.get_field("name").max_length,
    "sighting": Sighting._meta.get_field("label").max_length,
}


@dataclass(slots=True)
class Reading:
    """One photograph of a batch, and the rows of it that can be imported.

    `image` is its row where it is stored already (by its name and its bytes), else `photograph` is
    what its file says; `size` is upright, in pixels. A box is None where the row says that nothing was
    detected.
    """

    located: LocatedFile
    image: Image | None = None
    photograph: Photograph | None = None
    size: tuple[int, int] = (0, 0)
    camera: str = ""
    captured_at: datetime | None = None
    rows: list[tuple[Row, Box | None]] = field(default_factory=list)


def zone_of(name: str, of: str = "") -> ZoneInfo:
    """The named zone. Raises ValueError(UNKNOWN_ZONE)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, climbing out, a folder
        raise ValueError(UNKNOWN_ZONE.format(name=name, of=of)) from error


@dataclass(frozen=True, slots=True)
class Clocks:
    """Reading of cameras' clocks: the zone, and the seconds to add to what one shows, by its name's key."""

    default: ZoneInfo
    corrections: Mapping[str, float]

    def moment(self, clock: datetime, camera: str, zones: Mapping[str, str]) -> datetime:
        """UTC. `zones`: the cameras' own zones by name. Raises ValueError."""
        own = zones.get(camera)
        zone = zone_of(own, f" of camera {camera}") if own else self.default
        return to_utc(clock, zone, self.corrections.get(name_key(camera), 0.0))


def read(
    rows: Sequence[Row], library: Library, clocks: Clocks, tally: ReportBuilder
) -> list[Reading]:
    """The readings of one batch, in the order of their first rows; whatever fails is tallied.

    A fixed number of queries. New photographs are in the library when this returns.
    """
    readings = _located(rows, library, tally)
    image_of = Image.objects.select_related("camera").in_bulk(list(readings), field_name="path")
    names = {row.camera for reading in readings.values() for row, _ in reading.rows}
    zones = dict(Camera.objects.filter(name__in=names).values_list("name", "time_zone"))
    for path, reading in readings.items():
        try:
            if (image := image_of.get(path)) is not None:
                library.require_stored(reading.located, image.sha256)
                reading.image, reading.size = image, (image.width, image.height)
                if image.camera:
                    zones[image.camera.name] = image.camera.time_zone
                continue
            reading.photograph = photograph = library.look_into(reading.located)
            reading.size = (photograph.probe.width, photograph.probe.height)
        except RowRefused as refused:
            _refuse_all(reading, refused, tally)
    _drop_copies(readings.values(), tally)
    for reading in readings.values():
        _check_rows(reading, clocks, zones, tally)
        if reading.rows and reading.photograph:
            try:
                library.bring_in(reading.photograph)
            except RowRefused as refused:
                _refuse_all(reading, refused, tally)
    return [reading for reading in readings.values() if reading.rows]


def _located(rows: Sequence[Row], library: Library, tally: ReportBuilder) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    places: dict[str, LocatedFile | RowRefused] = {}
    for row in rows:
        if row.path not in places:
            try:
                places[row.path] = library.locate(row.path)
            except RowRefused as refused:
                places[row.path] = refused
        place = places[row.path]
        try:
            if isinstance(place, RowRefused):
                raise place
            _check_texts(row)
            reading = readings.get(place.stored) or Reading(place)
            require_alike(reading.located, place)
        except RowRefused as refused:
            tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))
        else:
            readings.setdefault(place.stored, reading).rows.append((row, None))
    return readings


def _check_texts(row: Row) -> None:
    for what, longest in _TEXTS.items():
        text: str = getattr(row, what)
        if not text.isprintable() or len(text) > (longest or 0):
            raise RowRefused(RefusalReason.ROW, BAD_TEXT.format(what=what, longest=longest))


def _refuse_all(reading: Reading, refused: RowRefused, tally: ReportBuilder) -> None:
    for row, _ in reading.rows:
        tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))
    reading.rows.clear()


def _drop_copies(readings: Iterable[Reading], tally: ReportBuilder) -> None:
    """Skip a photograph whose very bytes are stored, or come earlier in the batch, under another name.

    A copy would match itself with the score 1 and pass for a second sighting of the animal.
    """
    new = [(reading, reading.photograph) for reading in readings if reading.photograph]
    digests = set(
        Image.objects.filter(sha256__in=[photo.sha256 for _, photo in new]).values_list(
            "sha256", flat=True
        )
    )
    for reading, photo in new:
        if photo.sha256 in digests:
            tally.skipped[COPY] += len(reading.rows)
            reading.rows.clear()
        digests.add(photo.sha256)


def _check_rows(
    reading: Reading, clocks: Clocks, zones: Mapping[str, str], tally: ReportBuilder
) -> None:
    """Keep the rows that agree with one another and fit the photograph; fill in camera and time."""
    rows: list[tuple[Row, Box | None]] = []
    row_of: dict[Box | None, Row] = {}
    for row, _ in reading.rows:
        try:
            if rows and (row.camera, row.captured_at) != (
                (first := rows[0][0]).camera,
                first.captured_at,
            ):
                raise RowRefused(RefusalReason.CONFLICT, OTHER_CAMERA.format(line=first.line))
            box = _box(row, reading)
            if (earlier := row_of.get(box)) is not None:
                if earlier.deer != row.deer:
                    raise RowRefused(
                        RefusalReason.CONFLICT,
                        OTHER_DEER.format(line=earlier.line, deer=earlier.deer or "nobody"),
                    )
                tally.skipped[REPEATED] += 1
                continue
            if not rows:
                reading.captured_at = _moment(row, reading, clocks, zones)
                reading.camera = row.camera
        except RowRefused as refused:
            tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))
            continue
        row_of[box] = row
        rows.append((row, box))
    reading.rows = rows


def _box(row: Row, reading: Reading) -> Box | None:
    if row.area is None:
        return None
    try:
        return row.area.box(reading.size).clamped(reading.size)
    except ImageProblem as problem:
        raise RowRefused.of(problem) from problem


def _moment(
    row: Row, reading: Reading, clocks: Clocks, zones: Mapping[str, str]
) -> datetime | None:
    """From the column, else the photograph's EXIF, else the pattern; None where none of them has it."""
    info = reading.photograph.probe if reading.photograph else None
    try:
        if row.captured_at:
            clock = parse_clock(row.captured_at)
        elif info and info.captured_at:
            clock = info.captured_at
            if info.offset:
                clock = parse_clock(f"{clock.isoformat()}{info.offset}")
        elif row.pattern_time:
            clock = parse_clock(row.pattern_time)
        else:
            return None
        camera = reading.image.camera if reading.image else None
        return clocks.moment(clock, camera.name if camera else row.camera, zones)
    except ValueError as error:
        raise RowRefused(RefusalReason.TIME, str(error)) from error


def default_clocks(time_zone: str, corrections: Mapping[str, float]) -> Clocks:
    """Clocks in `time_zone`, or in the ranch's where it is empty. Raises SourceProblem."""
    try:
        by_key = {name_key(name): seconds for name, seconds in corrections.items()}
        return Clocks(zone_of(time_zone or settings.TIME_ZONE), by_key)
    except ValueError as error:
        raise SourceProblem(str(error)) from error
