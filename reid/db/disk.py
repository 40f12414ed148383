"""Disks that take nothing more, being full or only to be read: told from other errors of files and databases."""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from django.db import Error

FULL: Final = "The disk takes nothing more ({reason}): make room on it."
CLOSED: Final = "Thumper may not write {what}, or not read it ({reason}): let it, and see that its disk is mounted for writing."
DATABASE: Final = "its database"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # full, beyond a quota or a limit
_CLOSED: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL_DATABASE: Final = {
    "53100",  # disk_full, of PostgreSQL
    "58030",  # io_error
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,  # beyond a quota or a limit
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_CLOSED_DATABASE: Final = {
    "25006",  # read_only_sql_transaction, of PostgreSQL
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
}
_KIND: Final = 0xFF
"""Bits of SQLite's extended codes that say which plain code it is a kind of."""


class DiskRefuses(Exception):
    """Nothing more can be written just now, to a file or to the database. str() says what to do."""


def is_full(error: BaseException) -> bool:
    """Whether the error says that a file found no room."""
    return isinstance(error, OSError) and error.errno in _FULL


def refusal(error: BaseException) -> str:
    """The sentence of DiskRefuses for an error of a file or of Django's database; empty for one that says anything else."""
    if isinstance(error, OSError):
        if is_full(error):
            return FULL.format(reason=error.strerror)
        # Without a name it is of a socket, or of another process.
        if error.filename is not None and error.errno in _CLOSED:
            return CLOSED.format(what=error.filename, reason=error.strerror)
    elif isinstance(error, Error):
        codes, reason = _codes(error.__cause__), str(error).partition("\n")[0]
        if codes & _FULL_DATABASE:
            return FULL.format(reason=reason)
        if codes & _CLOSED_DATABASE:
            return CLOSED.format(what=DATABASE, reason=reason)
    return ""


def _codes(error: BaseException | None) -> set[str | int | None]:
    """PostgreSQL's SQLSTATE, or SQLite's code and the plain one that it is a kind of."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return {getattr(error, "sqlstate", None), code, code & _KIND}
