"""SQLite: copied by its online backup, which sees one moment of a database that others write to.

A copy of the file alone is none: what was written last lies in the write-ahead log beside it (`-wal`), so that a copy
may lack whole runs of scores, or be damaged.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = "database.sqlite3"
TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table'"
SECONDS: Final = 60.0
"""How long a writer of another process is waited for."""

DAMAGED: Final = (
    "The database is damaged ({}), so that no backup of it was made: restore an earlier one."
)
NOT_RESTORED: Final = (
    "The database could not be restored and is as it was ({}): stop Thumper and try again."
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the database, and queries on it."""

    path: Path
    copy: sqlite3.Connection
    server: int = 0

    def query(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return self.copy.execute(sql)


def _database() -> Path:
    return Path(connection.settings_dict["NAME"])


def size() -> int:
    """Bytes of the database, as a copy of it has them."""
    if not _database().exists():
        return 0
    with closing(_connected(_database())) as source:
        (pages,) = source.execute("PRAGMA page_count").fetchone()
        (page_size,) = source.execute("PRAGMA page_size").fetchone()
        return int(pages * page_size)


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """A copy of the database in this folder, as one file without a log beside it. Raises BackupProblem."""
    path = folder / FILE
    with closing(sqlite3.connect(path)) as copy:
        # All pages in one step: a reader of the write-ahead log hinders no writer, and none makes it begin anew.
        with closing(_connected(_database())) as source:
            source.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        (answer,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if answer != "ok":
            raise BackupProblem(DAMAGED.format(answer))
        yield Snapshot(path, copy)


def restore(dump: Path) -> None:
    """Put the dump in place of the database, in one transaction of SQLite's own. Raises BackupProblem."""
    connection.close()
    try:
        with (
            closing(sqlite3.connect(f"{dump.as_uri()}?mode=ro&immutable=1", uri=True)) as source,
            closing(_connected(_database())) as target,
        ):
            # Writers that hold the lock are waited for here: the copying itself would wait for ever.
            target.execute("BEGIN IMMEDIATE")
            target.rollback()
            source.backup(target, pages=-1)
    except sqlite3.Error as error:
        raise BackupProblem(NOT_RESTORED.format(error)) from error


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=SECONDS)
