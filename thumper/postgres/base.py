"""Database backend for PostgreSQL: Django's, with a pool that survives a restart of the server.

psycopg's pool checks one idle connection at a time and pauses 1, 2, 4, 8 ... s after each that is dead. Eight
of them took longer than any request may wait. Nor does it say that nobody listens: it waits until its timeout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """A connection that answers; the server's own error, at once, where none can be made."""
        pool = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)  # type: ignore[no-any-return]
        for _ in range(pool.max_size):
            connection = self._from_pool(pool, conn_params)
            try:
                pool.check_connection(connection)
            except OperationalError:
                # What ended this connection has most likely ended all: none is checked that can be replaced.
                pool.putconn(connection)
                pool.drain()
            else:
                return connection
        return self._from_pool(pool, conn_params)

    def _from_pool(self, pool: ConnectionPool[Any], conn_params: dict[str, Any]) -> Connection[Any]:
        if not pool.get_stats()["pool_available"]:
            # The pool connects in threads of its own, and its client only sees that time has passed.
            self.Database.connect(**conn_params).close()
        return super().get_new_connection(conn_params)  # type: ignore[no-any-return]
