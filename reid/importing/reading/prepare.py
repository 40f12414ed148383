"""Preparation of rows: photographs read and boxes checked; everything of an import but its writing.

Files are opened here, outside any transaction, so that a slow disk never holds the database's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import prefetch_related_objects

from reid.importing.reading import known_files
from reid.importing.reading.check_rows import _check_rows
from reid.importing.reading.placing import names_for
from reid.importing.reading.readings import Reading
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import Refusal, RefusalReason
from reid.models import Camera, Deer, Image, Sighting
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from reid.importing.clocks.times import Clocks
    from reid.importing.finders import PathPatterns
    from reid.importing.reading.files import Library
    from reid.importing.reading.readings import LocatedFile, Photograph
    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row

BAD_TEXT: Final = "the {what} has more than {longest} characters, or some that cannot be stored"

_TEXTS: Final = {
    "camera": Camera._meta.get_field("name").max_length,
    "deer": Deer._meta.get_field("name").max_length,
    "sighting": Sighting._meta.get_field("label").max_length,
}


@dataclass(slots=True)
class _Named:
    """One file of a batch, and the rows that name it."""

    located: LocatedFile
    rows: list[Row] = field(default_factory=list)


Places = Mapping[str, "LocatedFile | RowRefused"]
"""Where the files of a batch lie, or why they are refused, by the paths of rows."""


def locate(
    rows: Sequence[Row], library: Library, patterns: PathPatterns, tally: ReportBuilder
) -> tuple[list[Row], Places]:
    """The rows with what patterns find in the paths below the root, and the places of their files.

    This goes before names are understood, since a pattern may name a camera. What fails is tallied.
    """
    places: dict[str, LocatedFile | RowRefused] = {}
    settled = []
    for row in rows:
        if row.path not in places:
            try:
                places[row.path] = library.locate(row.path)
            except RowRefused as refused:
                places[row.path] = refused
        place = places[row.path]
        if row.of_path and not isinstance(place, RowRefused):
            try:
                row = patterns.settled(row, place.spelling)
            except ValueError as error:
                tally.refuse(Refusal(row.line, row.path, RefusalReason.ROW, str(error)))
                continue
        settled.append(row)
    return settled, places


def read(
    rows: Sequence[Row], places: Places, library: Library, clocks: Clocks, tally: ReportBuilder
) -> list[Reading]:
    """The readings of one batch, in the order of their first rows; whatever fails is tallied.

    A fixed number of queries. New photographs are in the library when this returns.
    """
    readings = _readings(_named(rows, places, tally), library, tally)
    clock_of = clocks.of(set(_cameras(readings)) - {""})
    for reading in readings:
        _check_rows(reading, clocks, clock_of, tally)
    _bring_in([reading for reading in readings if reading.rows], library, tally)
    return [reading for reading in readings if reading.rows]


def _cameras(readings: Iterable[Reading]) -> Iterator[str]:
    """Names of the cameras that rows, photographs themselves and stored ones have."""
    for reading in readings:
        yield from (row.camera for row, _ in reading.rows)
        yield reading.camera_name
        yield reading.photograph.probe.camera if reading.photograph else ""


def _named(rows: Sequence[Row], places: Places, tally: ReportBuilder) -> list[_Named]:
    """The files that rows name, in order; rows of no file are refused."""
    files: dict[Path, _Named] = {}
    for row in rows:
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
    located_files = [file.located for file in files]
    images = {} if library.verify else known_files.known(located_files)
    images |= known_files.named(located_files)
    there = photo_store.existing(image.path for image in images.values())
    images = {path: image for path, image in images.items() if image.path in there}
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
    image_of |= known_files.of_bytes(unknown)
    prefetch_related_objects(list(image_of.values()), "camera")
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
        stored = file.located.stored
        is_copy = reading.image.path != stored and reading.image.path not in names_for(
            stored, reading.sha256
        )
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
    sha256_of = dict(Image.objects.filter(path__in=names).order_by().values_list("path", "sha256"))
    library.announce((reading.photograph for reading in new if reading.photograph), sha256_of)
    there = photo_store.existing(
        reading.image.path for reading in readings if reading.image and reading.files
    )
    for reading in readings:
        try:
            if reading.photograph:
                reading.stored = library.bring_in(reading.photograph, sha256_of)
                sha256_of[reading.stored] = reading.sha256
            elif reading.image and reading.files and reading.image.path not in there:
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
