"""Files that were read before: while path, size and time stand, their photograph is known without reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reid.models import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from reid.importing.reading.readings import LocatedFile, Reading
    from reid.models import Image

_LONGEST: Final = SourceFile._meta.get_field("path").max_length or 0


def known(files: Sequence[LocatedFile]) -> dict[Path, Image]:
    """The photographs of those files that are as they were when they were read, by path; two queries."""
    rows = SourceFile.objects.filter(
        path__in=[str(located.source) for located in files], image__double_of=None
    )
    row_of = {
        row.path: row for row in rows.select_related("image").prefetch_related("image__camera")
    }
    images = {}
    for located in files:
        row = row_of.get(str(located.source))
        if row and (row.size, row.modified_ns) == (located.size, located.modified_ns):
            images[located.source] = row.image
    return images


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
