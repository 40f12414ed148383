"""Database at an earlier migration, for tests of migrations: a module's tests go there once, since the whole way takes seconds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from collections.abc import Iterator

_AUTH: Final = ("auth", "0012_alter_user_first_name_max_length")


def migrate(name: str) -> Any:
    """The models as they are at one migration of `reid`, in the database that is taken there."""
    target = ("reid", name)
    MigrationExecutor(connection).migrate([target])
    return MigrationExecutor(connection).loader.project_state([target, _AUTH]).apps


@contextmanager
def taken_back(name: str, blocker: Any) -> Iterator[None]:
    """The database at one migration, and at the newest again afterwards. `blocker`: pytest-django's `django_db_blocker`."""
    with blocker.unblock():
        migrate(name)
        yield
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


@contextmanager
def filled_at(name: str) -> Iterator[Any]:
    """The models of one migration for one test, which may migrate further; emptied and back there afterwards."""
    yield migrate(name)
    call_command("flush", interactive=False, verbosity=0)
    migrate(name)
