"""Formats named by `--format` where the source is none of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats.registry import WRONG_KIND, choose
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("megadetector", "JSON file"), ("table", "file"), ("cvat", "ZIP archive or text file")],
)
def test_a_folder_is_no_file_of_a_format(tmp_path: Path, name: str, kinds: str) -> None:
    (tmp_path / "card").mkdir()
    with pytest.raises(SourceProblem) as problem:
        choose(tmp_path / "card", name)
    assert str(problem.value) == WRONG_KIND.format(
        name=name, kinds=kinds, source="card", kind="folder"
    )


def test_a_folder_may_be_named_as_what_it_is(tmp_path: Path) -> None:
    assert choose(tmp_path, "folders").name == "folders"
