"""Names of uploaded files: which paths a sender may give, and which kinds of files are taken. Pure but for limits."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import Final

from django.conf import settings

from reid.importing.reading import endings
from reid.importing.reading.spelling import folded, is_storable
from reid.intake.refusals import BadName, NotTaken, TooLarge
from reid.models import LONGEST_UPLOADED

BAD_SIGNS: Final = "The name {path!r} holds signs that cannot be shown: rename the file."
NO_NAME: Final = "A file needs a name."
CLIMBS: Final = (
    "The path {path!r} leads out of its folder: send paths below the folder that you chose."
)
RESERVED: Final = "{name!r} is a name that Windows keeps for itself: rename the file."
LONG: Final = "The path {path}... is longer than {most} characters: put the files into a folder nearer to the top."
LONG_PART: Final = "The name {name}... is longer than 255 bytes: give the file a shorter one."
HIDDEN: Final = "{name!r} is a hidden file, as systems leave them about: it is not taken."
AS_JPEG: Final = "{name} is a picture that is not read: export it as JPEG."
OTHER: Final = "{name} is no photograph, video, table or detector's file: it is not taken."
TOO_LARGE: Final = "{name} has {size:,} bytes, and {most:,} are allowed: {how}."
SMALLER: Final = "save it smaller"
SPLIT: Final = "divide it"

ABOUT: Final = frozenset({".json", ".csv", ".tsv", ".txt", ".xlsx", ".ods", ".xml", ".zip"})
"""Endings of files that say something about photographs."""

_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.IGNORECASE)
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LONGEST_PART: Final = 255


def safe_path(text: str) -> str:
    """The path below the uploaded folder, `/` between its names. Raises BadName.

    >>> safe_path("card\\\\100RECNX/./IMG_0001.JPG")
    'card/100RECNX/IMG_0001.JPG'
    """
    if not is_storable(text):  # NUL and other control codes, halves of letters
        raise BadName(BAD_SIGNS.format(path=text[:80]))
    spelled = text.replace("\\", "/")
    parts = [part for part in spelled.split("/") if part not in ("", ".")]
    if not parts:
        raise BadName(NO_NAME)
    if ".." in parts or spelled.startswith("/") or _DRIVE.fullmatch(parts[0]):
        raise BadName(CLIMBS.format(path=text[:80]))
    path = "/".join(parts)
    if len(path) > LONGEST_UPLOADED:
        raise BadName(LONG.format(path=path[:60], most=LONGEST_UPLOADED))
    for part in parts:
        if len(part.encode()) > _LONGEST_PART:
            raise BadName(LONG_PART.format(name=part[:60]))
        if _RESERVED.fullmatch(part):
            raise BadName(RESERVED.format(name=part))
        if endings.is_nobodys(part):
            raise NotTaken(HIDDEN.format(name=part))
    return path


def key_of(path: str) -> str:
    """What two paths share that differ in case, Unicode form or kinds of blanks alone: SHA-256 in hex."""
    return hashlib.sha256(folded(path).encode()).hexdigest()


def parents_of(path: str) -> list[str]:
    """The folders above a file, from its own upwards."""
    return [str(parent) for parent in PurePosixPath(path).parents if str(parent) != "."]


def require_kind(path: str, size: int) -> None:
    """Raises NotTaken for what no import reads, and TooLarge."""
    name = PurePosixPath(path).name
    most, how = settings.UPLOAD_MAX_BYTES, SPLIT
    if endings.is_photograph(name):
        most, how = settings.IMAGE_MAX_BYTES, SMALLER
    elif endings.is_other_picture(name):
        raise NotTaken(AS_JPEG.format(name=name))
    elif not endings.is_video(name) and not is_about(name):
        raise NotTaken(OTHER.format(name=name))
    if size > most:
        raise TooLarge(TOO_LARGE.format(name=name, size=size, most=most, how=how))


def is_about(name: str) -> bool:
    """Whether a file may say something about photographs, by its ending."""
    return PurePosixPath(name).suffix.lower() in ABOUT
