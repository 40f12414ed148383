"""Sources of an import: the files among its photographs that say what these show, and the columns of a table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from reid.importing.formats import registry
from reid.importing.formats.base import Package, SourceOptions
from reid.importing.formats.tables import generic
from reid.importing.reading import endings
from reid.importing.reading.files import Library
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import Row, SourceProblem
from reid.importing.tables import fields
from reid.importing.tables.synonyms import SYNONYMS
from reid.intake import names, storage
from reid.intake.refusals import Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reid.importing.tables.table import Table
    from reid.models import ImportRequest

NO_SOURCE: Final = "There is no file {name} among the uploaded ones: choose one of the list."
MOST_SOURCES: Final = 30
MOST_FOLDERS: Final = 200
"""Folders of the server in which tables and detectors' files are looked for."""
SHOWN_ROWS: Final = 5
TRIED_ROWS: Final = 50
"""Rows whose photographs are looked for to find out what paths are relative to."""
FIELDS: Final = tuple(SYNONYMS)
"""What a column of a table may be of."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may say what photographs show: its path below the folder, and what it was recognised as."""

    path: str
    title: str
    problem: str = ""
    """Why it is none, in a sentence; then `title` is empty."""


@dataclass(frozen=True, slots=True)
class TableHead:
    """The beginning of a table of somebody's own: headings, rows, and the heading by field as an import takes it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns_of: Mapping[str, str]
    problem: str = ""
    """What an import would say of the headings; empty: it can read the table."""


def root_of(request: ImportRequest) -> Path:
    """The folder in which the photographs lie."""
    return storage.folder_of(request.pk) if request.is_upload else Path(request.folder)


def candidates(request: ImportRequest) -> list[Source]:
    """Files that may say what the photographs show, the first MOST_SOURCES by path; each is looked at briefly."""
    root = root_of(request)
    if request.is_upload:
        ends = [Q(path__iendswith=ending) for ending in sorted(names.ABOUT)]
        whole = request.files.filter(reduce(or_, ends), finished_at__isnull=False)
        found = list(whole.order_by("path").values_list("path", flat=True)[:MOST_SOURCES])
    else:
        found = _found_below(root)[:MOST_SOURCES]
    return [_recognised(root, path) for path in found]


def _found_below(root: Path) -> list[str]:
    ends: list[str] = []
    for folder, folders, files in islice(os.walk(root), MOST_FOLDERS):
        folders[:] = sorted(name for name in folders if not endings.is_nobodys(name))
        ends += [
            Path(folder, name).relative_to(root).as_posix()
            for name in sorted(files)
            if names.is_about(name) and not endings.is_nobodys(name)
        ]
    return ends


def _recognised(root: Path, path: str) -> Source:
    try:
        return Source(path, registry.recognise(root / path).title)
    except SourceProblem as problem:
        return Source(path, "", str(problem))


def find(request: ImportRequest, path: str) -> str:
    """The path of one of the candidates. Raises Unknown for any other."""
    root = root_of(request)
    real = Path(os.path.realpath(root / path)) if "\0" not in path else root
    is_inside = real.is_relative_to(os.path.realpath(root)) and real.is_file()
    if not path or not is_inside or not names.is_about(path):
        raise Unknown(NO_SOURCE.format(name=path[:80]))
    return path


def table_head(request: ImportRequest, path: str, columns: Mapping[str, str]) -> TableHead | None:
    """The beginning of a table whose columns a person may have to name; None for any other source.

    `columns`: headings by field as somebody gave them.
    """
    file = root_of(request) / find(request, path)
    options = SourceOptions(columns=columns)
    try:
        if registry.recognise(file) is not generic.FORMAT:
            return None
        table = generic.table_of(file, options)
        lines = islice(table.lines(), SHOWN_ROWS)
        rows = tuple(tuple(line.cells.get(name, "") for name in table.columns) for line in lines)
    except SourceProblem:
        return None  # the list of candidates says why
    try:
        found, _ = fields.find_fields(table, columns)
        return TableHead(table.columns, rows, found)
    except SourceProblem as problem:
        return TableHead(table.columns, rows, _rest_of(table, columns), str(problem))


def _rest_of(table: Table, columns: Mapping[str, str]) -> Mapping[str, str]:
    """The columns that are known in a table of which nobody knows yet which one names the photographs."""
    try:
        found, _ = fields.find_fields(table, {"path": table.columns[0], **columns})
    except SourceProblem:
        return dict(columns)
    return {name: heading for name, heading in found.items() if name in columns or name != "path"}


def root_of_paths(root: Path, source: Path, columns: Mapping[str, str]) -> Path:
    """The folder that the paths in a source are relative to: the one below which most of its first photographs lie.

    It is the whole folder, one on the way to the source, or the one in which everything lies: people upload a card, and
    the detector's file was written beside it, in it, or from it.
    """
    folders = list(dict.fromkeys([root, *_alone_below(root), *_on_the_way(root, source)]))
    try:
        rows = registry.choose(source).open(source, SourceOptions(columns=columns))
        if isinstance(rows, Package):
            rows.close()
            return root
        items = islice(rows.items(), TRIED_ROWS)
        paths = {item.path for item in items if isinstance(item, Row)}
    except SourceProblem:
        return root  # the import says why
    return max(folders, key=lambda folder: _located(folder, paths))


def _alone_below(root: Path) -> Iterator[Path]:
    """The folder in `root` in which everything lies, the one in that, and so on; files about photographs aside."""
    while True:
        inside = [entry for entry in root.iterdir() if not endings.is_nobodys(entry.name)]
        folders = [entry for entry in inside if entry.is_dir()]
        if len(folders) != 1 or any(endings.is_material(entry.name) for entry in inside):
            return
        (root,) = folders
        yield root


def _on_the_way(root: Path, source: Path) -> list[Path]:
    return [folder for folder in source.parents if folder.is_relative_to(root)][::-1]


def _located(folder: Path, paths: set[str]) -> int:
    """How many of the paths mean a file below the folder."""
    library = Library(folder.resolve(), "looked-for", dry_run=True)
    count = 0
    for path in paths:
        try:
            library.locate(path)
        except RowRefused:
            continue
        count += 1
    return count
