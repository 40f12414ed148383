"""Station tables: their lines as stays and outages. No database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note, Refusal, RefusalReason, SourceProblem
from reid.importing.stations import places
from reid.importing.stations.days import (
    DayReader,
    Moment,
    proven_orders,
    require_time_format,
)
from reid.importing.stations.layouts import Layout, find_layout
from reid.importing.stations.rows import Gap, Stations, Stay
from reid.importing.tables.table import read_table
from reid.models import Camera
from reid.naming import clean_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from reid.importing.stations.rows import Place
    from reid.importing.tables.table import Line

NO_DEGREES: Final = (
    "{source} is a camtrapR station table with places in UTM metres, which say nothing without their zone: "
    "give it by --utm-zone, such as --utm-zone 14N."
)
BAD_CAMERA: Final = "the camera has no name, or one of more than {longest} characters"
BACKWARDS: Final = "ended_on is before started_on"
HALF_A_PLACE: Final = "latitude and longitude come together"
HALF_AN_OUTAGE: Final = "an outage needs its first and its last day"

SUSPICIOUS_PLACE: Final = "suspicious place"

_LONGEST: Final = Camera._meta.get_field("name").max_length or 0
_LONGEST_REASON: Final = 200
_NOTHING: Final = frozenset({"", "na", "n/a", "n.a.", "none", "null", "-", "--", "?"})
_LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class StationOptions:
    """What a person says of a table beside its path."""

    time_format: str = ""
    utm_zone: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Headings by field, where a person says them; empty: as the table's own headings say."""


@dataclass(slots=True)
class _Reader:
    layout: Layout
    days: DayReader
    zone: tuple[int, bool] | None
    is_workbook: bool
    """Whether a day's cell comes with a midnight that nobody wrote."""
    stays: list[Stay] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def read(self, row: Line) -> None:
        """The line's stay and outages. Raises ValueError, and keeps nothing of the line then."""
        if row.problem:
            raise ValueError(row.problem)
        line, cells = row.number, row.cells
        camera = self.camera(cells)
        if not camera or not camera.isprintable() or len(camera) > _LONGEST:
            raise ValueError(BAD_CAMERA.format(longest=_LONGEST))
        if "from" in self.layout.columns:
            self.gaps.append(self._gap(line, camera, cells, "from", "to"))
            return
        start = self._moment("started_on", cells)
        end = self._moment("ended_on", cells) if self._cell("ended_on", cells) else None
        if end is not None and _is_before(end, start):
            raise ValueError(BACKWARDS)
        place, note = self._place(cells)
        gaps = [
            self._gap(line, camera, cells, *pair)
            for pair in self.layout.problems
            if any(_known(cells.get(heading, "")) for heading in pair)
        ]
        self.gaps += gaps
        self.stays.append(
            Stay(
                line,
                camera,
                start.day,
                start.at,
                end.day if end else None,
                end.at if end else None,
                place,
            )
        )
        if note:
            self.notes.append(Note(SUSPICIOUS_PLACE, note, line, camera))

    def camera(self, cells: Mapping[str, str]) -> str:
        """The line's camera, which with several at one station has the name of both."""
        columns = self.layout.columns
        # A camera may be called NA: a name is taken as it stands.
        name = clean_name(
            cells.get(columns.get("camera", ""), "")
            or cells.get(columns.get("location_id", ""), "")
        )
        second = clean_name(_known(cells.get(self.layout.second_name, "")))
        return f"{name} {second}" if name and second else name

    def _cell(self, name: str, cells: Mapping[str, str]) -> str:
        return _known(cells.get(self.layout.columns.get(name, ""), ""))

    def _moment(self, name: str, cells: Mapping[str, str]) -> Moment:
        moment = self.days.moment(name, self._cell(name, cells))
        is_whole = self.layout.has_whole_days and moment.at in (time.min, _LAST_SECOND)
        is_bare_day = self.is_workbook and moment.at == time.min
        return Moment(moment.day) if is_whole or is_bare_day else moment

    def _gap(self, line: int, camera: str, cells: Mapping[str, str], first: str, last: str) -> Gap:
        headings = [self.layout.columns.get(name, name) for name in (first, last)]
        texts = [_known(cells.get(heading, "")) for heading in headings]
        if not all(texts):
            raise ValueError(HALF_AN_OUTAGE)
        start, end = (
            self.days.moment(heading, text) for heading, text in zip(headings, texts, strict=True)
        )
        if end.day < start.day:
            raise ValueError(BACKWARDS)
        return Gap(line, camera, start.day, end.day, self._cell("reason", cells)[:_LONGEST_REASON])

    def _place(self, cells: Mapping[str, str]) -> tuple[Place | None, str]:
        latitude, longitude = self._cell("latitude", cells), self._cell("longitude", cells)
        if bool(latitude) != bool(longitude):
            raise ValueError(HALF_A_PLACE)
        if not latitude:
            return None, ""
        if self.zone is not None:
            return places.from_utm(longitude, latitude, self.zone), ""
        place = (
            places.degrees("latitude", latitude, longitude),
            places.degrees("longitude", longitude),
        )
        return (place, "") if any(place) else (None, places.NULL_ISLAND)


def read_stations(path: Path, zone: tzinfo, options: StationOptions | None = None) -> Stations:
    """The stays and outages of a table; moments with an offset become days in `zone`. Raises SourceProblem."""
    options = options or StationOptions()
    table = read_table(path)
    layout = find_layout(table.columns, path.name, options.columns)
    try:
        require_time_format(options.time_format)
        utm = places.utm_zone(options.utm_zone) if options.utm_zone else None
    except ValueError as error:
        raise SourceProblem(str(error)) from error
    if layout.is_in_metres and utm is None:
        raise SourceProblem(NO_DEGREES.format(source=path.name))
    lines = list(table.lines())
    orders = proven_orders(
        line.cells.get(heading, "") for line in lines for heading in layout.day_headings
    )
    days = DayReader(zone, options.time_format, orders)
    reader = _Reader(layout, days, utm, table.is_workbook, notes=list(table.notes()))
    refusals = []
    for line in lines:
        try:
            reader.read(line)
        except ValueError as error:
            camera = reader.camera(line.cells)
            refusals.append(Refusal(line.number, camera, RefusalReason.ROW, str(error)))
    return Stations(
        layout.title,
        tuple(reader.stays),
        tuple(reader.gaps),
        tuple(refusals),
        tuple(reader.notes),
    )


def _is_before(end: Moment, start: Moment) -> bool:
    if end.day != start.day:
        return end.day < start.day
    return end.at is not None and start.at is not None and end.at < start.at


def _known(text: str) -> str:
    """The cell; empty where it says in words that there is nothing."""
    return "" if text.lower() in _NOTHING else text
