"""Outage errors: a database that cannot be reached, distinguished from one that answers with an error."""

from __future__ import annotations

from typing import Final

import psycopg
from django.db import InterfaceError, OperationalError, connection

ENDED: Final = frozenset({"57P01", "57P02", "57P03", "53300"})
"""SQLSTATEs of a server that shuts down, has crashed, is starting, or takes no more connections."""
CONNECTION_EXCEPTION: Final = "08"


def is_answered() -> bool:
    """Whether a connection of its own can be made; a file is always there. Within the connection's timeout.

    Past the pool: a worker that forks must leave no pool behind, whose threads its work-horses would lack.
    """
    if connection.vendor != "postgresql":
        return True
    try:
        psycopg.connect(**connection.get_connection_params()).close()
    except psycopg.Error:
        return False
    return True


def is_away(error: BaseException) -> bool:
    """Whether the error says that PostgreSQL cannot be reached just now.

    A lock that was not given, a full disk or a cancelled query have a SQLSTATE of their own: the server sent it.
    What psycopg and its pool find out by themselves (nobody listens, the connection is lost, none in time) has none.
    """
    if connection.vendor != "postgresql" or not isinstance(
        error, OperationalError | InterfaceError
    ):
        return False
    sqlstate: str | None = getattr(error.__cause__, "sqlstate", None)
    return sqlstate is None or sqlstate.startswith(CONNECTION_EXCEPTION) or sqlstate in ENDED
