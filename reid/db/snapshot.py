"""Consistent snapshots: a database that others write to, read as it was at one moment."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def one_moment() -> Iterator[None]:
    """A block whose queries all see the database as the first of them did; it may only read.

    Without it each query sees what was committed by then: a deer or camera that is new since the query
    before would be one that nobody has heard of. Writers do not wait for the block. Inside of a transaction
    it changes nothing: there the outer one has decided already.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        connection.ensure_connection()
        # Past Django, whose transactions take the write lock at once (see settings): a read needs none.
        connection.connection.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            connection.connection.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
