"""Files of exports: the only module that touches EXPORT_ROOT, and the bucket where EXPORT_STORAGE names one.

A file is written as `{job_id}.{attempt}.{ext}.part` and renamed when it is whole and on the disk, so that
a whole file's name never stands on half a file; a bucket takes whole files anyway, under the same names. Downloads of
both go through the server, which knows whose they are, and counts their bytes and ranges. Names are built from a parsed UUID, a token that we made
and a known ending; nothing from a client or from Redis is joined to a path.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast
from uuid import UUID

from django.conf import settings
from django.core.files.storage import storages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exports.requests.specs import ExportKind
    from reid.storage.bucket import BucketStorage

_NAME: Final = re.compile(
    r"(?P<job>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\.(?P<attempt>[0-9a-f]{32})"
    r"\.(?:pdf|zip)(?P<part>\.part)?"
)
_ATTEMPT: Final = re.compile(r"[0-9a-f]{32}")


def _bucket() -> BucketStorage | None:
    """Where published files lie, if not in EXPORT_ROOT."""
    is_used = settings.EXPORT_STORAGE == "s3"
    return cast("BucketStorage", storages["exports"]) if is_used else None


def _path(job_id: UUID, attempt: str, kind: ExportKind) -> Path:
    if not _ATTEMPT.fullmatch(attempt):
        raise ValueError(f"no attempt token: {attempt!r}")
    return Path(settings.EXPORT_ROOT) / f"{job_id}.{attempt}.{kind.value}"


class DigestWriter(io.BufferedWriter):
    """A file being written, with its size in bytes and its SHA-256 so far.

    It cannot seek: what was hashed stays as it was. zipfile notices and writes a stream.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "x"))
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: Any) -> int:
        written = super().write(data)
        self._digest.update(data)
        self.size += written
        return written

    def seekable(self) -> bool:
        return False

    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation("an export is written from its beginning to its end")

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class Draft:
    """One attempt's file, from its first byte to its place among the exports. It grows in EXPORT_ROOT in any case.

    A context manager: what was not published when it ends is removed.
    """

    def __init__(self, job_id: UUID, attempt: str, kind: ExportKind) -> None:
        self.path = _path(job_id, attempt, kind)
        self._part = self.path.with_name(self.path.name + ".part")
        self.out = DigestWriter(self._part)

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full disk refuses the last buffer again
            self.out.close()
        self._part.unlink(missing_ok=True)

    def begin_again(self) -> None:
        """Drop what was written: a file of which a part was read before an outage is no file of one moment."""
        self.out.close()
        self._part.unlink()
        self.out = DigestWriter(self._part)

    def publish(self) -> None:
        """Put the whole file in its place, where it survives a power cut. Raises StoreAway."""
        self.out.flush()
        os.fsync(self.out.fileno())
        self.out.close()
        if bucket := _bucket():
            bucket.put_file(self.path.name, self._part)
            return
        self._part.replace(self.path)
        directory = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def withdraw(self) -> None:
        """Remove the published file of an attempt that lost; no other attempt's. Raises StoreAway."""
        _remove(self.path.name)


def open_file(job_id: UUID, attempt: str, kind: ExportKind) -> BinaryIO:
    """The published file, for reading. Raises FileNotFoundError where it is gone, StoreAway."""
    path = _path(job_id, attempt, kind)
    if bucket := _bucket():
        return cast("BinaryIO", bucket.open(path.name))
    return path.open("rb")


def free_bytes() -> int:
    """What may still be written to the disk on which exports lie."""
    return shutil.disk_usage(settings.EXPORT_ROOT).free


def discard(job_id: UUID) -> None:
    """Remove every file of the export, whole or not. Raises StoreAway."""
    for name in _names(f"{job_id}."):
        _remove(name)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies among the exports. `is_part`: not published (yet)."""

    name: str
    job_id: UUID
    attempt: str
    is_part: bool

    def unlink(self) -> None:
        _remove(self.name)


def stored_files() -> Iterator[StoredFile]:
    """Every file that bears an export's name; what others put there is not ours to judge. Raises StoreAway."""
    for name in sorted(_names("")):
        if match := _NAME.fullmatch(name):
            yield StoredFile(name, UUID(match["job"]), match["attempt"], bool(match["part"]))


def says() -> str:
    """Empty where published files can be read and written, else what is wrong, for whoever runs the server."""
    bucket = _bucket()
    return bucket.says() if bucket else ""


def _names(beginning: str) -> set[str]:
    """Files that lie in EXPORT_ROOT, and in the bucket: parts grow in the one, and some may be from before the other."""
    folder = {path.name for path in Path(settings.EXPORT_ROOT).glob(f"{beginning}*")}
    bucket = _bucket()
    return folder | set(bucket.names(beginning)) if bucket else folder


def _remove(name: str) -> None:
    (Path(settings.EXPORT_ROOT) / name).unlink(missing_ok=True)
    if (bucket := _bucket()) and not name.endswith(".part"):
        bucket.delete(name)
