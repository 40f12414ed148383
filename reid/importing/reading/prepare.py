"""Preparation of rows: photographs read and boxes checked; everything of an import but its writing.

Files are opened here, outside any transaction, so that a slow disk never holds the database's lock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from reid.imaging.crops import ImageProblem
from reid.importing.reading import known_files
from reid.importing.reading.files import is_stored, names_for
from reid.importing.reading.refused import RowRefused
from reid.importing.reading.times import NOTHING_READ, TimeRead, time_of
from reid.importing.report import COPY, REPEATED
from reid.importing.rows import Refusal, RefusalReason
from reid.models import Camera, Deer, Image, Sighting
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from reid.imaging.crops import Box
    from reid.importing.reading.files import Library, LocatedFile, Photograph
    from reid.importing.reading.times import Clocks
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row

BAD_TEXT: Final = "the {what} has more than {longest} characters, or some that cannot be stored"
OTHER_CAMERA: Final = "the photograph has another camera or time on line {line}"
STORED_CAMERA: Final = (
    "the same photograph is stored as {path}, of the camera {camera}: it cannot be of {other} too"
)
STORED_TIME: Final = (
    "the same photograph is stored as {path}, taken at {stored}: it cannot be of another time too"
)
OTHER_DEER: Final = "line {line} says that this box is {deer}"

_SAME_TIME: Final = timedelta(seconds=1)
_TEXTS: Final = {
    "camera": Camera._meta.get_field("name").max_length,
    "deer": Deer._meta.get_field("name").max_length,
    "sighting": Sighting._meta.get_field("label").max_length,
}


@dataclass(slots=True)
class Reading:
    """One photograph of a batch, which is its bytes, and the rows of it that can be imported.

    `image` is its row where these bytes are stored already, else `photograph` is what its file says and
    `stored` the name that it has got below the media root; `size` is upright, in pixels. A box is None where the
    row says that nothing was detected.
    """

    sha256: str
    image: Image | None = None
    photograph: Photograph | None = None
    stored: str = ""
    size: tuple[int, int] = (0, 0)
    camera: str = ""
    captured_at: datetime | None = None
    clock: datetime | None = None
    """What a clock showed, where it was read; a time that no zone is defined for is not in `captured_at`."""
    time_source: str = ""
    clock_problem: str = ""
    rows: list[tuple[Row, Box | None]] = field(default_factory=list)
    files: list[Photograph] = field(default_factory=list)
    """What was read for it: new ones, and known ones that are remembered from now on."""
    copies: set[str] = field(default_factory=set)
    """Paths of rows under which the photograph is not stored: copies of it."""

    @property
    def kept(self) -> list[Row]:
        return [row for row, _ in self.rows]

    @property
    def camera_name(self) -> str:
        """The stored photograph's camera, else the one that the import gives it; empty: none."""
        stored = self.image.camera if self.image else None
        return stored.name if stored else self.camera

    def is_copy(self, row: Row) -> bool:
        return row.path in self.copies


@dataclass(slots=True)
class _Named:
    """One file of a batch, and the rows that name it."""

    located: LocatedFile
    rows: list[Row] = field(default_factory=list)


def read(
    rows: Sequence[Row], library: Library, clocks: Clocks, tally: ReportBuilder
) -> list[Reading]:
    """The readings of one batch, in the order of their first rows; whatever fails is tallied.

    A fixed number of queries. New photographs are in the library when this returns.
    """
    readings = _readings(_named(rows, library, tally), library, tally)
    names = {row.camera for reading in readings for row, _ in reading.rows}
    zones = dict(Camera.objects.filter(name__in=names).values_list("name", "time_zone"))
    zones |= _zones_of_exif(readings, zones)
    for reading in readings:
        if reading.image and reading.image.camera:
            zones[reading.image.camera.name] = reading.image.camera.time_zone
        _check_rows(reading, clocks, zones, tally)
    _bring_in([reading for reading in readings if reading.rows], library, tally)
    kept = [reading for reading in readings if reading.rows]
    clocks.watch.judge(kept, partial(clocks.zone, zones=zones))
    return kept


