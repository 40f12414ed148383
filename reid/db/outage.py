"""Outages: a database that cannot be reached, told from one that answers with an error, and waited for."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, TypeVar

import psycopg
from django.db import Error, InterfaceError, OperationalError, close_old_connections, connection

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

ENDED: Final = frozenset({"57P01", "57P02", "57P03", "53300"})
"""SQLSTATEs of a server that shuts down, has crashed, is starting, or takes no more connections."""
CONNECTION_EXCEPTION: Final = "08"
LOOK_SECONDS: Final = 2
PAUSE: Final = 0.5
"""Seconds between two looks whether it is back."""


def patiently(act: Callable[[], Result], seconds: float) -> Result:
    """What `act` returns, done again while the database is away, for so long at most. `act` can be repeated.

    Outside any transaction: whatever one held is lost with its connection. Raises whatever `act` raised last.
    """
    ends = time.monotonic() + seconds
    while True:
        try:
            return act()
        except Error as error:
            if not is_away(error) or time.monotonic() > ends:
                raise
            logger.warning("the database is away and waited for: %s", error)
        close_old_connections()
        time.sleep(PAUSE)
        while time.monotonic() < ends and not is_answered():
            time.sleep(PAUSE)


def is_answered() -> bool:
    """Whether a connection of its own can be made within LOOK_SECONDS; a file is always there.

    Past the pool: a worker that forks must leave no pool behind, whose threads its work-horses would lack.
    """
    if connection.vendor != "postgresql":
        return True
    try:
        parameters = connection.get_connection_params() | {"connect_timeout": LOOK_SECONDS}
        psycopg.connect(**parameters).close()
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
