"""Wildlife Insights' download: a folder or ZIP archive with images.csv (or images_PROJECT.csv), deployments.csv, ...

An image has filename, location, timestamp, is_blank, common_name with its taxonomy, identified_by and individual_id; its
deployment has the placename, which is the camera here. Identifications are of whole photographs. In a sequence project
they stand in sequences.csv and are of no photograph by itself: its photographs come in without. Source: the columns of
a download as the packages camtraptor (read_wi), camtrapR (readWildlifeInsights) and saira (tests) read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from reid.importing.formats.base import FormatOf, Peek, SourceKind
from reid.importing.rows import WHOLE_IMAGE, Note, Row, SourceProblem
from reid.importing.tables import bundle
from reid.importing.tables.labels import is_empty, is_unseen, is_yes
from reid.importing.tables.source import TableSource, clock_of, required
from reid.importing.tables.table import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reid.importing.formats.base import SourceOptions
    from reid.importing.rows import Item
    from reid.importing.tables.clocks import Clock
    from reid.importing.tables.table import Line, Table

TITLE: Final = "a download of Wildlife Insights"
IMAGES: Final = r"images(_\w+)?\.csv"
DEPLOYMENTS: Final = r"deployments(_\w+)?\.csv"

SEQUENCES: Final = "identifications of sequences"
SEQUENCES_TEXT: Final = "{source}: this project identifies sequences and not photographs; the photographs come in as not looked at"
MACHINE: Final = "computer vision"
ALONE: Final = (
    "{source} is the table of photographs of a download of Wildlife Insights, and the download's deployments.csv, "
    "which names the cameras, is not beside it: give the ZIP archive or the folder of the download instead."
)
OTHER_TABLE: Final = (
    "{source} is one table of a download of Wildlife Insights and not that of its photographs: "
    "give the ZIP archive or the folder of the download instead."
)
LONE_DEPLOYMENTS: Final = OTHER_TABLE + " import_deployments reads it by itself."
NO_IMAGES: Final = "{source} has no images.csv, as a download of Wildlife Insights has: give its ZIP archive or its folder."

_IMAGE_HEADINGS: Final = ("project_id", "deployment_id", "image_id", "location")
_SEQUENCE_HEADINGS: Final = ("project_id", "deployment_id", "sequence_id", "is_blank")
_DEPLOYMENT_HEADINGS: Final = ("project_id", "deployment_id", "placename", "start_date")


@dataclass(frozen=True, slots=True)
class WildlifeInsightsSource:
    """A download; `images`: its tables of photographs that are to be read."""

    bundle: Path
    images: tuple[str, ...]
    options: SourceOptions

    @property
    def total(self) -> int | None:
        return sum(source.total or 0 for source in self._sources({}))

    def items(self) -> Iterator[Item]:
        cameras: dict[str, str] = {}
        for name in bundle.matching(bundle.names(self.bundle), DEPLOYMENTS):
            with bundle.member(self.bundle, name) as file:
                cameras |= _placenames(read_table(file))
        for source in self._sources(cameras):
            yield from source.items()

    def _sources(self, cameras: Mapping[str, str]) -> Iterator[TableSource]:
        reader = partial(ImageReader.of, options=self.options, cameras=cameras)
        for name in self.images:
            yield TableSource(self.bundle, reader, opened=partial(bundle.member, self.bundle, name))


@dataclass(frozen=True, slots=True)
class ImageReader:
    """A line an identification of an image; `shared`: file names that several deployments use."""

    table: Table
    clock: Clock
    cameras: Mapping[str, str]
    shared: frozenset[str]

    @classmethod
    def of(cls, table: Table, options: SourceOptions, cameras: Mapping[str, str]) -> ImageReader:
        deployment, _, _, time = required(
            table, TITLE, "deployment_id", "image_id", "location", "timestamp"
        )
        deployments: dict[str, str] = {}
        shared = set()
        for line in table.lines():
            name = _file_name(table, line)
            if deployments.setdefault(name, line.cells[deployment]) != line.cells[deployment]:
                shared.add(name)
        clock = clock_of(table, lambda line: line.cells[time], options.time_format)
        return cls(table, clock, cameras, frozenset(shared))

    def notes(self) -> Iterator[Note]:
        if not self.table.find("is_blank"):
            yield Note(SEQUENCES, SEQUENCES_TEXT.format(source=self.table.name))

    def path(self, line: Line) -> str:
        """The file's name, within its deployment's folder where that is not enough to tell it."""
        name = _file_name(self.table, line)
        return f"{self._cell(line, 'deployment_id')}/{name}" if name in self.shared else name

    def rows(self, line: Line) -> Iterator[Row]:
        deployment = self._cell(line, "deployment_id")
        species = f"{self._cell(line, 'genus')} {self._cell(line, 'species')}".strip()
        ranks = (self._cell(line, rank) for rank in ("family", "order", "class"))
        word = self._cell(line, "common_name") or species or next(filter(None, ranks), "")
        deer = self._cell(line, "individual_id")
        blank = is_yes(self._cell(line, "is_blank")) or is_empty(word)
        unseen = not blank and not deer and is_unseen(word)
        identified_by = self._cell(line, "identified_by")
        yield Row(
            line=line.number,
            path=self.path(line),
            area=None if unseen or (blank and not deer) else WHOLE_IMAGE,
            captured_at=self.clock.read(self._cell(line, "timestamp")),
            camera=self.cameras.get(deployment, deployment),
            deer=deer,
            label=word,
            detector="Wildlife Insights" if identified_by.lower() == MACHINE else "",
            looked=not unseen,
        )

    def _cell(self, line: Line, name: str) -> str:
        column = self.table.find(name)
        return line.cells[column] if column else ""


def _file_name(table: Table, line: Line) -> str:
    """The photograph's own name, else the one under which it is stored there."""
    own = table.find("filename")
    stored = PurePosixPath(line.cells[table.find("location")]).name
    return (line.cells[own] if own else "") or stored


