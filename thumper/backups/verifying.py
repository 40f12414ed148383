"""Verification of backups: everything that they need is read again and compared with its checksum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from thumper.backups import manifest
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from thumper.backups.folder import BackupFolder

MISSING: Final = "{} is missing: it is {} of the backup {}."
CHANGED: Final = "{} is not what was written: it is {} of the backup {}."


def problems(
    folder: BackupFolder,
    names: Iterable[str],
    progress: Callable[[int], None] = lambda size: None,
) -> Iterator[str]:
    """What is missing or damaged of these backups, a sentence each; a content that several share is read once.

    `progress` is told of the bytes of each file that was read.
    """
    seen: set[bytes] = set()
    for name in names:
        try:
            manifest.read(folder.folder_of(name))
            yield from _of_own_files(folder, name)
            for entry in manifest.entries(folder.folder_of(name)):
                key = bytes.fromhex(entry.sha256)
                if key in seen:
                    continue
                seen.add(key)
                content = folder.content(entry.sha256)
                place = content.relative_to(folder.path)
                try:
                    is_right = manifest.digest_of(content) == entry.sha256
                except FileNotFoundError:
                    yield MISSING.format(place, entry.path, name)
                except OSError as error:
                    yield f"{CHANGED.format(place, entry.path, name)} ({error.strerror})"
                else:
                    if not is_right:
                        yield CHANGED.format(place, entry.path, name)
                progress(entry.size)
        except BackupProblem as problem:
            yield str(problem)


def _of_own_files(folder: BackupFolder, name: str) -> Iterator[str]:
    """Problems of the database and of the list of files; that of the manifest is checked where it is read."""
    place = folder.folder_of(name)
    sums = manifest.sums(place)
    for file in (manifest.read(place).database, manifest.FILES):
        relative = (place / file).relative_to(folder.path)
        if not (place / file).is_file():
            yield MISSING.format(relative, "a part", name)
        elif manifest.digest_of(place / file) != sums.get(file):
            yield CHANGED.format(relative, "a part", name)
