"""Databases as a backup sees them: dumped as they were at one moment while others write, and restored whole or not at all.

SQLite is copied by its own online backup, PostgreSQL by pg_dump and pg_restore: both know every object of a database,
and an operator can use their files without Thumper. A dump goes back into the kind of database it came from.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from reid.patterns.stored import background_name
from thumper.backups import postgresql, sqlite
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thumper.backups.manifest import Manifest

COUNTED: Final = (
    "reid_image",
    "reid_detection",
    "reid_deer",
    "reid_embedding",
    "reid_similarityscore",
    "reid_identityevent",
    "reid_operation",
)
"""Tables by which a restored store is compared with the one that was backed up. They are there since the first release:
the store that is backed up before an upgrade has an older schema than this code."""

NOTHING_STORED: Final = "There is no store to back up yet: `manage.py migrate` makes one."
OTHER_VENDOR: Final = "The backup {} is of a {} database and this installation uses {}: restore it where DATABASE_URL names such a one."
NEWER_SCHEMA: Final = "The backup {} was made by a newer Thumper ({}), whose migration {} this one does not know: upgrade this one first."
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Dump:
    """A dump, and what was read at the very moment that it shows."""

    path: Path
    server: int
    migrations: list[tuple[str, str]]
    rows: dict[str, int]
    named: set[str]
    """Paths of the media that its rows name: photographs, pictures of maps, backgrounds."""


def size() -> int:
    """Bytes that a dump takes at most."""
    return sqlite.size() if connection.vendor == "sqlite" else postgresql.size()


def require_tools() -> None:
    """Raise BackupProblem where a program is missing without which this database is not dumped."""
    if connection.vendor == "postgresql":
        postgresql.tools_for_dump()


@contextmanager
def dumped(folder: Path) -> Iterator[Dump]:
    """A dump of the database in this folder. Raises BackupProblem."""
    vendor = sqlite if connection.vendor == "sqlite" else postgresql
    with vendor.snapshot(folder) as snapshot:
        tables = {name for (name,) in snapshot.query(vendor.TABLES)}
        if "django_migrations" not in tables:
            raise BackupProblem(NOTHING_STORED)
        migrations = "SELECT app, name FROM django_migrations ORDER BY id"
        named = {path for (path,) in snapshot.query("SELECT path FROM reid_image")}
        if "reid_mappicture" in tables:
            rows = snapshot.query("SELECT id FROM reid_mappicture")
            named |= {f"maps/{UUID(str(key))}.jpg" for (key,) in rows}
        if "reid_patternbackground" in tables:
            rows = snapshot.query("SELECT fingerprint FROM reid_patternbackground")
            named |= {background_name(fingerprint) for (fingerprint,) in rows}
        yield Dump(
            path=snapshot.path,
            server=snapshot.server,
            migrations=[(app, name) for app, name in snapshot.query(migrations)],
            rows={
                table: next(iter(snapshot.query(f"SELECT count(*) FROM {table}")))[0]  # noqa: S608 - our own names
                for table in COUNTED
            },
            named=named,
        )


def require_fit(manifest: Manifest) -> None:
    """Raise BackupProblem for a backup that this installation cannot take."""
    if manifest.vendor != connection.vendor:
        raise BackupProblem(
            OTHER_VENDOR.format(manifest.name, NAMES[manifest.vendor], NAMES[connection.vendor])
        )
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if unknown := manifest.unknown_migrations(known):
        text = ".".join(unknown[-1])
        raise BackupProblem(NEWER_SCHEMA.format(manifest.name, manifest.thumper, text))
    if manifest.vendor == "postgresql":
        postgresql.tools_for_restore(manifest.server)


def restore(manifest: Manifest, dump: Path) -> None:
    """Put the dump in place of all that the database holds, whole or not at all. Raises BackupProblem."""
    if connection.vendor == "sqlite":
        sqlite.restore(dump)
    else:
        postgresql.restore(dump, manifest.server)


def different_counts(manifest: Manifest) -> dict[str, tuple[int, int]]:
    """Tables with another number of rows than the backup had, as (backup's, found)."""
    different = {}
    with connection.cursor() as cursor:
        for table, expected in manifest.rows.items():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            (found,) = cursor.fetchone()
            if found != expected:
                different[table] = (expected, found)
    return different
