"""Files of detectors for tests: written as their program writes them, recognised and read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reid.importing.formats import registry
from reid.importing.formats.base import SourceOptions
from reid.importing.rows import Refusal, Row, Skip

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item


def read(
    tmp_path: Path, document: Any, expected: str, options: SourceOptions | None = None
) -> list[Item]:
    """The items of a file that holds `document` (JSON, or text as it is), which is of the format `expected`."""
    file = tmp_path / ("export.json" if not isinstance(document, str) else "annotations.xml")
    file.write_text(document if isinstance(document, str) else json.dumps(document, indent=1))
    recognised = registry.recognise(file)
    assert recognised.name == expected
    return list(recognised.open(file, options or SourceOptions()).items())


def rows(items: list[Item]) -> list[Row]:
    return [item for item in items if isinstance(item, Row)]


def refusals(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.path, item.text) for item in items if isinstance(item, Refusal)]


def skips(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Skip)]
