"""A look into a watched folder: its photographs and videos with size and time, and what could not be read. No database."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from reid.importing.reading import endings
from reid.importing.reading.spelling import is_storable
from reid.wording import Number

if TYPE_CHECKING:
    from pathlib import Path

AWAY: Final = "It is not there: is the share connected, and WATCH_FOLDERS right?"
UNREADABLE: Final = (
    "{count:file or folder|files or folders} cannot be read, such as {path} ({problem}): give the worker of imports "
    "the right to read."
)
BAD_NAME: Final = "a name that cannot be stored: rename it"
LONGEST: Final = 450
"""Characters of a path below the folder."""


class Seen(NamedTuple):
    size: int
    modified_ns: int


@dataclass(slots=True)
class Look:
    """What lies in a folder: `files` by their paths below it, with slashes. `problem`: a sentence; empty: all was read.

    `is_complete`: whether a file that is not among them is really gone.
    """

    files: dict[str, Seen] = field(default_factory=dict)
    problem: str = ""
    is_complete: bool = True


def look_into(root: Path) -> Look:
    """The photographs and videos of a folder and of those in it; links are not followed."""
    look = Look()
    if not os.path.isdir(root):  # noqa: PTH112 of a share that is gone the path's own method raises
        return Look(problem=AWAY, is_complete=False)
    problems: list[tuple[str, str]] = []

    def failed(error: OSError) -> None:
        look.is_complete = False
        problems.append((_below(root, error.filename), error.strerror or type(error).__name__))

    for folder, folders, names in os.walk(root, onerror=failed):
        folders[:] = [name for name in folders if not endings.is_nobodys(name)]
        for name in names:
            if endings.is_nobodys(name) or not endings.is_material(name):
                continue
            file = os.path.join(folder, name)  # noqa: PTH118 there may be a hundred thousand
            path = _below(root, file)
            try:
                status = os.stat(file, follow_symlinks=False)  # noqa: PTH116
            except FileNotFoundError:
                continue  # it was renamed or deleted a moment ago
            except OSError as error:
                problems.append((path, error.strerror or type(error).__name__))
                continue
            if not is_storable(path) or len(path) > LONGEST:
                problems.append((ascii(path[:LONGEST]), BAD_NAME))
            elif not os.access(file, os.R_OK):
                problems.append((path, os.strerror(13)))
            elif status.st_size and stat.S_ISREG(status.st_mode):
                look.files[path] = Seen(status.st_size, status.st_mtime_ns)
    if problems:
        path, problem = problems[0]
        look.problem = UNREADABLE.format(count=Number(len(problems)), path=path, problem=problem)
    return look


def _below(root: Path, file: str | None) -> str:
    return os.path.relpath(file, root).replace(os.sep, "/") if file else root.name
