"""Folders of the server from which people may import: those below PHOTO_ROOTS, and no others.

Symbolic links are followed first: what counts is where a path ends.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from reid.importing.reading import endings
from reid.intake.refusals import Unknown
from reid.models import ImportRequest

NO_FOLDER: Final = (
    "There is no such folder among those that may be imported: choose one of the list."
)
MOST_SHOWN: Final = 500
"""Folders shown of one folder, and entries beyond which its photographs are not counted on."""
MOST_COUNTED: Final = 20_000

_LONGEST: Final = ImportRequest._meta.get_field("folder").max_length or 0


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as it is chosen: its whole path, its name, and what lies in it directly."""

    path: str
    name: str
    parent: str
    """Whole path of the folder above, empty for the top ones."""
    folders: tuple[Folder, ...] = ()
    photographs: int = 0
    about: tuple[str, ...] = ()
    """Names of tables and detectors' files."""
    is_cut: bool = False
    """Whether there is more than was looked at."""


def roots() -> tuple[Folder, ...]:
    """The folders of PHOTO_ROOTS that are there."""
    return tuple(Folder(str(root), root.name or str(root), "") for root in _real_roots())


def look_into(text: str) -> Folder:
    """One folder, with those in it. Raises Unknown for what is not below PHOTO_ROOTS."""
    path = resolved(text)
    inside, about, photographs, seen = [], [], 0, 0
    with os.scandir(path) as entries:
        for entry in entries:
            seen += 1
            if seen > MOST_COUNTED:
                break
            if endings.is_nobodys(entry.name) or not entry.name.isprintable():
                continue
            if entry.is_dir():
                if _is_allowed(Path(os.path.realpath(entry.path))):
                    inside.append(Folder(entry.path, entry.name, str(path)))
            elif endings.is_material(entry.name):
                photographs += 1
            elif endings.ending(entry.name) in ("json", "csv", "tsv", "xlsx", "xml"):
                about.append(entry.name)
    inside.sort(key=lambda folder: folder.name.casefold())
    is_top = path in _real_roots()
    return Folder(
        path=str(path),
        name=path.name or str(path),
        parent="" if is_top else str(path.parent),
        folders=tuple(inside[:MOST_SHOWN]),
        photographs=photographs,
        about=tuple(sorted(about)),
        is_cut=seen > MOST_COUNTED or len(inside) > MOST_SHOWN,
    )


def resolved(text: str) -> Path:
    """The real folder that a person named. Raises Unknown for one that is not below PHOTO_ROOTS, or not there."""
    if "\0" in text or not text.startswith("/") or len(text) > _LONGEST:
        raise Unknown(NO_FOLDER)
    path = Path(os.path.realpath(text))
    if not _is_allowed(path) or not os.access(path, os.R_OK | os.X_OK) or not path.is_dir():
        raise Unknown(NO_FOLDER)
    return path


def _is_allowed(real: Path) -> bool:
    return any(real.is_relative_to(root) for root in _real_roots())


def _real_roots() -> list[Path]:
    real = (Path(os.path.realpath(root)) for root in settings.PHOTO_ROOTS)
    return [root for root in real if root.is_dir()]
