"""Camtrap DP packages, 1.0 to 1.0.2: a folder or a ZIP archive with datapackage.json, its three tables and photographs.

The format: https://camtrap-dp.tdwg.org. Media are photographs, observations of single media their boxes and deer,
deployments the cameras' days and places. Observations of whole events are read only where the event's media have
none of their own, for they say the same animals again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from reid.importing.formats.base import FormatOf, Peek, SourceKind, SourceOptions
from reid.importing.formats.packages import lone_tables, own_marks
from reid.importing.formats.packages.archive import Folder, ZipFolder
from reid.importing.formats.packages.contents import DESCRIPTOR, Contents
from reid.importing.formats.packages.events import read_moment, take_events
from reid.importing.formats.packages.observed import area_of, flank_of, tags_of, word_of
from reid.importing.rows import Item, Note, Refusal, RefusalReason, Row, Skip
from reid.importing.rows import confidence as parse_confidence
from reid.importing.stations.rows import Gap
from reid.importing.stations.tables import read_stations
from reid.importing.tables.labels import weightiest
from reid.importing.tables.numbers import with_point

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from reid.importing.stations.rows import Stations, Stay
    from reid.importing.tables.table import Line

VERSIONS: Final = ("1.0", "1.0.1", "1.0.2")
ADDRESS: Final = (
    "the package gives the photograph by its address alone ({path}): "
    "download it into the package, and write its path there in filePath"
)

NO_BOX: Final = "second animal without a box on one photograph"
NEWER_VERSION: Final = "newer version of the format"


class CamtrapSource:
    """A package as rows; `root` is the folder in which its photographs lie.

    `lone_table`: the one of its tables that was given for the package, if any.
    """

    def __init__(self, folder: Folder, name: str, lone_table: str = "") -> None:
        self._lone_table = lone_table
        self._folder = folder
        self._contents = Contents(folder, name)
        self._name = name
        self.root = folder.root

    @property
    def total(self) -> int | None:
        return len(self._media) + len(self._contents.lines("observations"))

    def close(self) -> None:
        self._folder.close()

    def stations(self) -> Stations:
        """The package's deployments; what Thumper derived when it wrote one is none."""
        stations = read_stations(
            self._contents.path("deployments"), timezone.get_default_timezone()
        )
        if not self._contents.is_own:
            return stations
        comments = {
            line.number: line.cells.get("deploymentComments", "")
            for line in self._contents.lines("deployments")
        }
        stays = [_as_stored(stay, comments[stay.line]) for stay in stations.stays]
        gaps = {  # by day, for the day of a visit is in two deployments
            (stay.camera, first): Gap(stay.line, stay.camera, first, last)
            for stay in stations.stays
            for first, last in _outages(comments[stay.line])
        }
        kept = tuple(stay for stay in stays if stay is not None)
        return replace(stations, stays=kept, gaps=tuple(gaps.values()))

    def items(self) -> Iterator[Item]:
        if self._lone_table:
            text = lone_tables.WHOLE_PACKAGE.format(source=self._lone_table, package=self._name)
            yield Note(lone_tables.LONE, text)
        version = self._contents.version
        if version not in VERSIONS:
            text = f"{self._name} is of Camtrap DP {version}, which is read as 1.0.2"
            yield Note(NEWER_VERSION, text)
        yield from self._contents.table("media").notes()
        yield from self._contents.table("observations").notes()
        of_media: defaultdict[str, list[Line]] = defaultdict(list)
        of_events: list[Line] = []
        known = {line.cells["mediaID"] for line in self._media}
        for line in self._contents.lines("observations"):
            medium = line.cells["mediaID"]
            if line.problem:
                yield Refusal(line.number, medium, RefusalReason.ROW, line.problem)
            elif line.cells["observationLevel"] == "event":
                of_events.append(line)
            elif medium in known:
                of_media[medium].append(line)
            else:
                text = f"the package has no media {medium!r}"
                yield Refusal(line.number, medium, RefusalReason.ROW, text)
        yield from take_events(of_events, of_media, self._media_by_time)
        for line in self._media:
            yield from self._medium(line, of_media[line.cells["mediaID"]])

    def _medium(self, line: Line, observations: list[Line]) -> Iterator[Item]:
        cells, path = line.cells, line.cells["filePath"]
        if line.problem:
            yield Refusal(line.number, path, RefusalReason.ROW, line.problem)
            return
        if not cells["fileMediatype"].startswith("image/"):
            text = "videos of a package are not read: import their folder by itself"
            yield Refusal(line.number, path, RefusalReason.VIDEO, text)
            return
        if re.match(r"[a-z][a-z0-9+.-]+://", path, re.IGNORECASE):
            yield Refusal(line.number, path, RefusalReason.MISSING, ADDRESS.format(path=path))
            return
        self._folder.fetch(path)
        photograph = Row(
            line=line.number,
            path=path,
            area=None,
            captured_at=cells["timestamp"],
            camera=self._cameras.get(cells["deploymentID"], ""),
            looked=False,
        )
        rows: list[Row] = []
        unboxed: list[Row] = []
        for observation in observations:
            try:
                row = self._observed(
                    replace(photograph, line=observation.number), observation.cells
                )
            except ValueError as error:
                yield Refusal(observation.number, path, RefusalReason.ROW, str(error))
                continue
            is_unboxed = row.area is not None and not observation.cells.get("bboxX")
            (unboxed if is_unboxed else rows).append(row)
        if unboxed:
            rows.append(unboxed[weightiest([row.label for row in unboxed])])
            yield from (Skip(NO_BOX) for _ in unboxed[1:])
        boxed = [row for row in rows if row.area is not None]
        looked = any(row.looked for row in rows)
        yield from boxed or [replace(photograph, looked=looked)]

    def _observed(self, photograph: Row, cells: Mapping[str, str]) -> Row:
        """The photograph's row with what one observation says. Raises ValueError."""
        kind = cells["observationType"]
        if kind in ("blank", "unclassified"):
            return replace(photograph, looked=kind != "unclassified")
        is_machine = cells.get("classificationMethod") == "machine"
        sure = with_point(cells.get("classificationProbability", ""), decimal_comma=True)
        tags = tags_of(cells) if self._contents.is_own else {}
        return replace(
            photograph,
            area=area_of(cells),
            label=word_of(cells, is_own=self._contents.is_own),
            confidence=parse_confidence((is_machine and sure) or "1"),
            deer=cells.get("individualID", "") if kind == "animal" else "",
            flank=flank_of(tags),
            detector=cells.get("classifiedBy", "") if is_machine else "",
            looked=True,
        )

    @cached_property
    def _cameras(self) -> Mapping[str, str]:
        """Name of the camera of each deployment: its location's, as deployments are read too."""
        return {
            line.cells["deploymentID"]: line.cells.get("locationName")
            or line.cells.get("locationID")
            or line.cells["deploymentID"]
            for line in self._contents.lines("deployments")
            if not line.problem
        }

    @cached_property
    def _media(self) -> tuple[Line, ...]:
        return self._contents.lines("media")

    @cached_property
    def _media_by_time(self) -> defaultdict[str, list[tuple[str, datetime]]]:
        """Media of each deployment with their moments; those without a readable one belong to no event."""
        media: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
        for line in self._media:
            if (moment := read_moment(line.cells["timestamp"])) is not None:
                media[line.cells["deploymentID"]].append((line.cells["mediaID"], moment))
        return media


