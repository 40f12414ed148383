"""Folders of packages: one on the disk, or one in a ZIP archive of which each file is unpacked when it is needed."""

from __future__ import annotations

import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from django.conf import settings

from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_A_ZIP: Final = "{source} cannot be read as a ZIP archive: {problem}."
ENCRYPTED: Final = "{source} is locked by a password: unpack it, and import the folder."
MOST_TABLE_BYTES: Final = 2**31
"""Of one unpacked table; a file that unpacks to more is no table."""


class Folder:
    """The files of a package by the paths that it uses."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def file(self, path: str) -> Path:
        """A table or the descriptor. Raises OSError where there is none inside."""
        file = (self.root / path).resolve()
        if not file.is_file() or not file.is_relative_to(self.root.resolve()):
            raise FileNotFoundError(path)
        return file

    def fetch(self, path: str) -> None:
        """Have a photograph where rows look for it; one that is not there is refused with its row."""

    def close(self) -> None:
        """Nothing was unpacked."""


class ZipFolder(Folder):
    """The files of an archive, below a temporary folder that goes when this is closed, or at the end of the process."""

    def __init__(self, archive: zipfile.ZipFile, prefix: str, name: str) -> None:
        temporary = Path(tempfile.mkdtemp(prefix="thumper-package-"))
        root = temporary / (Path(name).stem or "package")
        root.mkdir()
        super().__init__(root)
        self._archive = archive
        self._members: Mapping[str, zipfile.ZipInfo] = {
            info.filename.removeprefix(prefix): info
            for info in archive.infolist()
            if info.filename.startswith(prefix) and not info.is_dir()
        }
        self._name = name
        self._remove = weakref.finalize(self, _remove, archive, temporary)

    @classmethod
    def open(cls, path: Path, marker: str) -> ZipFolder:
        """The archive's folder in which the file `marker` lies. Raises SourceProblem."""
        try:
            archive = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            text = NOT_A_ZIP.format(source=path.name, problem=error)
            raise SourceProblem(text) from error
        names = [name for name in archive.namelist() if PurePosixPath(name).name == marker]
        shortest = min(names, key=len, default=marker)
        return cls(archive, shortest.removesuffix(marker), path.name)

    def file(self, path: str) -> Path:
        self._unpack(path, MOST_TABLE_BYTES)
        return super().file(path)

    def fetch(self, path: str) -> None:
        self._unpack(path, settings.IMAGE_MAX_BYTES + 1)

    def close(self) -> None:
        self._remove()

    def _unpack(self, path: str, most_bytes: int) -> None:
        """Unpack one file, cut where it is longer than it may be: what reads it says that it is too large."""
        info = self._members.get(path)
        target = (self.root / path).resolve()
        if info is None or target.exists() or not target.is_relative_to(self.root.resolve()):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._archive.open(info) as member, target.open("xb") as copy:
                left = most_bytes
                while left > 0 and (data := member.read(min(left, 1 << 20))):
                    left -= copy.write(data)
        except RuntimeError as error:  # zipfile's word for a password
            raise SourceProblem(ENCRYPTED.format(source=self._name)) from error
        except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
            target.unlink(missing_ok=True)
            text = NOT_A_ZIP.format(source=self._name, problem=error)
            raise SourceProblem(text) from error


def _remove(archive: zipfile.ZipFile, folder: Path) -> None:
    archive.close()
    shutil.rmtree(folder, ignore_errors=True)
