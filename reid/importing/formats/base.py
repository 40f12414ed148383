"""Formats of import sources: what a module of a format offers, and the first look by which one is recognised."""

from __future__ import annotations

import codecs
import zipfile
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from reid.importing.rows import SourceProblem
from reid.importing.tables.table import fold, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reid.importing.rows import RowSource
    from reid.importing.stations.rows import Stations

BAD_ARCHIVE: Final = (
    "{source} is a broken ZIP archive or Excel workbook: save it or fetch it again."
)
UNREADABLE_ARCHIVE: Final = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError)

HEAD_BYTES: Final = 65_536
DEFAULT_MIN_CONFIDENCE: Final = 0.2
"""What MegaDetector 5's own metadata call the typical threshold; files list boxes from 0.005 up."""


class SourceKind(StrEnum):
    """What a source is on the disk, before anybody asks which program wrote it."""

    FOLDER = "folder"
    JSON = "JSON file"
    SPREADSHEET = "Excel workbook"
    ARCHIVE = "ZIP archive"
    TEXT = "text file"


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a person says of a source beside its path; every format reads what concerns it.

    `finders`: column or pattern by captured_at, camera, sighting, flank. `columns`: heading by field, where a
    table's own are not the expected ones. `time_format`: as for strptime. `folders`: deer, cameras or none.
    `files`: paths below a folder, which alone are read of it; None: all that lies there.
    """

    finders: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str = ""
    folders: str = ""
    files: tuple[str, ...] | None = None
    min_confidence: float = DEFAULT_MIN_CONFIDENCE


@dataclass(frozen=True)
class Peek:
    """A source at first sight: its kind and its beginning, read once for all formats."""

    path: Path

    @cached_property
    def head(self) -> bytes:
        """The first bytes of a file; none of a folder."""
        if self.path.is_dir():
            return b""
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)

    @cached_property
    def text(self) -> str:
        """The head as text: UTF-16 by its byte order mark, else UTF-8, and what is none of it as cp1252."""
        if self.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return self.head.decode("utf-16", errors="ignore")
        try:
            return codecs.getincrementaldecoder("utf-8-sig")().decode(self.head)
        except UnicodeDecodeError:
            return self.head.decode("cp1252", errors="replace")

    @cached_property
    def members(self) -> tuple[str, ...]:
        """Names of the files in an archive; none of anything else."""
        if self.kind not in (SourceKind.ARCHIVE, SourceKind.SPREADSHEET):
            return ()
        with zipfile.ZipFile(self.path) as archive:
            return tuple(archive.namelist())

    @cached_property
    def headings(self) -> frozenset[str]:
        """The headings of a table, folded; none of anything else, or of a table that cannot be read."""
        if self.kind not in (SourceKind.TEXT, SourceKind.SPREADSHEET):
            return frozenset()
        try:
            return frozenset(fold(column) for column in read_table(self.path).columns)
        except SourceProblem:
            return frozenset()  # whoever reads it says why

    def has_headings(self, *names: str) -> bool:
        return self.headings >= {fold(name) for name in names}

    @cached_property
    def kind(self) -> SourceKind:
        """Raises SourceProblem for a broken archive."""
        if self.path.is_dir():
            return SourceKind.FOLDER
        if self.head.startswith(b"PK\x03\x04") and zipfile.is_zipfile(self.path):
            try:
                with zipfile.ZipFile(self.path) as archive:
                    is_workbook = "xl/workbook.xml" in archive.namelist()
            except UNREADABLE_ARCHIVE as error:
                raise SourceProblem(BAD_ARCHIVE.format(source=self.path.name)) from error
            return SourceKind.SPREADSHEET if is_workbook else SourceKind.ARCHIVE
        if self.path.suffix.lower() == ".json" or self.text.lstrip()[:1] in ("{", "["):
            return SourceKind.JSON
        return SourceKind.TEXT


class Format(Protocol):
    """One format: a module with a constant FORMAT that has these."""

    @property
    def name(self) -> str:
        """As `--format` takes it: lower case and hyphens."""

    @property
    def title(self) -> str:
        """As people know it, for the output."""

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """What its sources are on the disk; empty: any file, and those folders that it recognises."""

    def recognises(self, peek: Peek) -> bool:
        """Whether the source is of this format, by what no other format has. Reads the head alone."""

    def open(self, path: Path, options: SourceOptions) -> RowSource:
        """The rows of the source. Raises SourceProblem where it cannot be read as a whole."""


@dataclass(frozen=True, slots=True)
class FormatOf:
    """A format made of two functions, for modules that need no more.

    `kinds`: what its sources are on the disk; empty: any file, and those folders that it recognises.
    """

    name: str
    title: str
    is_it: Recogniser
    opened: Opener
    kinds: frozenset[SourceKind] = frozenset()

    def recognises(self, peek: Peek) -> bool:
        return self.is_it(peek)

    def open(self, path: Path, options: SourceOptions) -> RowSource:
        return self.opened(path, options)


class Recogniser(Protocol):
    def __call__(self, peek: Peek, /) -> bool: ...


class Opener(Protocol):
    def __call__(self, path: Path, options: SourceOptions, /) -> RowSource: ...


@runtime_checkable
class Package(Protocol):
    """A source that brings its photographs, and the deployments in which they were taken."""

    @property
    def root(self) -> Path:
        """The folder that its rows' paths are relative to."""

    def stations(self) -> Stations: ...

    def close(self) -> None:
        """Remove what was unpacked for reading it."""
