"""One column of many rows, each set to a value of its own, by one statement a block.

Django's bulk_update makes an expression of each row and value, which costs more than the database's work.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import Field, Model

BLOCK: Final = 1_000


def set_column(model: type[Model], field: str, values: Iterable[tuple[UUID, object]]) -> None:
    """Set `field` of each row, named by its primary key; a key that is stored no more is passed over."""
    target: Field[Any, Any] = model._meta.get_field(field)  # type: ignore[assignment]  # no reverse one
    key = model._meta.pk
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(target.column or "")
    key_column = quote(key.column or "")
    # PostgreSQL takes a column of nothing but nulls for text; SQLite has no types to tell it.
    is_typed = connection.vendor == "postgresql"
    new_value = f"pairs.column2::{target.db_type(connection)}" if is_typed else "pairs.column2"
    pairs = iter(values)
    while block := list(islice(pairs, BLOCK)):
        rows = ", ".join(["(%s, %s)"] * len(block))
        given = [
            prepared
            for row, value in block
            for prepared in (
                key.get_db_prep_save(row, connection),
                target.get_db_prep_save(value, connection),
            )
        ]
        with connection.cursor() as cursor:
            # column1 and column2: what both databases call the columns of VALUES
            cursor.execute(
                f"UPDATE {table} SET {column} = {new_value}"  # noqa: S608 - names of our own models
                f" FROM (VALUES {rows}) AS pairs WHERE {table}.{key_column} = pairs.column1",
                given,
            )
