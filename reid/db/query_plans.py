"""Query plans of the score log on PostgreSQL: the same whatever its statistics say.

They may be those of an emptier store: of tables filled a moment ago, or in a transaction that has not ended. Then it
expects one row where there are millions, and a way that is quick for one row takes hours. SQLite needs none of this.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


def by_index() -> AbstractContextManager[None]:
    """A block in which tables are read through their indexes, and each index in its own order.

    For many small reads of the log: else it could be scanned whole for each of them.
    """
    return _without("enable_seqscan", "enable_bitmapscan")


def whole() -> AbstractContextManager[None]:
    """A block in which tables are joined by hash or by merge: for reads of the log from end to end."""
    return _without("enable_nestloop")


@contextlib.contextmanager
def _without(*ways: str) -> Iterator[None]:
    """These ways are the last resort, until the block or its transaction ends."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {way} = off" for way in ways))
        yield
        cursor.execute("; ".join(f"SET LOCAL {way} TO DEFAULT" for way in ways))
