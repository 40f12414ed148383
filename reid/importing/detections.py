"""Import of detections: a file or folder -> images, detections, deer, encounters, sightings, references.

Batches are committed one by one; an import that was broken off is finished by repeating it. What an
import does to rows that are stored already: see `reid.importing.writing.merge_row`.
"""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid.db import statistics
from reid.importing.clocks.times import default_clocks, zone_source
from reid.importing.deployments import import_deployments, write_stations
from reid.importing.finders import PathPatterns
from reid.importing.formats import registry
from reid.importing.formats.base import Package
from reid.importing.options import ImportOptions
from reid.importing.reading.files import CROPS, Library
from reid.importing.reading.labels import store_labels
from reid.importing.reading.prepare import locate, read
from reid.importing.reading.words import Words
from reid.importing.report import ImportReport, ReportBuilder
from reid.importing.rows import Note, Refusal, Row, RowSource, Skip, SourceProblem
from reid.importing.writing import records
from reid.importing.writing.writer import ImportWriter
from reid.models import ClassLabel, Import
from reid.naming import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from django.contrib.auth.models import AbstractBaseUser

    from reid.importing.clocks.times import Clocks
    from reid.importing.formats.base import Format
    from reid.importing.rows import Item
    from reid.importing.stations.rows import Stations

__all__ = ["ImportOptions", "import_deployments", "import_detections"]

BATCH: Final = 500
"""Rows read and written at a time."""

LONGEST_PHOTOGRAPH: Final = 1_000
"""Rows beyond BATCH that a batch takes so as not to part a photograph."""

FLUSH: Final = 5_000
"""Detections after which encounters are built, so that what waits for it stays small."""

EMPTY: Final = "nothing to import"
EMPTY_TEXT: Final = (
    "{source} holds nothing to import: {what}. Look whether it is the one that you mean."
)
NO_PHOTOGRAPHS: Final = "no photographs lie in it"
NO_ROWS: Final = "it has no rows about photographs"
NO_ROOT: Final = "There is no folder {path}, which --root names."
BAD_COLLECTION: Final = "{name!r} cannot name a collection: give --collection a plain name, without slashes, and not crops."


def import_detections(
    path: Path,
    *,
    actor: AbstractBaseUser,
    options: ImportOptions | None = None,
    progress: Callable[[int, int | None], None] | None = None,
) -> ImportReport:
    """Import what `path` holds; `progress(items done, items in all)` is called after each batch.

    Raises SourceProblem where the source as a whole cannot be read; a bad row is in the report. A dry run
    is the same work in a transaction that is rolled back, and copies no file; other writers wait for it.
    """
    options = options or ImportOptions()
    source_format = registry.choose(path, options.source_format)
    source = source_format.open(path, options.source_options)
    root = options.root or (path if path.is_dir() else path.parent)
    if isinstance(source, Package):
        root = path if path.is_dir() else source.root
    if not root.is_dir():
        raise SourceProblem(NO_ROOT.format(path=root.name))
    root = root.resolve()
    collection = options.collection or root.name
    plain = collection.isprintable() and not {"/", "\\"} & set(collection)
    if not plain or collection[:1] in ("", ".") or collection == CROPS:
        raise SourceProblem(BAD_COLLECTION.format(name=collection))
    library = Library(
        root,
        collection,
        link=options.link,
        dry_run=options.dry_run,
        verify=options.verify,
        maps=options.maps,
    )
    patterns = PathPatterns.parse(options.finders, options.time_format)
    clocks = default_clocks(options.time_zone, options.clock_offsets)
    tally = ReportBuilder(source_format=source_format.title)
    opened = closing(source) if isinstance(source, Package) else nullcontext()
    with opened, _recorded(path, source_format, actor, options) as record:
        library = replace(library, placing=partial(records.place, record))
        store_labels(options.labels)
        writer = ImportWriter(
            tally,
            actor=actor,
            record=record,
            time_zone=options.time_zone,
            reason=f"import of {path.name}",
        )
        if isinstance(source, Package):
            _take_stations(source.stations(), record, tally)
        words = Words(ClassLabel.vocabulary(), tally)
        _run(source, library, patterns, clocks, writer, words, progress)
        for note in (*clocks.watch.notes(), *writer.wholes.notes()):
            tally.note(note)
        if not (tally.items or tally.deployments):
            what = NO_PHOTOGRAPHS if path.is_dir() else NO_ROWS
            tally.note(Note(EMPTY, EMPTY_TEXT.format(source=path.name or str(path), what=what)))
        if tally.unlisted:
            records.beat(record, tally.unlisted)
        report = tally.report(
            unused_offsets=_unused(options.clock_offsets, writer.mentioned),
            dry_run=options.dry_run,
            understood=tally.seen.preview(
                record,
                title=source_format.title,
                zone=(clocks.default.key, zone_source(options.time_zone)),
                deer=writer.names.deer,
            ),
        )
        records.complete(record, report)
    if tally.detections >= statistics.MANY and not options.dry_run:
        statistics.refresh(statistics.IMPORTED)
    return report


