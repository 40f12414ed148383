"""Whole photographs for people: small ones for lists, and copies that a browser can show.

Both are made when they are first asked for, and kept. Whoever asks at the same moment waits for the one who makes it.
A photograph is its bytes: what is made of it stays right as long as its row is there.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation

from reid.imaging.crops import encode_jpeg
from reid.imaging.decoding import ImageProblem, open_oriented, opened, orientation
from reid.imaging.frames import CHANGED, read_frame
from reid.storage.photo_store import opened as opened_file
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from reid.imaging.frame import Frame

SIDE: Final = 320
"""Pixels of the longest side of a small one."""
QUALITY: Final = 78
_LOCKS: Final = 64
"""Files that makers lock; two photographs that share one wait for each other, which is rare and harmless."""


_SHOWN: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
}
"""Media types of the formats that every browser shows."""


def small_name(image: UUID) -> str:
    """Where a small photograph is kept; two digits of the id keep folders small."""
    return f"photographs/{image.hex[:2]}/{image}.small.jpg"


def copy_name(image: UUID) -> str:
    """Where the copy for browsers is kept, of a format that they do not show."""
    return f"photographs/{image.hex[:2]}/{image}.jpg"


def small(image: UUID, frame: Frame) -> IO[bytes]:
    """The photograph as a JPEG of at most SIDE pixels. Raises ImageProblem where its file cannot be read."""
    return _kept(small_name(image), frame, at_least=SIDE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A photograph as a browser shows it: its open file, and `name` and media type of that in the store."""

    file: IO[bytes]
    name: str
    media_type: str


def shown(image: UUID, frame: Frame, size: int | None) -> Shown:
    """The whole photograph as a browser shows it, upright: the very file, or a JPEG made of it.

    `size` in bytes as it was imported, None where that is not known: a file of another size is not the photograph.
    Raises ImageProblem: missing, changed, unreadable or too_large.
    """
    try:
        file = photo_store.open(frame.path)
    except FileNotFoundError as error:
        raise ImageProblem("missing", frame.path) from error
    except (OSError, SuspiciousOperation) as error:
        raise ImageProblem("unreadable", frame.path) from error
    try:
        if size is not None and file.size != size:
            raise ImageProblem("changed", CHANGED)
        media_type = _media_type(cast("BinaryIO", file))
    except ImageProblem:
        file.close()
        raise
    if media_type:
        file.seek(0)
        return Shown(file, frame.path, media_type)
    file.close()
    name = copy_name(image)
    return Shown(_kept(name, frame, at_least=None), name, "image/jpeg")


def _media_type(file: BinaryIO) -> str:
    """The media type by which browsers show this very file, upright; empty where they need a copy.

    All of them turn a JPEG by its EXIF, and not all of them other formats; HEIC and TIFF few of them show at all.
    """
    image = opened(file, settings.IMAGE_MAX_PIXELS, settings.IMAGE_MAX_BYTES)
    media_type = _SHOWN.get(image.format or "", "")
    return media_type if media_type == "image/jpeg" or orientation(image) == 1 else ""


def delete_photographs(images: Iterable[UUID]) -> None:
    """Delete what was made of photographs that are gone; where there is none, nothing."""
    names = [name for key in images for name in (small_name(key), copy_name(key))]
    photo_store.delete_all(names)


def _kept(name: str, frame: Frame, *, at_least: int | None) -> IO[bytes]:
    with contextlib.suppress(FileNotFoundError):
        return opened_file(name)
    with _alone(name):
        with contextlib.suppress(FileNotFoundError):  # made while this one waited
            return opened_file(name)
        content = _made(frame, at_least)
        photo_store.replace(name, content)
    return io.BytesIO(content)


def _made(frame: Frame, at_least: int | None) -> bytes:
    picture = open_oriented(
        io.BytesIO(read_frame(frame)),
        max_pixels=settings.IMAGE_MAX_PIXELS,
        max_bytes=settings.IMAGE_MAX_BYTES,
        at_least=at_least,
    )
    if at_least is None:
        return encode_jpeg(picture)
    picture.thumbnail((at_least, at_least))
    return encode_jpeg(picture, QUALITY)


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """While one thread of one process of this machine is in here, others that want the same wait."""
    folder = Path(settings.THUMPER_HOME) / "locks"
    folder.mkdir(mode=0o700, exist_ok=True)
    number = zlib.crc32(name.encode()) % _LOCKS
    with (folder / f"pictures-{number:02}").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