def _as_stored(stay: Stay, comment: str) -> Stay | None:
    """A deployment as Thumper stored it before it wrote the package; None where it stored none."""
    if comment == own_marks.DERIVED:
        return None
    if comment.startswith(own_marks.STILL_RUNNING):
        return replace(stay, ended_on=None, ended_at=None)
    return stay


def _outages(comment: str) -> Iterator[tuple[date, date]]:
    for match in own_marks.OUTAGES.finditer(comment):
        yield date.fromisoformat(match[1]), date.fromisoformat(match[2])


def _names_package(members: Iterable[str]) -> bool:
    return any(name.count("/") <= 1 and name.split("/")[-1] == DESCRIPTOR for name in members)


def _recognises(peek: Peek) -> bool:
    match peek.kind:
        case SourceKind.FOLDER:
            return lone_tables.is_descriptor(peek.path / DESCRIPTOR)
        case SourceKind.ARCHIVE:
            return _names_package(peek.members)
        case SourceKind.JSON:
            return peek.path.name == DESCRIPTOR and "camtrap-dp" in peek.text
        case _:
            return bool(lone_tables.table_of(peek))


def _open(path: Path, options: SourceOptions) -> CamtrapSource:
    if path.is_dir():
        return CamtrapSource(Folder(path.resolve()), path.name)
    if path.name == DESCRIPTOR:
        return CamtrapSource(Folder(path.resolve().parent), path.name)
    if table := lone_tables.table_of(Peek(path)):
        folder = lone_tables.folder_of(path, table)
        return CamtrapSource(Folder(folder), folder.name, path.name)
    return CamtrapSource(ZipFolder.open(path, DESCRIPTOR), path.name)


FORMAT: Final = FormatOf("camtrap-dp", "Camtrap DP", _recognises, _open)
