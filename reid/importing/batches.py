"""Batches of a source's items: rows that are read and written together, and their files read ahead of a dry run."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from reid.importing.reading import endings, known_files
from reid.importing.reading.refused import RowRefused
from reid.importing.report import ReportBuilder
from reid.importing.rows import Note, Refusal, Row, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reid.importing.reading.files import Library
    from reid.importing.rows import Item, RowSource
    from reid.importing.videos.unfold import Videos

BATCH: Final = 500
"""Rows read and written at a time."""

LONGEST_PHOTOGRAPH: Final = 1_000
"""Rows beyond BATCH that a batch takes so as not to part a photograph."""


def batches(source: RowSource, most: int = 0) -> Iterator[list[Item]]:
    """BATCH items at a time, and the rest of a photograph with them: its boxes are compared with one another.

    A photograph without end does not make a batch without end. `most`: items in all, 0: whatever there are.
    """
    batch: list[Item] = []
    path = ""
    for item in islice(source.items(), most or None):
        own_path = path if isinstance(item, Skip) else item.path
        is_full = len(batch) >= BATCH and own_path != path
        if is_full or len(batch) >= BATCH + LONGEST_PHOTOGRAPH:
            yield batch
            batch = []
        batch.append(item)
        path = own_path
    if batch:
        yield batch


def rows_of(batch: Iterable[Item], tally: ReportBuilder) -> list[Row]:
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


def look_ahead(
    source: RowSource,
    library: Library,
    videos: Videos,
    *,
    most: int = 0,
    progress: Callable[[int, int | None], None] | None = None,
) -> None:
    """Read the files of a source's rows into `library.looked`, but for those that the store knows; one query a batch.

    Of videos, their facts and checksums.
    """
    ahead = replace(library)  # it shares `looked`, and counts what it finds for itself
    total, done = source.total if progress else None, 0
    for batch in batches(source, most):
        located = {}
        for row in rows_of(batch, ReportBuilder()):
            try:
                file = ahead.locate(row.path)
            except RowRefused:
                continue  # it is refused, and said, when it is its turn
            if endings.is_video(file.source.name):
                videos.look_ahead(file, row)
            else:
                located[file.source] = file
        known = {} if library.verify else known_files.known(list(located.values()))
        ahead.look_ahead(file for path, file in located.items() if path not in known)
        done += len(batch)
        if progress:
            progress(done, min(total, most) if total and most else total)