@contextmanager
def _recorded(
    path: Path, source_format: Format, actor: AbstractBaseUser, options: ImportOptions
) -> Iterator[Import]:
    """The record of the import, which says how it ended. A dry run is rolled back, its record with it."""
    with transaction.atomic() if options.dry_run else nullcontext():
        record = records.begin(
            Import.Kind.DETECTIONS,
            path.name or str(path),
            actor=actor,
            source_format=source_format.name,
            options=options.as_given(),
        )
        try:
            yield record
        except BaseException as error:
            records.fail(record, error)
            raise
        if options.dry_run:
            transaction.set_rollback(True)


def _run(
    source: RowSource,
    library: Library,
    patterns: PathPatterns,
    clocks: Clocks,
    writer: ImportWriter,
    words: Words,
    progress: Callable[[int, int | None], None] | None,
) -> None:
    items, total, done = source.items(), source.total if progress else None, 0
    for batch in _batches(items):
        rows, places = locate(_rows(batch, writer.tally), library, patterns, writer.tally)
        rows = words.understood(rows)
        readings = read(rows, places, library, clocks, writer.tally)
        writer.write(readings)
        writer.tally.seen.add(readings)
        records.beat(writer.record, writer.tally.unlisted)
        writer.tally.unlisted.clear()
        if writer.pending.size >= FLUSH:
            writer.flush()
        done += len(batch)
        if progress:
            progress(done, total)
    writer.flush()
    words.finish()
    for note in library.notes():
        writer.tally.note(note)
    records.beat(writer.record, writer.tally.unlisted)
    writer.tally.unlisted.clear()


def _unused(offsets: Mapping[str, float], mentioned: set[str]) -> tuple[str, ...]:
    """Cameras with a clock offset that no row named, under any spelling."""
    keys = {name_key(name) for name in mentioned}
    return tuple(sorted(name for name in offsets if name_key(name) not in keys))


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """BATCH items at a time, and the rest of a photograph with them: its boxes are compared with one another.

    A photograph without end does not make a batch without end.
    """
    batch: list[Item] = []
    path = ""
    for item in items:
        own_path = path if isinstance(item, Skip) else item.path
        is_full = len(batch) >= BATCH and own_path != path
        if is_full or len(batch) >= BATCH + LONGEST_PHOTOGRAPH:
            yield batch
            batch = []
        batch.append(item)
        path = own_path
    if batch:
        yield batch


def _take_stations(stations: Stations, record: Import, tally: ReportBuilder) -> None:
    """The deployments that a package brings, before the photographs that were taken in them."""
    report = write_stations(stations, record)
    tally.cameras += report.cameras
    tally.deployments += report.created + report.updated
    for refusal in report.refusals:
        tally.refuse(refusal)
    for note in report.warnings:
        tally.note(note)


def _rows(batch: Iterable[Item], tally: ReportBuilder) -> list[Row]:
    """The rows of the batch; the rest is counted."""
    rows = []
    for item in batch:
        match item:
            case Refusal():
                tally.refuse(item)
            case Skip(reason):
                tally.skipped[reason] += 1
            case Note():
                tally.note(item)
            case Row():
                rows.append(item)
    return rows
