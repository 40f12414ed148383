"""The command that makes the shipped mask head: a few drawings, a file, and its hash."""

from __future__ import annotations

import hashlib
import io

import pytest
from django.core.management import CommandError, call_command

from reid.torsos.heads import load


def test_it_writes_a_head_that_loads_and_is_the_same_each_time(tmp_path) -> None:
    out = io.StringIO()
    for name in ("one", "again"):
        call_command("train_shipped_torso_head", tmp_path / name, "--pictures", "10", stdout=out)
    content = (tmp_path / "one").read_bytes()
    assert (tmp_path / "again").read_bytes() == content
    assert hashlib.sha256(content).hexdigest() in out.getvalue()
    load(content)


def test_too_few_drawings_are_refused(tmp_path) -> None:
    with pytest.raises(CommandError, match="10 or more"):
        call_command("train_shipped_torso_head", tmp_path / "head", "--pictures", "3")
