"""Formats named by `--format` where the source is none of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reid.importing.formats.registry import choose
from reid.importing.rows import SourceProblem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["megadetector", "table"])
def test_a_folder_is_no_file_of_a_format(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceProblem, match=f"is a folder .* --format {name}: name the file"):
        choose(tmp_path, name)


def test_a_folder_may_be_named_as_what_it_is(tmp_path: Path) -> None:
    assert choose(tmp_path, "folders").name == "folders"
