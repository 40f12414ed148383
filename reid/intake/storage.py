"""Storage of uploads: the only module that touches UPLOAD_ROOT.

A file grows as `.parts/ID`, and gets its own name in `IMPORT/relative/path` when it is whole and on the disk. Names are
made of parsed UUIDs and of paths that `reid.intake.names.safe_path` has passed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol
from uuid import UUID, uuid4

from django.conf import settings

from reid.intake.refusals import BadChecksum, Busy, NameTaken, Unknown
from reid.storage.photo_store import photo_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reid.models import UploadedFile

_PARTS: Final = ".parts"
_BLOCK: Final = 1 << 20
BUSY: Final = "Another window sends {path} just now."
GONE: Final = "{path} is not there any more: choose it again."
CHECKSUM: Final = "The bytes came otherwise than they were sent: send them again."
TAKEN: Final = "Something else has the name {path}: rename the file."


class Stream(Protocol):
    """The body of a request."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a sender says of one request's bytes; `algorithm` is one of hashlib's."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk on which uploads lie."""

    free: int
    """What may still be filled: less the reserve, and less what begun uploads will take."""
    size: int


def folder_of(request: UUID) -> Path:
    """The folder of an import's uploaded files; it is there from the first file on."""
    return Path(settings.UPLOAD_ROOT) / str(request)


def part_of(file: UUID) -> Path:
    return Path(settings.UPLOAD_ROOT) / _PARTS / str(file)


def begin(file: UploadedFile) -> None:
    """An empty part, and the folder in which the file will lie. Raises NameTaken where a file stands in its way."""
    target = folder_of(file.request_id) / file.path
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise NameTaken(TAKEN.format(path=file.path)) from error
    if target.is_dir():
        raise NameTaken(TAKEN.format(path=file.path))
    part = part_of(file.pk)
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part.touch(mode=0o600)


def size_of(file: UploadedFile) -> int:
    """Bytes that are there. Raises Unknown where there is neither a part nor the whole file."""
    if file.finished_at is not None:
        return file.size
    with suppress(FileNotFoundError):
        return part_of(file.pk).stat().st_size
    if is_in_place(file):  # whoever put it there died before the row said so
        return file.size
    raise Unknown(GONE.format(path=file.path))


def is_in_place(file: UploadedFile) -> bool:
    target = folder_of(file.request_id) / file.path
    return target.is_file() and target.stat().st_size == file.size


def last_written(file: UploadedFile) -> float:
    """Seconds since the epoch. Raises Unknown."""
    try:
        return part_of(file.pk).stat().st_mtime
    except FileNotFoundError as error:
        raise Unknown(GONE.format(path=file.path)) from error


@contextmanager
def opened(file: UploadedFile) -> Iterator[BinaryIO]:
    """The part, to be written at its end by this request alone. Raises Busy, and Unknown where it is gone."""
    try:
        part = part_of(file.pk).open("r+b", buffering=0)
    except FileNotFoundError as error:
        raise Unknown(GONE.format(path=file.path)) from error
    with part:
        try:
            flock(part, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise Busy(BUSY.format(path=file.path)) from error
        if not os.fstat(part.fileno()).st_nlink:  # it was taken away while we waited for it
            raise Unknown(GONE.format(path=file.path))
        yield part


def write(part: BinaryIO, stream: Stream, length: int, checksum: Checksum | None) -> None:
    """The bytes of a request at the end of a part; those with a checksum once they are seen to be right.

    Raises BadChecksum, OSError where the disk is full, and what the stream raises.
    """
    for block in _checked(stream, length, checksum) if checksum else _blocks(stream, length):
        rest = memoryview(block)
        while rest:  # a raw file may take less at a time
            rest = rest[part.write(rest) :]


def _blocks(stream: Stream, length: int) -> Iterator[bytes]:
    while length and (block := stream.read(min(length, _BLOCK))):
        length -= len(block)
        yield block


def _checked(stream: Stream, length: int, checksum: Checksum) -> Iterable[bytes]:
    """The bytes, once all of them are there and are those that were sent. Raises BadChecksum."""
    blocks = list(_blocks(stream, length))
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    if digest.digest() != checksum.digest:
        raise BadChecksum(CHECKSUM)
    return blocks


def put_in_place(file: UploadedFile) -> None:
    """Give a whole part its own name, and the time at which it was last changed. Raises NameTaken."""
    part, target = part_of(file.pk), folder_of(file.request_id) / file.path
    if file.modified_ms is not None:
        with suppress(OSError, OverflowError):  # a time that the file system does not know
            os.utime(part, ns=(time.time_ns(), file.modified_ms * 1_000_000))
    try:
        if target.exists():
            raise FileExistsError
        part.rename(target)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise NameTaken(TAKEN.format(path=file.path)) from error


def forget(file: UploadedFile) -> None:
    """Delete the part or the whole file, and the folders that are empty without it."""
    part_of(file.pk).unlink(missing_ok=True)
    root = folder_of(file.request_id)
    target = root / file.path
    if file.finished_at is not None or is_in_place(file):
        target.unlink(missing_ok=True)
    for folder in target.parents:
        if folder in (root, *root.parents):
            break
        with suppress(OSError):  # it holds another file
            folder.rmdir()


def forget_all(request: UUID, parts: Iterator[UUID] | list[UUID]) -> None:
    """Delete everything that was uploaded for an import."""
    for part in parts:
        part_of(part).unlink(missing_ok=True)
    shutil.rmtree(folder_of(request), ignore_errors=True)


def disk(outstanding: int) -> Disk:
    """The disk of uploads; `outstanding`: bytes that begun uploads will still bring."""
    root = Path(settings.UPLOAD_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    usage = shutil.disk_usage(root)
    free = usage.free - settings.UPLOAD_DISK_RESERVE - outstanding
    return Disk(free=max(free, 0), size=usage.total)


def can_link(folder: Path) -> bool:
    """Whether a file of the folder can be a photograph of the store without a second copy: by trying it."""
    media = photo_store.folder
    if media is None:
        return False
    probe, link = folder / f".{uuid4().hex}.probe", media / f".{uuid4().hex}.probe"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch(mode=0o600)
        os.link(probe, link)
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
        link.unlink(missing_ok=True)
    return True
