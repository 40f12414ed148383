"""Files that imports placed: deleted with their photographs. No other file is ever touched."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.models import SILENT_AFTER, Image, PlacedFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from django.db.models import QuerySet

    from reid.models import Import

_PARTIAL: Final = re.compile(r"\.[0-9a-f]{32}\.part")
"""Names of copies under way (`reid.importing.reading.files`)."""


def left_by(record: Import, paths: Collection[str]) -> set[str]:
    """Of what imports placed, the files of these photographs and those of `record`, where no photograph is left."""
    placed = set(record.placed_files.values_list("path", flat=True))
    ordered = sorted(paths)
    for start in range(0, len(ordered), 500):
        block = ordered[start : start + 500]
        placed |= set(PlacedFile.objects.filter(path__in=block).values_list("path", flat=True))
    return without_photograph(PlacedFile.objects.filter(path__in=placed))


def without_photograph(files: QuerySet[PlacedFile]) -> set[str]:
    """Of these, the paths under which no photograph is stored."""
    stored = Image.objects.values("path")
    return set(files.exclude(path__in=stored).values_list("path", flat=True))


def delete(paths: Collection[str]) -> None:
    """Delete the files, then the notes of them: what a crash leaves here the purge finds."""
    for path in sorted(paths):
        (settings.MEDIA_ROOT / path).unlink(missing_ok=True)
        PlacedFile.objects.filter(path=path).delete()
    for folder in {(settings.MEDIA_ROOT / path).parent for path in paths}:
        _delete_partial(folder)


def _delete_partial(folder: Path) -> None:
    """What a killed import was copying; a copy that is under way is younger."""
    oldest = time.time() - SILENT_AFTER.total_seconds()
    for path in folder.glob(".*.part"):
        if _PARTIAL.fullmatch(path.name) and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
