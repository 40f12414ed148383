"""A backup restored: read and checked as a whole, then its files, then its database in one transaction, then migrations.

One that is killed before the database leaves the rows as they were, and files that are the backup's: the same command
goes on with it. Photographs that are not in the backup are never deleted; pictures made of photographs are, where they
are younger than the backup: a box may have been another one then.
"""

from __future__ import annotations

import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from thumper.backups import areas, databases, manifest, verifying
from thumper.backups.problems import BackupProblem, size_text
from thumper.backups.running import require_no_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.files.storage import Storage

    from reid.storage.photo_store import PhotoStore
    from thumper.backups.folder import BackupFolder
    from thumper.backups.manifest import FileEntry, Manifest

OF_PEOPLE: Final = ("Image", "Detection", "Deer", "Camera", "Operation", "Survey")
"""Models of reid whose rows make a store one that is not empty."""

NOT_EMPTY: Final = "This store is not empty ({}): `--replace` puts the backup in its place, and what was stored since is lost."
OTHER_FILES: Final = (
    "{} files of the backup are there with another content ({} is the first): `--replace` puts the backup's in their "
    "place."
)
DAMAGED: Final = (
    "The backup {} is damaged, and nothing was changed: {} `manage.py backup {} --verify` names all that is wrong; "
    "an earlier backup may be whole (--backup NAME)."
)
NO_ROOM: Final = "The backup needs {} on the disk of {} and {} are free: make room there first."
NOT_THE_SAME: Final = (
    "The restored database has {found} rows in {table} and the backup had {expected}: somebody writes to it. Stop "
    "Thumper and restore again."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    manifest: Manifest
    written: int
    """Files that were not there, or with another content."""
    left: int
    """Files of the media that were there and are not the backup's."""
    remade: int
    """Pictures that are taken away, since they were made of younger rows."""


def restore(
    folder: BackupFolder,
    name: str = "",
    *,
    replace: bool = False,
    progress: Callable[[int], None] = lambda size: None,
) -> Restored:
    """Restore the backup of this name, or the newest one. Raises BackupProblem, and has changed nothing where it could not.

    `progress` is told of the bytes of each file, once when it is checked and once when it is restored.
    """
    with folder.read():
        return _restore(folder, folder.find(name), replace=replace, progress=progress)


def _restore(
    folder: BackupFolder, backup: Manifest, *, replace: bool, progress: Callable[[int], None]
) -> Restored:
    place = folder.folder_of(backup.name)
    databases.require_fit(backup)
    require_no_workers()
    if not replace:
        _require_empty()
    for problem in verifying.problems(folder, [backup.name], progress):
        raise BackupProblem(DAMAGED.format(backup.name, problem, folder.path))
    _look_at_files(folder, backup, replace=replace)
    written = 0
    for entry in manifest.entries(place):
        written += _put(areas.storage_of(entry.area), entry, folder.content(entry.sha256))
        progress(entry.size)
    databases.restore(backup, place / backup.database)
    for table, (expected, found) in databases.different_counts(backup).items():
        raise BackupProblem(NOT_THE_SAME.format(table=table, expected=expected, found=found))
    left, remade = _clear_derived(place, backup)
    call_command("migrate", verbosity=0)
    return Restored(backup, written, left, remade)


def _require_empty() -> None:
    existing = set(connection.introspection.table_names())
    for name in OF_PEOPLE:
        table = apps.get_model("reid", name)._meta.db_table
        if table in existing:
            with connection.cursor() as cursor:
                # Past the models: the schema may be older than they are.
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
                (rows,) = cursor.fetchone()
            if rows:
                raise BackupProblem(NOT_EMPTY.format(f"{rows:,} rows of {name}"))


# --- files ----------------------------------------------------------------------------------------


def _look_at_files(folder: BackupFolder, backup: Manifest, *, replace: bool) -> None:
    """Raise BackupProblem where files do not fit, or would take the place of others unasked."""
    needed: dict[str, int] = {}
    other: list[str] = []
    for entry in manifest.entries(folder.folder_of(backup.name)):
        storage = areas.storage_of(entry.area)
        if not storage.exists(entry.path):
            needed[entry.area] = needed.get(entry.area, 0) + entry.size
        elif not replace and not _is_same(storage, entry):
            other.append(entry.path)
    if other:
        raise BackupProblem(OTHER_FILES.format(len(other), other[0]))
    _require_room(needed, backup)


def _require_room(needed: dict[str, int], backup: Manifest) -> None:
    of_disk: dict[int, tuple[int, Path]] = {}
    places = [(size, _root(areas.storage_of(area))) for area, size in needed.items()]
    if backup.vendor == "sqlite":
        # Twice: the whole of it is in the write-ahead log before it is in the file.
        places.append((2 * backup.database_size, Path(connection.settings_dict["NAME"]).parent))
    for size, root in places:
        if root is not None:
            device = root.stat().st_dev
            of_disk[device] = (of_disk.get(device, (0, root))[0] + size, root)
    for size, root in of_disk.values():
        free = shutil.disk_usage(root).free
        if free < size:
            raise BackupProblem(NO_ROOM.format(size_text(size), root, size_text(free)))


def _root(storage: Storage) -> Path | None:
    """The folder of a storage; None for an object store, whose room nobody knows."""
    with suppress(NotImplementedError):
        return Path(storage.path(""))
    return None


def _is_same(storage: Storage, entry: FileEntry) -> bool:
    return cast("PhotoStore", storage).holds(entry.path, entry.size, entry.sha256)


def _put(storage: Storage, entry: FileEntry, content: Path) -> bool:
    """Put a file where it belongs, whole or not at all; whether it was not there already."""
    if _is_same(storage, entry):
        return False
    try:
        target = Path(storage.path(entry.path))
    except NotImplementedError:  # an object store, which puts whole objects
        storage.delete(entry.path)
        cast("PhotoStore", storage).place(entry.path, content)
        return True
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = target.with_name(f".{uuid.uuid4().hex}.part")  # its own name may be as long as may be
    try:
        shutil.copyfile(content, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return True


def _clear_derived(place: Path, backup: Manifest) -> tuple[int, int]:
    """Delete pictures that may show what the restored rows do not say; how many files are not the backup's, and those."""
    storage = areas.storage_of(areas.MEDIA)
    own = {entry.path for entry in manifest.entries(place) if entry.area == areas.MEDIA}
    made_at = datetime.fromisoformat(backup.made_at)
    remade = 0
    for path in list(areas.derived()):
        if path not in own and storage.get_modified_time(path) >= made_at:
            storage.delete(path)
            remade += 1
    left = 0
    if backup.has_photographs:
        left = sum(path not in own for path in areas.walk(areas.MEDIA))
    return left, remade