def _zones_of_exif(readings: Iterable[Reading], known: Mapping[str, str]) -> dict[str, str]:
    """Zones of the cameras that photographs name themselves."""
    names = {reading.photograph.probe.camera for reading in readings if reading.photograph}
    names -= known.keys() | {""}
    if not names:
        return {}
    return dict(Camera.objects.filter(name__in=names).values_list("name", "time_zone"))


def _named(rows: Sequence[Row], library: Library, tally: ReportBuilder) -> list[_Named]:
    """The files that rows name, in order; rows of no file are refused."""
    files: dict[Path, _Named] = {}
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
        except RowRefused as refused:
            tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))
        else:
            files.setdefault(place.source, _Named(place)).rows.append(row)
    return list(files.values())


def _readings(files: list[_Named], library: Library, tally: ReportBuilder) -> list[Reading]:
    """One reading a photograph: files of the same bytes are one, and rows of all of them are its rows."""
    images = {} if library.verify else known_files.known([file.located for file in files])
    images = {path: image for path, image in images.items() if is_stored(image.path)}
    photographs: dict[Path, Photograph] = {}
    for located, result in library.look_into_all(
        file.located for file in files if file.located.source not in images
    ):
        if isinstance(result, RowRefused):
            rows = next(file.rows for file in files if file.located is located)
            _refuse(rows, result, tally)
        else:
            photographs[located.source] = result
    image_of = {image.sha256: image for image in images.values()}
    unknown = {photograph.sha256 for photograph in photographs.values()} - image_of.keys()
    stored = Image.objects.select_related("camera").filter(sha256__in=unknown, double_of=None)
    image_of |= {image.sha256: image for image in stored}
    readings: dict[str, Reading] = {}
    for file in files:
        path = file.located.source
        photograph = photographs.get(path)
        if photograph is None and path not in images:
            continue  # refused above
        digest = photograph.sha256 if photograph else images[path].sha256
        reading = readings.setdefault(digest, Reading(digest, image_of.get(digest)))
        if photograph:
            reading.files.append(photograph)
        _add(reading, file)
    return list(readings.values())


def _add(reading: Reading, file: _Named) -> None:
    """Let the rows of one more file be rows of its photograph."""
    if reading.image:
        reading.size = (reading.image.width, reading.image.height)
        is_copy = reading.image.path not in names_for(file.located.stored, reading.sha256)
    else:
        is_copy = reading.photograph is not None
        reading.photograph = photograph = reading.photograph or reading.files[0]
        reading.size = (photograph.probe.width, photograph.probe.height)
    if is_copy:
        reading.copies |= {row.path for row in file.rows}
    reading.rows += [(row, None) for row in file.rows]


def _bring_in(readings: list[Reading], library: Library, tally: ReportBuilder) -> None:
    """Store the files of new photographs, and of known ones whose stored files are gone."""
    new = [reading for reading in readings if reading.photograph]
    names = [
        name
        for reading in new
        if reading.photograph
        for name in names_for(reading.photograph.located.stored, reading.sha256)
    ]
    sha256_of = dict(Image.objects.filter(path__in=names).values_list("path", "sha256"))
    library.announce((reading.photograph for reading in new if reading.photograph), sha256_of)
    for reading in readings:
        try:
            if reading.photograph:
                reading.stored = library.bring_in(reading.photograph, sha256_of)
                sha256_of[reading.stored] = reading.sha256
            elif reading.image and reading.files and not is_stored(reading.image.path):
                library.restore(reading.files[0], reading.image.path)
        except RowRefused as refused:
            _refuse([row for row, _ in reading.rows], refused, tally)
            reading.rows.clear()


def _refuse(rows: Iterable[Row], refused: RowRefused, tally: ReportBuilder) -> None:
    for row in rows:
        tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))


