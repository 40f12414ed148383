"""Which files go, and that none goes while Redis is away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import redis
from django.core.management import CommandError, call_command

from exports.lifecycle import retention, storage
from exports.lifecycle.keys import key_of
from exports.lifecycle.records import ExportStatus, Failure
from exports.lifecycle.retention import is_wanted
from exports.lifecycle.status import store
from exports.lifecycle.storage import StoredFile
from exports.requests.specs import ExportKind
from exports.tests.life import JOB, claim, record

if TYPE_CHECKING:
    from pathlib import Path

ATTEMPT, OTHER = "a" * 32, "b" * 32
WHOLE = StoredFile("whole", JOB, ATTEMPT, is_part=False)
PART = StoredFile("part", JOB, ATTEMPT, is_part=True)
RUNNING = record(attempt=ATTEMPT)
COMPLETED = replace(RUNNING, status=ExportStatus.COMPLETED)


@pytest.mark.parametrize(
    ("file", "behind", "wanted"),
    [
        (WHOLE, None, False),
        (PART, None, False),
        (WHOLE, RUNNING, True),
        (PART, RUNNING, True),
        (WHOLE, COMPLETED, True),
        (PART, COMPLETED, False),
        (WHOLE, replace(RUNNING, status=ExportStatus.FAILED), False),
        (WHOLE, replace(COMPLETED, attempt=OTHER), False),
        (PART, replace(RUNNING, attempt=OTHER), False),
        (PART, record(), True),
    ],
)
def test_a_file_is_wanted_by_the_record_behind_it(file, behind, wanted):
    assert is_wanted(file, behind) is wanted


def publish(job_id, attempt: str) -> Path:
    with storage.Draft(job_id, attempt, ExportKind.ZIP) as draft:
        draft.publish()
    return draft.path


@pytest.fixture
def files(submit, redis_client) -> dict[str, Path]:
    """A file of a completed export, one of a failed, one without a status, and an unreadable status."""
    paths = {}
    for name in ("completed", "failed", "unreadable"):
        job_id = submit().job_id
        attempt = claim(job_id)
        paths[name] = publish(job_id, attempt)
        if name == "completed":
            store().complete(job_id, attempt, size=0, sha256="", missing=0)
        elif name == "failed":
            store().fail(job_id, attempt, Failure.TIMEOUT)
        else:
            redis_client.set(key_of(job_id), "{")
    return paths | {"orphan": publish(uuid4(), ATTEMPT)}


def standing(files: dict[str, Path]) -> set[str]:
    return {name for name, path in files.items() if path.exists()}


def test_files_without_a_live_status_are_removed(files):
    removed = retention.purge()
    assert {file.name for file in removed} == {files["failed"].name, files["orphan"].name}
    assert standing(files) == {"completed", "unreadable"}


def test_a_dry_run_names_the_same_files_and_removes_none(files, capsys):
    call_command("purge_exports", "--dry-run")
    out = capsys.readouterr().out
    assert files["orphan"].name in out
    assert "2 files would be removed." in out
    assert standing(files) == set(files)


def test_the_command_removes(files, capsys):
    call_command("purge_exports")
    assert "2 files removed." in capsys.readouterr().out
    assert standing(files) == {"completed", "unreadable"}


def test_nothing_is_removed_while_redis_is_away(files, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    with pytest.raises(redis.ConnectionError):
        retention.purge()
    with pytest.raises(CommandError, match="no file was removed"):
        call_command("purge_exports")
    assert standing(files) == set(files)
