"""Whole photographs for people: small ones for lists, and copies that a browser can show, without people and vehicles.

All are made when they are first asked for, and kept. Whoever asks at the same moment waits for the one who makes it.
A photograph is its bytes: what is made of it stays right until another region of it is blurred.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO, Final, Self, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation

from reid.imaging.crops import Box, encode_jpeg
from reid.imaging.decoding import ImageProblem, open_oriented, opened, orientation
from reid.imaging.frame import Frame
from reid.imaging.frames import CHANGED, read_frame
from reid.showing.blurring import blurred, key_of
from reid.showing.kept import comment_of
from reid.showing.regions import regions_on
from reid.storage.locks import lock_file
from reid.storage.photo_store import photo_store, read_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from uuid import UUID

    from reid.models import Image

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
    """Where the copy for browsers is kept, of a format that they do not show, or with regions blurred."""
    return f"photographs/{image.hex[:2]}/{image}.jpg"


@dataclass(frozen=True, slots=True)
class Shown:
    """A photograph as a browser shows it: its open file, and `name` and media type of that in the store."""

    file: IO[bytes]
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Showable:
    """A photograph that is to be shown, and the regions of it that are not.

    `size` in bytes as it was imported, None where that is not known: a file of another size is not the photograph.
    """

    id: UUID
    frame: Frame
    size: int | None
    regions: tuple[Box, ...]

    @classmethod
    def of(cls, image: Image) -> Self:
        """By its row, and what is found on it just now."""
        regions = regions_on([image.pk]).get(image.pk, ())
        return cls(image.pk, Frame.of(image), image.size, regions)

    @property
    def version(self) -> str:
        """Text that is another one where the pictures are others."""
        return "-".join(filter(None, [self.frame.sha256, key_of(self.regions)]))

    def small(self) -> IO[bytes]:
        """A JPEG of at most SIDE pixels. Raises ImageProblem where the file cannot be read."""
        return self._kept(small_name(self.id), at_least=SIDE)

    def whole(self) -> Shown:
        """As a browser shows it, upright: the very file, or a JPEG made of it.

        Raises ImageProblem: missing, changed, unreadable or too_large.
        """
        try:
            file = photo_store.open(self.frame.path)
        except FileNotFoundError as error:
            raise ImageProblem("missing", self.frame.path) from error
        except (OSError, SuspiciousOperation) as error:
            raise ImageProblem("unreadable", self.frame.path) from error
        try:
            if self.size is not None and file.size != self.size:
                raise ImageProblem("changed", CHANGED)
            media_type = "" if self.regions else _media_type(cast("BinaryIO", file))
        except ImageProblem:
            file.close()
            raise
        if media_type:
            file.seek(0)
            return Shown(file, self.frame.path, media_type)
        file.close()
        name = copy_name(self.id)
        return Shown(self._kept(name, at_least=None), name, "image/jpeg")

    def _kept(self, name: str, *, at_least: int | None) -> IO[bytes]:
        key = key_of(self.regions)
        if (content := _read(name, key)) is None:
            with _alone(name):
                content = _read(name, key)  # made while this one waited
                if content is None:
                    content = self._made(at_least)
                    photo_store.replace(name, content)
        return io.BytesIO(content)

    def _made(self, at_least: int | None) -> bytes:
        picture = open_oriented(
            io.BytesIO(read_frame(self.frame)),
            max_pixels=settings.IMAGE_MAX_PIXELS,
            max_bytes=settings.IMAGE_MAX_BYTES,
            at_least=at_least,
        )
        picture = blurred(picture, self.regions, self.frame.size)
        comment = key_of(self.regions).encode("ascii")
        if at_least is None:
            return encode_jpeg(picture, comment=comment)
        picture.thumbnail((at_least, at_least))
        return encode_jpeg(picture, QUALITY, comment)


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


def _read(name: str, key: str) -> bytes | None:
    """The kept file, where these regions are blurred in it and no others."""
    with contextlib.suppress(FileNotFoundError):
        content = read_file(name)
        if comment_of(content) == key:
            return content
    return None


@contextlib.contextmanager
def _alone(name: str) -> Iterator[None]:
    """While one thread of one process of this machine is in here, others that want the same wait."""
    number = zlib.crc32(name.encode()) % _LOCKS
    with lock_file(f"pictures-{number:02}") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