def _check_texts(row: Row) -> None:
    for what, longest in _TEXTS.items():
        text: str = getattr(row, what)
        if not text.isprintable() or len(text) > (longest or 0):
            raise RowRefused(RefusalReason.ROW, BAD_TEXT.format(what=what, longest=longest))


def _check_rows(
    reading: Reading, clocks: Clocks, zones: Mapping[str, str], tally: ReportBuilder
) -> None:
    """Keep the rows that agree with one another and fit the photograph; fill in camera and time."""
    rows: list[tuple[Row, Box | None]] = []
    row_of: dict[Box | None, Row] = {}
    for row, _ in reading.rows:
        try:
            if rows:
                _require_alike(rows[0][0], row, reading)
            time: TimeRead = NOTHING_READ
            if _tells(row, reading, rows):
                info = reading.files[0].probe if reading.files else None
                camera = reading.camera_name or row.camera or _own_camera(reading)
                time = time_of(row, info, clocks, camera, zones)
            _require_as_stored(row, reading, time.at)
            box = _box(row, reading)
            if (earlier := row_of.get(box)) is not None:
                if earlier.deer != row.deer:
                    raise RowRefused(
                        RefusalReason.CONFLICT,
                        OTHER_DEER.format(line=earlier.line, deer=earlier.deer or "nobody"),
                    )
                tally.skipped[COPY if reading.is_copy(row) else REPEATED] += 1
                continue
        except ValueError as error:
            tally.refuse(Refusal(row.line, row.path, RefusalReason.TIME, str(error)))
            continue
        except RowRefused as refused:
            tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))
            continue
        if reading.captured_at is None and reading.clock is None:
            reading.clock, reading.captured_at, reading.time_source = time
        reading.camera = reading.camera or row.camera or _own_camera(reading)
        row_of[box] = row
        rows.append((row, box))
    reading.rows = rows


def _require_alike(first: Row, row: Row, reading: Reading) -> None:
    """Raise RowRefused where a row gives the photograph another camera or time than the first row did.

    A row about a copy of it may leave either out, or be the first that has it.
    """
    is_loose = reading.is_copy(row) or reading.is_copy(first)
    for one, other in (
        (name_key(first.camera), name_key(row.camera)),
        (first.captured_at, row.captured_at),
    ):
        if one != other and not (is_loose and "" in (one, other)):
            raise RowRefused(RefusalReason.CONFLICT, OTHER_CAMERA.format(line=first.line))


def _tells(row: Row, reading: Reading, rows: Sequence[object]) -> bool:
    """Whether the row's time is asked: of a photograph's first row, and of each that has its own."""
    return not rows or (reading.is_copy(row) and bool(row.captured_at))


def _require_as_stored(row: Row, reading: Reading, moment: datetime | None) -> None:
    """Raise RowRefused where a row about a copy gives a stored photograph another camera or time."""
    image = reading.image
    if image is None or not reading.is_copy(row):
        return
    if image.camera and row.camera and image.camera.name_key != name_key(row.camera):
        text = STORED_CAMERA.format(path=image.path, camera=image.camera.name, other=row.camera)
        raise RowRefused(RefusalReason.CONFLICT, text)
    is_known = image.captured_at and image.time_source != Image.TimeSource.CORRECTED
    if is_known and moment and row.captured_at:
        stored = image.captured_at
        if stored and abs(stored - moment) >= _SAME_TIME:
            text = STORED_TIME.format(path=image.path, stored=f"{stored:%Y-%m-%d %H:%M:%S} UTC")
            raise RowRefused(RefusalReason.CONFLICT, text)


def _box(row: Row, reading: Reading) -> Box | None:
    if row.area is None:
        return None
    try:
        return row.area.box(reading.size).clamped(reading.size)
    except ImageProblem as problem:
        raise RowRefused.of(problem) from problem


def _own_camera(reading: Reading) -> str:
    """The camera that a new photograph names itself, in EXIF."""
    return reading.photograph.probe.camera if reading.photograph else ""
