"""The pooled backend alone: a dead connection drains the pool, and the search ends."""

from __future__ import annotations

from typing import Any

from psycopg import OperationalError

from thumper.postgres.base import DatabaseWrapper


class Pool:
    """A pool of named connections, of which some are dead."""

    max_size = 3

    def __init__(self, *names: str) -> None:
        self.names = list(names)
        self.returned: list[str] = []
        self.drained = 0

    def check_connection(self, connection: str) -> None:
        if connection.startswith("dead"):
            raise OperationalError("the connection is closed")

    def putconn(self, connection: str) -> None:
        self.returned.append(connection)

    def drain(self) -> None:
        self.drained += 1


class Wrapper(DatabaseWrapper):
    """The backend on such a pool."""

    def __init__(self, pool: Pool) -> None:
        self.fake = pool

    @property
    def pool(self) -> Any:
        return self.fake

    def _from_pool(self, pool: Any, conn_params: dict[str, Any]) -> Any:
        return pool.names.pop(0)


def test_one_dead_connection_drains_the_pool_and_the_next_one_is_taken() -> None:
    pool = Pool("dead", "alive", "alive too")
    assert str(Wrapper(pool).get_new_connection({})) == "alive"
    assert (pool.returned, pool.drained) == (["dead"], 1)


def test_the_search_ends_where_every_connection_is_dead() -> None:
    pool = Pool("dead 1", "dead 2", "dead 3", "the next one")
    assert str(Wrapper(pool).get_new_connection({})) == "the next one"
    assert (pool.returned, pool.drained) == (["dead 1", "dead 2", "dead 3"], 3)