def _placenames(table: Table) -> dict[str, str]:
    deployment, place = required(table, TITLE, "deployment_id", "placename")
    return {
        line.cells[deployment]: line.cells[place] for line in table.lines() if line.cells[place]
    }


def _recognises(peek: Peek) -> bool:
    if peek.kind not in (SourceKind.FOLDER, SourceKind.ARCHIVE):
        tables = (_IMAGE_HEADINGS, _SEQUENCE_HEADINGS, _DEPLOYMENT_HEADINGS)
        return any(peek.has_headings(*headings) for headings in tables)
    files = bundle.names(peek.path)
    images = bundle.matching(files, IMAGES)
    if not images or not bundle.matching(files, DEPLOYMENTS):
        return False
    with bundle.member(peek.path, images[0]) as file:
        return Peek(file).has_headings(*_IMAGE_HEADINGS)


def _open(path: Path, options: SourceOptions) -> WildlifeInsightsSource:
    """The download, also by its table of photographs. Raises SourceProblem where another table or none is given."""
    peek = Peek(path)
    if peek.has_headings(*_IMAGE_HEADINGS):
        if not bundle.matching(bundle.names(path.parent), DEPLOYMENTS):
            raise SourceProblem(ALONE.format(source=path.name))
        return WildlifeInsightsSource(path.parent, (path.name,), options)
    if peek.has_headings(*_DEPLOYMENT_HEADINGS):
        raise SourceProblem(LONE_DEPLOYMENTS.format(source=path.name))
    if peek.has_headings(*_SEQUENCE_HEADINGS):
        raise SourceProblem(OTHER_TABLE.format(source=path.name))
    images = bundle.matching(bundle.names(path), IMAGES)
    if not images:
        raise SourceProblem(NO_IMAGES.format(source=path.name))
    return WildlifeInsightsSource(path, images, options)


FORMAT: Final = FormatOf("wildlife-insights", TITLE, _recognises, _open)
