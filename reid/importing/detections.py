"""Import of detections: a file or folder -> images, detections, deer, encounters, sightings, references.

Batches are committed one by one; an import that was broken off is finished by repeating it. What an
import does to rows that are stored already: see `reid.importing.writing.merge_row`.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from django.db import transaction

from reid.db import statistics
from reid.importing.batches import batches, look_ahead, rows_of
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
from reid.importing.rows import Note, RowSource, SourceProblem
from reid.importing.videos import stored as stored_videos
from reid.importing.videos.unfold import videos_of
from reid.importing.writing import records
from reid.importing.writing.writer import ImportWriter
from reid.models import ClassLabel, Import

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.contrib.auth.models import AbstractBaseUser

    from reid.importing.clocks.times import Clocks
    from reid.importing.formats.base import Format
    from reid.importing.stations.rows import Stations
    from reid.importing.videos.unfold import Videos
    from reid.models import ImportRequest

__all__ = ["ImportOptions", "import_deployments", "import_detections"]

FLUSH: Final = 5_000
"""Detections after which encounters are built, so that what waits for it stays small."""

EMPTY: Final = "nothing to import"
EMPTY_TEXT: Final = (
    "{source} holds nothing to import: {what}. Look whether it is the one that you mean."
)
NO_PHOTOGRAPHS: Final = "no photographs lie in it"
NO_ROWS: Final = "it has no rows about photographs"
NO_ROOT: Final = "There is no folder {path}, which --root names."
NO_FOLDERS: Final = (
    "--folders says what folders of photographs are, and {source} is a file: leave it out. --camera takes cameras "
    "from paths, as in --camera '^(?P<camera>[^/]+)/'."
)
BAD_COLLECTION: Final = "{name!r} cannot name a collection: give --collection a plain name, without slashes, and not crops."


def import_detections(
    path: Path,
    *,
    actor: AbstractBaseUser,
    options: ImportOptions | None = None,
    progress: Callable[[int, int | None], None] | None = None,
    request: ImportRequest | None = None,
    title: str = "",
) -> ImportReport:
    """Import what `path` holds; `progress(items done, items in all)` is called after each batch.

    Raises SourceProblem where the source as a whole cannot be read; a bad row is in the report. A dry run
    is the same work in a transaction that is rolled back, and copies no file; other writers wait for it, so files
    are read before it begins, and progress is told of that alone. `request`: what the record says it belongs to.
    `title`: what people call the source; empty: by its own name.
    """
    title = title or path.name or str(path)
    options = options or ImportOptions()
    source_format = registry.choose(path, options.source_format)
    if options.folders and path.is_file():
        raise SourceProblem(NO_FOLDERS.format(source=path.name))
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
    clocks = default_clocks(options.time_zone, options.clock_offsets)
    tally = ReportBuilder(source_format=source_format.title)
    opened = closing(source) if isinstance(source, Package) else nullcontext()
    taken = videos_of(
        options.video_rate,
        is_moving=options.takes_moving,
        verify=options.verify,
        dry_run=options.dry_run,
    )
    with opened, taken as videos, ExitStack() as stack:
        if options.dry_run:
            look_ahead(source, library, videos, most=options.most, progress=progress)
            progress = None
        recorded = _recorded(title, source_format, actor, options, request)
        record = stack.enter_context(recorded)
        library = replace(library, placing=partial(records.place, record))
        store_labels(options.labels)
        writer = ImportWriter(
            tally,
            actor=actor,
            record=record,
            time_zone=options.time_zone,
            reason=f"import of {title}",
            clocks=clocks,
        )
        if isinstance(source, Package):
            _take_stations(source.stations(), record, tally)
        words = Words(options.vocabulary(ClassLabel.vocabulary()), tally)
        _run(source, library, videos, options, clocks, writer, words, progress)
        for note in (*clocks.watch.notes(), *writer.wholes.notes()):
            tally.note(note)
        if not (tally.items or tally.deployments):
            what = NO_PHOTOGRAPHS if path.is_dir() else NO_ROWS
            tally.note(Note(EMPTY, EMPTY_TEXT.format(source=title, what=what)))
        if tally.unlisted:
            records.beat(record, tally.unlisted)
        report = tally.report(
            unused_offsets=tuple(sorted(options.clock_offsets.keys() - clocks.used)),
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
    title: str,
    source_format: Format,
    actor: AbstractBaseUser,
    options: ImportOptions,
    request: ImportRequest | None,
) -> Iterator[Import]:
    """The record of the import, which says how it ended. A dry run is rolled back, its record with it."""
    with transaction.atomic() if options.dry_run else nullcontext():
        record = records.begin(
            Import.Kind.DETECTIONS,
            title,
            actor=actor,
            source_format=source_format.name,
            options=options.as_given(),
            request=request,
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
    videos: Videos,
    options: ImportOptions,
    clocks: Clocks,
    writer: ImportWriter,
    words: Words,
    progress: Callable[[int, int | None], None] | None,
) -> None:
    patterns = PathPatterns.parse(options.finders, options.time_format)
    total, done = source.total if progress else None, 0
    for batch in batches(source, options.most):
        rows, places = locate(rows_of(batch, writer.tally), library, patterns, writer.tally)
        if options.one_camera:
            rows = [row if row.camera else replace(row, camera=options.one_camera) for row in rows]
        for piece in videos.pieces(rows, places, writer.tally):
            understood = words.understood(piece.rows)
            readings = read(understood, piece.places, library, clocks, writer.tally)
            writer.write(readings)
            if piece.ended:
                stored_videos.finish(piece.ended, is_damaged=piece.is_damaged)
            writer.tally.seen.add(readings)
            records.beat(writer.record, writer.tally.unlisted)
            writer.tally.unlisted.clear()
            if writer.pending.size >= FLUSH:
                writer.flush()
            # A video takes longer than a batch of photographs: whoever waits hears from each stretch of it.
            if progress and piece.is_of_video:
                progress(done, total)
        done += len(batch)
        if progress:
            progress(done, total)
    writer.flush()
    words.finish()
    for note in (*library.notes(), *videos.notes()):
        writer.tally.note(note)
    records.beat(writer.record, writer.tally.unlisted)
    writer.tally.unlisted.clear()


def _take_stations(stations: Stations, record: Import, tally: ReportBuilder) -> None:
    """The deployments that a package brings, before the photographs that were taken in them."""
    report = write_stations(stations, record)
    tally.cameras += report.cameras
    tally.deployments += report.created + report.updated
    for refusal in report.refusals:
        tally.refuse(refusal)
    for note in report.warnings:
        tally.note(note)
