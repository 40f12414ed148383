"""A backup made: the database as it was at one moment, then the files, of which only new ones are read and copied.

The database comes first, so that every file that its rows name was there when it was dumped. What goes in between
(the undo of an import deletes photographs) is counted and named in the manifest.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Final, cast

from django.conf import settings
from django.db import connection
from django.utils import timezone

from reid.db import disk
from thumper.backups import areas, databases, manifest
from thumper.backups.manifest import FileEntry, Manifest
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from thumper.backups.folder import BackupFolder

NAMED: Final = 100
"""So many missing photographs are named in a manifest; all are counted."""
_PLAN: Final = "plan.jsonl"

INSIDE: Final = "{} lies in {}, which is backed up: name a folder elsewhere."
DISK_FULL: Final = "The disk of {} is full: make room there, and make the backup again."
NO_FILE_READ: Final = (
    "{} cannot be read ({}): mend that, or take it away, and make the backup again."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A new backup, and what it took."""

    manifest: Manifest
    copied: int
    copied_bytes: int
    removed: list[str]
    """Older backups that went."""


def make(
    folder: BackupFolder,
    *,
    with_photographs: bool = True,
    keep: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """Make a backup into this folder; it may have earlier ones. Raises BackupProblem.

    `keep` says how many backups of its kind stay, the new one among them; None: all. `progress` is told of bytes.
    """
    _refuse_inside(folder.path)
    databases.require_tools()
    with folder.locked():
        folder.require_room(databases.size())
        partial = folder.begin()
        try:
            made = _make(folder, partial, with_photographs=with_photographs, progress=progress)
        except BaseException:
            folder.abandon(partial)
            raise
        removed = []
        if keep is not None:
            removed = folder.keep(keep, with_photographs=with_photographs)
    return Made(made.manifest, made.copied, made.copied_bytes, removed)


def _refuse_inside(path: Path) -> None:
    for root in (settings.MEDIA_ROOT, settings.MODEL_ROOT):
        if path.resolve().is_relative_to(root.resolve()):
            raise BackupProblem(INSIDE.format(path, root))


def _make(
    folder: BackupFolder,
    partial: Path,
    *,
    with_photographs: bool,
    progress: Callable[[int, int], None],
) -> Made:
    moment = timezone.now()
    with databases.dumped(partial) as dump:
        pass
    wanted = (areas.MEDIA, areas.MODELS) if with_photographs else (areas.MODELS,)
    total = _plan(partial / _PLAN, wanted, folder, moment)
    folder.require_room(total)
    files = size = copied = copied_bytes = 0
    missing = dump.named if with_photographs else set()
    with (partial / manifest.FILES).open("w", encoding="utf-8") as lines:
        for planned in manifest.lines(partial / _PLAN):
            entry = planned if planned.sha256 else _copied(folder, planned)
            if entry is None:
                continue
            if not planned.sha256:
                copied += 1
                copied_bytes += entry.size
                progress(copied_bytes, total)
            if entry.area == areas.MEDIA:
                missing.discard(entry.path)
            lines.write(manifest.line(entry))
            files += 1
            size += entry.size
    (partial / _PLAN).unlink()
    made = Manifest(
        name=folder.new_name(moment),
        made_at=moment.isoformat(),
        thumper=str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        vendor=connection.vendor,
        server=dump.server,
        database=dump.path.name,
        database_size=dump.path.stat().st_size,
        migrations=dump.migrations,
        rows=dump.rows,
        has_photographs=with_photographs,
        files=files,
        bytes=size,
        missing=len(missing),
        missing_names=sorted(missing)[:NAMED],
    )
    manifest.write(partial, made)
    folder.finish(partial, made.name)
    return Made(made, copied, copied_bytes, [])


def _plan(path: Path, wanted: tuple[str, ...], folder: BackupFolder, moment: datetime) -> int:
    """Write down all files of these areas, with a checksum where their content is kept already; bytes of the others.

    A picture that was made of a photograph since `moment` may be of a box that the saved rows do not have.
    """
    total = 0
    earlier = _Earlier(_entries_before(folder))
    with path.open("w", encoding="utf-8") as lines:
        for area in wanted:
            storage = areas.storage_of(area)
            for name in areas.walk(area):
                try:
                    size = storage.size(name)
                    modified = storage.get_modified_time(name)
                except FileNotFoundError:
                    continue
                if area == areas.MEDIA and modified >= moment and areas.is_derived(name):
                    continue
                entry = FileEntry(area, name, size, modified.isoformat(), "")
                known = earlier.sha256_of(entry)
                if known and _is_kept(folder.content(known), size):
                    entry = replace(entry, sha256=known)
                else:
                    total += size
                lines.write(manifest.line(entry))
    return total


def _is_kept(content: Path, size: int) -> bool:
    try:
        return content.stat().st_size == size
    except FileNotFoundError:
        return False


def _entries_before(folder: BackupFolder) -> Iterator[FileEntry]:
    """Files of the newest backup that can be read, of one with photographs where there is one."""
    newest = None
    for name in reversed(folder.names()):
        try:
            earlier = manifest.read(folder.folder_of(name))
        except BackupProblem:
            continue  # what it has is read and copied again
        newest = newest or earlier
        if earlier.has_photographs:
            newest = earlier
            break
    if newest is not None:
        with suppress(BackupProblem):
            yield from manifest.entries(folder.folder_of(newest.name))


class _Earlier:
    """Files of an earlier backup, looked up in their order, so that none but one is in memory."""

    def __init__(self, entries: Iterator[FileEntry]) -> None:
        self._entries = entries
        self._next = next(entries, None)

    def sha256_of(self, entry: FileEntry) -> str:
        """The checksum of a file that has not changed since; empty for another or a new one."""
        while self._next is not None and self._next.order < entry.order:
            self._next = next(self._entries, None)
        if self._next is None or replace(self._next, sha256="") != entry:
            return ""
        return self._next.sha256


def _copied(folder: BackupFolder, planned: FileEntry) -> FileEntry | None:
    """The file with its checksum, once its content is kept; None where it went meanwhile."""
    try:
        with areas.storage_of(planned.area).open(planned.path) as file:
            sha256, size = folder.add(cast("IO[bytes]", file))
    except FileNotFoundError:
        return None
    except OSError as error:
        if disk.is_full(error):
            raise BackupProblem(DISK_FULL.format(folder.path)) from error
        raise BackupProblem(NO_FILE_READ.format(planned.path, error)) from error
    return replace(planned, sha256=sha256, size=size)
