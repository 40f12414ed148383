"""Disks that take nothing more: real errors of both databases and of files, each with one sentence."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest
from django.db import Error, connection, transaction

from reid.db import disk
from reid.models import Camera

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_file_that_finds_no_room_is_said(number: int) -> None:
    error = OSError(number, os.strerror(number))
    assert disk.is_full(error)
    assert disk.refusal(error) == disk.FULL.format(reason=os.strerror(number))


def test_a_file_that_may_not_be_written_is_named() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/photos/1.jpg")
    assert not disk.is_full(error)
    assert disk.refusal(error) == disk.CLOSED.format(
        what="/photos/1.jpg", reason="Permission denied"
    )


def test_other_errors_are_no_matter_of_the_disk(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "missing").read_bytes()
    port = PermissionError(errno.EACCES, "Permission denied")  # of a socket: it has no name
    for error in (missing.value, port, ValueError("full")):
        assert disk.refusal(error) == ""


@pytest.mark.django_db(transaction=True)
def test_a_full_database_and_one_that_may_only_be_read_are_said() -> None:
    with pytest.raises(Error) as full, transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DO $$ BEGIN RAISE 'no room' USING ERRCODE = 'disk_full'; END $$")
        else:
            cursor.execute("PRAGMA max_page_count = 1")  # it becomes as few as there are
            try:
                cursor.execute("CREATE TABLE filler AS SELECT zeroblob(9000000)")
            finally:
                cursor.execute("PRAGMA max_page_count = 4294967294")
    assert disk.refusal(full.value).startswith("The disk takes nothing more (")
    with pytest.raises(Error) as closed, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with transaction.atomic():
                cursor.execute("SET TRANSACTION READ ONLY")
                Camera.objects.create(name="North")
        else:
            cursor.execute("PRAGMA query_only = ON")
            try:
                Camera.objects.create(name="North")
            finally:
                cursor.execute("PRAGMA query_only = OFF")
    assert disk.refusal(closed.value).startswith("Thumper may not write its database, or not read")


@pytest.mark.django_db
def test_other_errors_of_a_database_are_no_matter_of_the_disk() -> None:
    with pytest.raises(Error) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    assert disk.refusal(error.value) == ""
