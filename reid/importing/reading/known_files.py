"""Files that were read before: while path, size and time stand, their photograph is known without reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.models import Image, SourceFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from reid.importing.reading.readings import LocatedFile, Reading

_LONGEST: Final = SourceFile._meta.get_field("path").max_length or 0


def named(files: Iterable[LocatedFile]) -> dict[Path, Image]:
    """The photographs of those files that stand for stored ones, by path."""
    return {file.source: file.image for file in files if file.image}


def known(files: Sequence[LocatedFile]) -> dict[Path, Image]:
    """The photographs of those files that are as they were when they were read, by path; two queries."""
    located_of = {str(located.source): located for located in files}
    rows = SourceFile.objects.filter(path__in=located_of).values_list(
        "path", "size", "modified_ns", "image"
    )
    key_of = {
        located.source: key
        for path, size, modified_ns, key in rows
        if (size, modified_ns) == ((located := located_of[path]).size, located.modified_ns)
    }
    images = Image.everything.filter(pk__in=set(key_of.values())).order_by()
    image_of = {image.pk: image for image in images if image.double_of_id is None}
    return {path: image_of[key] for path, key in key_of.items() if key in image_of}


def of_bytes(checksums: Collection[str]) -> dict[str, Image]:
    """Stored photographs by their checksums, one for each; one query.

    Doubles of an earlier version are left out here and not by the database: SQLite would go through the index of
    doubles, and so through every photograph that is none, for each batch.
    """
    images = Image.objects.filter(sha256__in=checksums).order_by()
    return {image.sha256: image for image in images if image.double_of_id is None}


def stored_now(readings: Iterable[Reading]) -> tuple[list[Reading], list[Reading]]:
    """The readings with their photographs as these are stored by now, and those whose photograph is gone or hidden."""
    reading_of = {reading.image.pk: reading for reading in readings if reading.image}
    stored = Image.objects.order_by().select_related("camera").in_bulk(list(reading_of))
    for key, reading in reading_of.items():
        reading.image = stored.get(key, reading.image)
    gone = {key for key in reading_of if key not in stored}
    kept = [reading for reading in readings if not (reading.image and reading.image.pk in gone)]
    return kept, [reading_of[key] for key in gone]


def remember(readings: Iterable[Reading], images: Mapping[str, Image]) -> None:
    """Note the files that were read, with their photographs by checksum; one query."""
    rows = {
        str(photograph.located.source): SourceFile(
            path=str(photograph.located.source),
            size=photograph.size,
            modified_ns=photograph.located.modified_ns,
            image=images[photograph.sha256],
        )
        for reading in readings
        for photograph in reading.files
        if photograph.is_settled
        and photograph.sha256 in images
        and len(str(photograph.located.source)) <= _LONGEST
    }
    SourceFile.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["image", "size", "modified_ns"],
    )
