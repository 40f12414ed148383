"""Files that imports placed: deleted with their photographs. No other file is ever touched.

An import that runs may have found such a file on the disk, and be about to store its photograph: while one runs, none
is deleted, and the next purge does it.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from reid.models import SILENT_AFTER, Image, Import, PlacedFile
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

ASIDE: Final = ".{key}.gone"
"""Name of a file that is about to be deleted, and may come back."""

BLOCK: Final = 100
"""Files that are deleted together: between two looks whether an import runs."""

_LEFTOVER: Final = re.compile(r"\.[0-9a-f]{32}\.(part|gone)")
"""Names of copies under way (`reid.storage.folder`), and of files set aside."""


def left_by(record: Import, paths: Collection[str]) -> dict[str, UUID]:
    """Of what imports placed, the files of these photographs and those of `record`, where no photograph is left."""
    placed = set(record.placed_files.values_list("path", flat=True))
    ordered = sorted(paths)
    for start in range(0, len(ordered), 500):
        block = ordered[start : start + 500]
        placed |= set(PlacedFile.objects.filter(path__in=block).values_list("path", flat=True))
    return without_photograph(PlacedFile.objects.filter(path__in=placed))


def without_photograph(files: QuerySet[PlacedFile]) -> dict[str, UUID]:
    """Of these, the paths under which no photograph is stored, each with the import that placed it."""
    stored = Image.objects.values("path")
    return dict(files.exclude(path__in=stored).values_list("path", "record"))


def delete(left: Mapping[str, UUID]) -> int:
    """Delete the files, each with the note of it; how many. What a crash or an import at work leaves the purge finds."""
    deleted = 0
    ordered = sorted(left)
    for start in range(0, len(ordered), BLOCK):
        gone = _gone(ordered[start : start + BLOCK])
        records = {left[path] for path in gone}
        PlacedFile.objects.filter(path__in=gone, record__in=records).delete()
        deleted += len(gone)
    # What a killed import was copying, and a killed purge had set aside; what is at work is younger.
    oldest = time.time() - SILENT_AFTER.total_seconds()
    for folder in {path.rpartition("/")[0] for path in left}:
        photo_store.delete_leftovers(folder, _LEFTOVER, oldest)
    return deleted


def _gone(paths: list[str]) -> list[str]:
    """Of these files, those that are gone now. They are set aside first: an import that began before then gets them back."""
    if _is_importing():
        return []
    aside = {path: _aside(path) for path in paths}
    gone = []
    for path in paths:
        try:
            photo_store.move(path, aside[path])
        except FileNotFoundError:
            gone.append(path)
    set_aside = [path for path in paths if path not in gone]
    if _is_importing():
        there = photo_store.existing(set_aside)
        for path in set_aside:
            if path in there:  # the import has brought its own
                photo_store.delete(aside[path])
            else:
                photo_store.move(aside[path], path)
        return gone
    photo_store.delete_all(aside[path] for path in set_aside)
    return paths


def _aside(path: str) -> str:
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{ASIDE.format(key=uuid4().hex)}"


def _is_importing() -> bool:
    running = Import.objects.filter(state=Import.State.RUNNING)
    return any(not record.is_broken_off for record in running)
