"""Rows of one photograph checked: they agree with one another and with what is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from reid.imaging.crops import ImageProblem
from reid.importing.clocks.times import NOTHING_READ, TimeRead, time_of
from reid.importing.reading.refused import RowRefused
from reid.importing.report import COPY, REPEATED
from reid.importing.rows import Refusal, RefusalReason
from reid.models import Camera, Image
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from reid.imaging.crops import Box
    from reid.importing.clocks.times import ClockOf, Clocks
    from reid.importing.reading.readings import Reading
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row

OTHER_CAMERA: Final = "the photograph has another camera or time {where}"


STORED_CAMERA: Final = (
    "the same photograph is stored as {path}, of the camera {camera}: it cannot be of {other} too"
)


STORED_TIME: Final = (
    "the same photograph is stored as {path}, taken at {stored}: it cannot be of another time too"
)


OTHER_DEER: Final = "this box is {deer} {where}"


_COLUMN: Final = Image.TimeSource.COLUMN
_LONGEST_CAMERA: Final = Camera._meta.get_field("name").max_length or 0
_SAME_TIME: Final = timedelta(seconds=1)


def _check_rows(reading: Reading, clocks: Clocks, clock_of: ClockOf, tally: ReportBuilder) -> None:
    """Keep the rows that agree with one another and fit the photograph; fill in camera and time."""
    rows: list[tuple[Row, Box | None]] = []
    row_of: dict[Box | None, Row] = {}
    for row, _ in reading.rows:
        try:
            _require_alike(rows, row)
            time: TimeRead = NOTHING_READ
            if _tells(row, reading, rows):
                info = reading.files[0].probe if reading.files else None
                camera = reading.camera_name or row.camera or _own_camera(reading)
                time = time_of(row, info, clocks, camera, clock_of)
            _require_as_stored(row, reading, time.at)
            box = _box(row, reading)
            if (earlier := row_of.get(box)) is not None:
                if earlier.deer != row.deer:
                    raise RowRefused(
                        RefusalReason.CONFLICT,
                        OTHER_DEER.format(deer=earlier.deer or "nobody", where=_where(earlier)),
                    )
                tally.skipped[COPY if reading.is_copy(row) else REPEATED] += 1
                continue
        except ValueError as error:
            tally.refuse(Refusal(row.line, row.path, RefusalReason.TIME, str(error)))
            continue
        except RowRefused as refused:
            tally.refuse(Refusal(row.line, row.path, refused.reason, refused.text))
            continue
        nothing_yet = reading.captured_at is None and reading.clock is None
        if nothing_yet or (time.source == _COLUMN != reading.time_source):  # a column wins
            reading.clock, reading.captured_at, reading.time_source = time
        reading.camera = reading.camera or row.camera or _own_camera(reading)
        row_of[box] = row
        rows.append((row, box))
    reading.rows = rows


def _require_alike(rows: Sequence[tuple[Row, object]], row: Row) -> None:
    """Raise RowRefused where a row gives the photograph another camera or time than a row before it.

    It may leave either out, or be the first that has it: spreadsheets have them once for several boxes.
    """
    for earlier, _ in rows:
        for one, other in (
            (name_key(earlier.camera), name_key(row.camera)),
            (earlier.captured_at, row.captured_at),
        ):
            if one != other and one and other:
                text = OTHER_CAMERA.format(where=_where(earlier))
                raise RowRefused(RefusalReason.CONFLICT, text)


def _where(row: Row) -> str:
    """The place of a row in its source: its line, or its file where the source is a folder."""
    return f"on line {row.line}" if row.line else f"as {row.path}"


def _tells(row: Row, reading: Reading, rows: Sequence[tuple[Row, object]]) -> bool:
    """Whether the row's time is asked: of a photograph's first row, and of each that may say more or otherwise."""
    is_new = not any(earlier.captured_at for earlier, _ in rows)
    return not rows or (bool(row.captured_at) and (is_new or reading.is_copy(row)))


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
    """The camera that a new photograph names itself, in EXIF; none where that is too long for a name."""
    name = reading.photograph.probe.camera if reading.photograph else ""
    return name if len(name) <= _LONGEST_CAMERA else ""
