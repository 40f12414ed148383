"""Spellings of paths: folded, composed, and taken apart. No file is opened."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

_DRIVE: Final = re.compile(r"[A-Za-z]:")


def folded(path: str) -> str:
    """A path without what spellings of it differ in: Unicode form, the case of letters, and kinds of blanks."""
    if not path.isprintable():  # a plain blank is; all others are not
        path = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in path)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def is_storable(path: str) -> bool:
    """Whether people can see every sign of a path, blanks of any kind among them."""
    return path.isprintable() or all(
        sign.isprintable() or unicodedata.category(sign) == "Zs" for sign in path
    )


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that a path means: where it really lies, and what the file system says of it."""

    folder: str
    name: str
    status: os.stat_result
    spelling: str = ""
    """Its path below the root, where the source spells it otherwise."""

    @property
    def path(self) -> Path:
        return Path(self.folder, self.name)


def spelled(file: FoundFile, below: str, path: str) -> FoundFile:
    """The file with its path below the root, where the source's own `path` is another."""
    if below == path and "./" not in path:  # as nearly all are
        return file
    return replace(file, spelling="/".join(_parts(below)))


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
