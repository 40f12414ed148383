"""Bundles of tables: a folder or a ZIP archive in which a program puts several files. Pure."""

from __future__ import annotations

import re
import shutil
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 4_000_000_000
"""Bytes of a table when unpacked."""

BROKEN: Final = "{source} is a broken ZIP archive: fetch or make it again."
TOO_LARGE: Final = "{source}: {name} is too large: unpack the archive and import the folder."
LOCKED: Final = "{source} has a password: unpack it, and import the folder."


def names(bundle: Path) -> tuple[str, ...]:
    """The files of the bundle: of a folder those directly in it, of an archive all."""
    if bundle.is_dir():
        return tuple(sorted(file.name for file in bundle.iterdir() if file.is_file()))
    try:
        with zipfile.ZipFile(bundle) as archive:
            return tuple(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ()


def matching(files: tuple[str, ...], pattern: str) -> tuple[str, ...]:
    """Those of the files whose name, without its folders, is of the pattern; what a Mac adds is left out."""
    return tuple(
        name
        for name in files
        if re.fullmatch(pattern, PurePosixPath(name).name, re.IGNORECASE)
        and not name.startswith("__MACOSX/")
    )


@contextmanager
def member(bundle: Path, name: str) -> Iterator[Path]:
    """The file of the bundle, to be read while the context lasts. Raises SourceProblem."""
    if bundle.is_dir():
        yield bundle / name
        return
    with TemporaryDirectory(prefix="thumper-import-") as folder:
        copy = Path(folder) / PurePosixPath(name).name
        try:
            with zipfile.ZipFile(bundle) as archive:
                info = archive.getinfo(name)
                if info.flag_bits & 1:
                    raise SourceProblem(LOCKED.format(source=bundle.name))
                if info.file_size > LARGEST:
                    raise SourceProblem(TOO_LARGE.format(source=bundle.name, name=copy.name))
                with archive.open(info) as packed, copy.open("wb") as file:
                    shutil.copyfileobj(packed, file)
        except (
            zipfile.BadZipFile,
            OSError,
            EOFError,
            KeyError,  # a file that the archive does not hold
            ValueError,
            NotImplementedError,
            zlib.error,
        ) as error:
            raise SourceProblem(BROKEN.format(source=bundle.name)) from error
        yield copy
