"""Photographs in a folder of this machine, MEDIA_ROOT where no other is given: names are paths below it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.core.files.storage import FileSystemStorage

if TYPE_CHECKING:
    from collections.abc import Iterable

UNREADABLE: Final = "MEDIA_ROOT is no folder that can be written to: is its disk mounted?"
PARTIAL: Final = re.compile(r"\.[0-9a-f]{32}\.part")
"""Names of copies under way."""


class FolderStorage(FileSystemStorage):
    """Store of photographs (`reid.storage.photo_store`) in a folder. Nothing is copied but what comes in."""

    @property
    def folder(self) -> Path:
        return real_folder(str(self.base_location))

    def existing(self, names: Iterable[str]) -> set[str]:
        # Asked for each row of an import, and objects of paths are slow.
        folder = self.folder
        return {name for name in names if os.path.isfile(f"{folder}/{name}")}  # noqa: PTH113

    def holds(self, name: str, size: int, sha256: str) -> bool:
        target = self.folder / name
        if not target.is_file() or target.stat().st_size != size:
            return False
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256

    def is_place_of(self, name: str, source: Path) -> bool:
        return source == self.folder / name

    def is_same_file(self, name: str, source: Path) -> bool:
        try:
            return source.samefile(self.folder / name)
        except OSError:
            return False

    def replace(self, name: str, content: bytes) -> None:
        write_whole(Path(self.path(name)), content)

    def place(self, name: str, source: Path, *, link: bool = False) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if link:
            os.link(source, target)
            return
        if target.exists():
            raise FileExistsError
        partial = target.with_name(f".{uuid.uuid4().hex}.part")
        try:
            with source.open("rb") as original, partial.open("xb") as copy:
                shutil.copyfileobj(original, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            try:
                os.link(partial, target)
            except FileExistsError:
                raise
            except OSError:
                # A file system without links: the name is taken first, and then filled at once.
                with target.open("xb"):
                    pass
                partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def move(self, name: str, other: str) -> None:
        (self.folder / name).rename(self.folder / other)

    def delete_all(self, names: Iterable[str]) -> None:
        for name in names:
            self.delete(name)

    def delete_leftovers(self, folder: str, names: re.Pattern[str], oldest: float) -> None:
        place = self.folder / folder
        paths: Iterable[Path] = place.glob(".*") if place.is_dir() else ()
        for path in paths:
            if not names.fullmatch(path.name):
                continue
            status = path.stat()
            # A file that was moved keeps its age, and its inode tells when that was.
            since = status.st_mtime if PARTIAL.fullmatch(path.name) else status.st_ctime
            if since < oldest:
                path.unlink(missing_ok=True)

    def address(self, name: str, media_type: str) -> str:
        return ""

    def says(self) -> str:
        return "" if os.access(self.folder, os.W_OK | os.X_OK) else UNREADABLE


@cache
def real_folder(folder: str) -> Path:
    """Asked for each file of an import, so the answer is kept."""
    return Path(os.path.realpath(folder))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whoever else writes it at the same time; its folder is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
