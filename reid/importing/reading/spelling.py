"""Spellings of paths: folded, composed, and taken apart. No file is opened."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def folded(path: str) -> str:
    """A path without what spellings of it differ in: Unicode form and the case of letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a path means: where it really lies, and what the file system says of it."""

    path: Path
    status: os.stat_result
    spelling: str = ""
    """Its path below the root, where the source spells it otherwise."""


def _real_folder(folder: str) -> str:
    """Raises OSError where it is not there."""
    return os.path.realpath(folder, strict=True)


def _parts(path: str) -> list[str]:
    """Names on the way, without those that mean nothing."""
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def _beginning(path: str, end: str) -> str:
    """What stands in front of the end of a path."""
    return path.replace("\\", "/")[: max(len(path) - len(end), 0)]


def _composed(path: str) -> str:
    return unicodedata.normalize("NFC", path)
