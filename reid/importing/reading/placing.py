"""Places of photographs below the media root: names, and files read and put there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import uuid
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from reid.imaging.decoding import ImageProblem
from reid.importing.reading.readings import _LONGEST, LocatedFile, Photograph
from reid.models import SILENT_AFTER

_PARTIAL: Final = re.compile(r"\.[0-9a-f]{32}\.part")


@lru_cache(maxsize=4_096)
def stored_folder(folder: str, media: Path, root: Path, collection: str) -> str:
    """What stands before the stored names of a folder's files; asked for each row, and folders are few."""
    path = Path(folder)
    # An upload may lie in the volume of the photographs, and is none of them until it is imported.
    if path.is_relative_to(media) and not path.is_relative_to(upload_folder()):
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


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two names lead to one file of the disk, as hard links do."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def is_stored(name: str) -> bool:
    """Whether there is a file of that name below the media root."""
    # Asked for each row of an import, and objects of paths are slow.
    return os.path.isfile(f"{media_folder()}/{name}")  # noqa: PTH113


def media_folder() -> Path:
    return real_folder(str(settings.MEDIA_ROOT))


def upload_folder() -> Path:
    return real_folder(str(settings.UPLOAD_ROOT))


@cache
def real_folder(folder: str) -> Path:
    """Asked for each file of an import, so the answer is kept."""
    return Path(os.path.realpath(folder))


def holds(target: Path, photograph: Photograph) -> bool:
    """Whether a file is the photograph, byte by byte."""
    if not target.is_file() or target.stat().st_size != photograph.size:
        return False
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == photograph.sha256


@lru_cache(maxsize=4_096)
def clear_leftovers(folder: Path) -> None:
    """Delete what killed imports had begun to copy into the folder: asked for each file, and looked at once.

    A copy that is under way is younger.
    """
    oldest = time.time() - SILENT_AFTER.total_seconds()
    for path in folder.glob(".*.part"):
        if _PARTIAL.fullmatch(path.name) and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def place_file(located: LocatedFile, target: Path, *, link: bool) -> None:
    """Copy or link a file to a name that is free. Raises FileExistsError where it is not: nothing is overwritten."""
    if link:
        os.link(located.source, target)
        return
    if target.exists():
        raise FileExistsError
    partial = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with located.source.open("rb") as original, partial.open("xb") as copy:
            shutil.copyfileobj(original, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        try:
            os.link(partial, target)
        except FileExistsError:
            raise
        except (
            OSError
        ):  # a file system without links: the name is taken first, and then filled at once
            with target.open("xb"):
                pass
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def read_whole(source: Path) -> tuple[bytes, int]:
    """All bytes of a file, and when it was last written. Raises OSError, ImageProblem for one too large."""
    with source.open("rb") as file:
        status = os.fstat(file.fileno())
        if status.st_size > settings.IMAGE_MAX_BYTES:
            text = f"{status.st_size:,} bytes, {settings.IMAGE_MAX_BYTES:,} are allowed"
            raise ImageProblem("too_large", text)
        return file.read(), status.st_mtime_ns
