"""Places of photographs in the store: their names, what killed imports left there, and files read before they come."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from reid.imaging.decoding import ImageProblem
from reid.importing.reading.readings import _LONGEST
from reid.models import SILENT_AFTER
from reid.storage.folder import PARTIAL, real_folder
from reid.storage.photo_store import photo_store


@lru_cache(maxsize=4_096)
def stored_folder(folder: str, media: Path | None, root: Path, collection: str) -> str:
    """What stands before the stored names of a folder's files; asked for each row, and folders are few.

    `media`: the folder of the store, where it is one.
    """
    path = Path(folder)
    # An upload may lie in the volume of the photographs, and is none of them until it is imported.
    if (
        media is not None
        and path.is_relative_to(media)
        and not path.is_relative_to(upload_folder())
    ):
        names = path.relative_to(media).parts
    else:
        names = (collection, *path.relative_to(root).parts)
    return "".join(f"{name}/" for name in names)


def names_for(stored: str, sha256: str) -> tuple[str, str, str]:
    """Names under which a photograph may be stored: its own, and those that its checksum tells apart."""
    folder, slash, name = stored.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f".{ending}") if dot and stem else (name, "")

    def apart(digits: int) -> str:
        mark = f"-{sha256[:digits]}{ending}"
        room = _LONGEST - len(folder) - len(slash) - len(mark)
        return f"{folder}{slash}{stem[: max(room, 0)]}{mark}"

    return stored, apart(12), apart(64)


def upload_folder() -> Path:
    return real_folder(str(settings.UPLOAD_ROOT))


@lru_cache(maxsize=4_096)
def clear_leftovers(media: Path, folder: str) -> None:
    """Delete what killed imports had begun to copy into a folder of the store: asked for each file, and looked at once.

    A copy that is under way is younger. A bucket, which is no folder, gets whole objects.
    """
    oldest = time.time() - SILENT_AFTER.total_seconds()
    photo_store.delete_leftovers(folder, PARTIAL, oldest)


def read_whole(source: Path) -> tuple[bytes, int]:
    """All bytes of a file, and when it was last written. Raises OSError, ImageProblem for one too large."""
    with source.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > settings.IMAGE_MAX_BYTES:
            text = f"{status.st_size:,} bytes, {settings.IMAGE_MAX_BYTES:,} are allowed"
            raise ImageProblem("too_large", text)
        return file.read(), status.st_mtime_ns
