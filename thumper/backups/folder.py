"""Folder of backups: its layout, its lock, the store of contents, and the end of old backups.

    thumper-backups       says that the folder is one of backups; who makes one locks it
    backups/NAME/         one backup: its manifest, its list of files, its database
    contents/ab/ab12...   contents of files, each once, named by their SHA-256

A backup is written below a hidden name and renamed when all of it is on the disk, so that one that was killed leaves
nothing but what the next one clears away. Contents are not linked but copied: a link would share every later damage,
and disks that are carried about (exFAT) have none.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Final

from thumper.backups import manifest
from thumper.backups.problems import BackupProblem, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thumper.backups.manifest import Manifest

MARK: Final = "thumper-backups"
MARK_TEXT: Final = "Backups of Thumper. `manage.py backup DIR --list` lists them, `manage.py restore DIR` restores one.\n"
PARTIAL: Final = ".partial-"
CHUNK: Final = 1 << 20
RESERVE: Final = 64 * 2**20
"""Bytes that a backup leaves free on its disk."""

NOT_EMPTY: Final = "{} holds other files: name an empty folder, or one with backups in it."
NO_BACKUPS: Final = (
    "There is no backup in {}: name the folder that was given to `manage.py backup`."
)
NO_SUCH: Final = (
    "There is no backup {} in {}: `manage.py backup {} --list` lists those that there are."
)
BUSY: Final = "A backup into {0} or a restore from {0} is under way: wait for its end."
NOT_READ: Final = (
    "{} cannot be read ({}): see that its disk is there and that this user may read it."
)
NOT_REMOVED: Final = "The new backup is made, and no older one was removed: {} Remove the folder of the damaged one yourself."
NO_RIGHT: Final = "{} cannot be written to ({}): name a folder that this user may write to."
NO_ROOM: Final = (
    "The backup needs {} more on the disk of {} and {} are free: make room there, name a folder on another disk, "
    "or keep fewer backups with --keep."
)


class BackupFolder:
    """A folder of backups."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The folder for one writer alone; it is made where it is missing. Raises BackupProblem."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._mark.exists() and any(self.path.iterdir()):
                raise BackupProblem(NOT_EMPTY.format(self.path))
            file = self._mark.open("a+", encoding="utf-8")
        except OSError as error:
            raise BackupProblem(NO_RIGHT.format(self.path, error.strerror)) from error
        with file:
            self._lock(file, fcntl.LOCK_EX)
            if not file.tell():
                file.write(MARK_TEXT)
                file.flush()
            for folder in (self._backups, self._contents):
                folder.mkdir(mode=0o700, exist_ok=True)
            yield

    @contextmanager
    def read(self) -> Iterator[None]:
        """The folder while nothing is removed from it. Raises BackupProblem where it is none of backups."""
        if not self._mark.is_file():
            raise BackupProblem(NO_BACKUPS.format(self.path))
        try:
            file = self._mark.open(encoding="utf-8")
        except OSError as error:
            raise BackupProblem(NOT_READ.format(self.path, error.strerror)) from error
        with file:
            self._lock(file, fcntl.LOCK_SH)
            yield

    def _lock(self, file: IO[str], kind: int) -> None:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupProblem(BUSY.format(self.path)) from error

    @property
    def _mark(self) -> Path:
        return self.path / MARK

    @property
    def _backups(self) -> Path:
        return self.path / "backups"

    @property
    def _contents(self) -> Path:
        return self.path / "contents"

    # --- backups ------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Names of the finished backups, the oldest first. Raises BackupProblem where this is no folder of backups."""
        if not self._mark.is_file():
            raise BackupProblem(NO_BACKUPS.format(self.path))
        folders = (path for path in self._backups.iterdir() if path.is_dir())
        return sorted(path.name for path in folders if not path.name.startswith("."))

    def folder_of(self, name: str) -> Path:
        """Where one backup lies."""
        return self._backups / name

    def find(self, name: str = "") -> Manifest:
        """The backup of this name, or the newest one. Raises BackupProblem."""
        names = self.names()
        if not names:
            raise BackupProblem(NO_BACKUPS.format(self.path))
        if name and name not in names:
            raise BackupProblem(NO_SUCH.format(name, self.path, self.path))
        return manifest.read(self.folder_of(name or names[-1]))

    def all(self) -> list[Manifest]:
        """All backups, the oldest first. Raises BackupProblem for one that is damaged."""
        return [manifest.read(self.folder_of(name)) for name in self.names()]

    # --- writing ------------------------------------------------------------------------------

    def begin(self) -> Path:
        """The folder in which a backup is put together; what killed ones left there is cleared away."""
        for path in self._leftovers():
            shutil.rmtree(path)
        for path in self._contents.glob(f"{PARTIAL}*"):
            path.unlink()
        folder = self._backups / f"{PARTIAL}{uuid.uuid4().hex}"
        folder.mkdir(mode=0o700)
        return folder

    def _leftovers(self) -> list[Path]:
        return list(self._backups.glob(f"{PARTIAL}*"))

    def new_name(self, moment: datetime) -> str:
        """A name for a backup of this moment, after all others also where a clock was set back: names sort by time."""
        stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        newest = max(self.names(), default="")
        if stamp > newest:
            return stamp
        base, _, number = newest.partition("Z-")
        return f"{base.removesuffix('Z')}Z-{int(number or 1) + 1:03}"

    def finish(self, partial: Path, name: str) -> None:
        """Make it a backup: everything of it is on the disk before it has its name."""
        os.sync()
        partial.rename(self.folder_of(name))

    def abandon(self, partial: Path) -> None:
        """Remove what an unfinished backup has put together."""
        shutil.rmtree(partial, ignore_errors=True)

    def require_room(self, size: int) -> None:
        """Raise BackupProblem where so many bytes do not fit."""
        free = shutil.disk_usage(self.path).free
        if free < size + RESERVE:
            raise BackupProblem(NO_ROOM.format(size_text(size), self.path, size_text(free)))

    # --- contents -----------------------------------------------------------------------------

    def content(self, sha256: str) -> Path:
        """Where the content with this checksum is kept."""
        return self._contents / sha256[:2] / sha256

    def add(self, source: IO[bytes]) -> tuple[str, int]:
        """Keep a content, once; its checksum and size."""
        partial = self._contents / f"{PARTIAL}{uuid.uuid4().hex}"
        digest, size = hashlib.sha256(), 0
        try:
            with partial.open("xb") as file:
                while chunk := source.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
            target = self.content(digest.hexdigest())
            # One that is there may be what a power cut left of a backup that was never finished.
            if not target.is_file() or manifest.digest_of(target) != target.name:
                target.parent.mkdir(mode=0o700, exist_ok=True)
                partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return digest.hexdigest(), size

    # --- old ones -----------------------------------------------------------------------------

    def keep(self, number: int, *, with_photographs: bool) -> list[str]:
        """Remove all but the newest so many backups of one kind, and the contents that only they had; the names of those.

        Those of the other kind stay: backups of upgrades, without photographs, push no complete one out. Raises
        BackupProblem, and removes nothing, where one of them cannot be read: its contents are not known.
        """
        try:
            manifests = self.all()
            alike = [one.name for one in manifests if one.has_photographs == with_photographs]
            old = alike[: max(len(alike) - number, 0)]
            if not old:
                return []
            used = {
                entry.sha256
                for one in manifests
                if one.name not in old
                for entry in manifest.entries(self.folder_of(one.name))
            }
        except BackupProblem as problem:
            raise BackupProblem(NOT_REMOVED.format(problem)) from problem
        for name in old:
            # Renamed first: a backup that is half removed is none.
            gone = self._backups / f"{PARTIAL}{name}"
            self.folder_of(name).rename(gone)
            shutil.rmtree(gone)
        for path in self._contents.glob("??/*"):
            if path.name not in used and manifest.is_sha256(path.name):
                path.unlink()
        return old
