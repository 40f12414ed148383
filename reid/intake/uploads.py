"""Uploads: files of one import begun, filled from wherever they were, finished and taken away. It knows no HTTP."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from reid.db import disk
from reid.intake import figures, names, storage
from reid.intake.refusals import (
    BadChecksum,
    Expired,
    NameTaken,
    NoRoom,
    NotNow,
    TooLarge,
    Unknown,
    WrongOffset,
)
from reid.models import ImportRequest, UploadedFile

if TYPE_CHECKING:
    from uuid import UUID

NOT_NOW: Final = "The import of {title} is under way: begin another one for more files."
NO_UPLOAD: Final = "The import of {title} is of a folder of the server: no files are sent for it."
MANY: Final = "An import takes {most:,} files: begin another one for the rest."
NO_ROOM: Final = (
    "The disk has room for {free:,} more bytes, and {name} has {size:,}: free some space, or ask "
    "whoever runs this server."
)
FULL: Final = "The disk is full: free some space, and go on."
OTHER_FILE: Final = (
    "Another file was uploaded as {path}: rename one of them, or take the first away."
)
ALIKE: Final = "{path} and {other} differ in their spelling alone: rename one of them."
IN_THE_WAY: Final = "{path} would lie in {other}, which is a file: rename one of them."
TOO_MANY_BYTES: Final = (
    "{path} was announced with {size:,} bytes, and there would be more: send it anew."
)
LONG_CHUNK: Final = "One request brings at most {most:,} bytes: send the file in smaller pieces."
OFFSET: Final = "{path} goes on at byte {at:,}."
NOT_WHOLE: Final = "{path} came otherwise than it was sent: choose it again."
NO_FILE: Final = "There is no such upload."
EXPIRED: Final = "{path} was not finished in {days} days, and is gone: choose it again."

_TOUCH: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as its sender describes it. `modified_ms`: since the epoch; `sha256`: hex, or empty."""

    path: str
    size: int
    modified_ms: int | None = None
    sha256: str = ""


def begin(request: ImportRequest, announced: Announced) -> tuple[UploadedFile, bool]:
    """The upload of a file, and whether it is new: one that was begun before goes on.

    Raises BadName, NotTaken, TooLarge, NameTaken, NoRoom and NotNow.
    """
    _require_open(request)
    path = names.safe_path(announced.path)
    names.require_kind(path, announced.size)
    key = names.key_of(path)
    if known := UploadedFile.objects.filter(request=request, path_key=key).first():
        return _same(known, path, announced), False
    above = {names.key_of(parent): parent for parent in names.parents_of(path)}
    in_the_way = UploadedFile.objects.filter(request=request, path_key__in=above).first()
    if in_the_way:
        raise NameTaken(IN_THE_WAY.format(path=path, other=in_the_way.path))
    if UploadedFile.objects.filter(request=request).count() >= settings.UPLOAD_MAX_FILES:
        raise TooLarge(MANY.format(most=settings.UPLOAD_MAX_FILES))
    if (free := figures.disk().free) < announced.size:
        raise NoRoom(NO_ROOM.format(free=free, name=path, size=announced.size))
    try:
        with transaction.atomic():
            file = UploadedFile.objects.create(
                request=request,
                path=path,
                path_key=key,
                size=announced.size,
                modified_ms=announced.modified_ms,
                sha256=announced.sha256.lower(),
            )
            storage.begin(file)
    except IntegrityError:  # another window began it at the same moment
        known = UploadedFile.objects.get(request=request, path_key=key)
        return _same(known, path, announced), False
    _touch(request)
    if not file.size:
        _finish(file)
    return file, True


def _touch(request: ImportRequest) -> None:
    """Somebody is at it; and a preview was about the files that were there before."""
    now = timezone.now()
    if request.preview is not None or now - request.touched_at > _TOUCH:
        request.preview, request.touched_at = None, now
        request.save(update_fields=["preview", "touched_at"])


def _same(known: UploadedFile, path: str, announced: Announced) -> UploadedFile:
    """The file that was begun, where this one is the same. Raises NameTaken."""
    if known.path != path:
        raise NameTaken(ALIKE.format(path=path, other=known.path))
    hashes = {known.sha256, announced.sha256.lower()} - {""}
    times = {known.modified_ms, announced.modified_ms} - {None}
    is_other = known.size != announced.size or len(hashes) > 1
    if is_other or (len(times) > 1 and not (known.sha256 and announced.sha256)):
        raise NameTaken(OTHER_FILE.format(path=path))
    return known


def find(request: UUID, file: UUID) -> UploadedFile:
    """Raises Unknown for one that is not there, and Expired."""
    row = UploadedFile.objects.select_related("request").filter(pk=file, request=request).first()
    if row is None:
        raise Unknown(NO_FILE)
    if row.finished_at is None and figures.expires_at(row) < timezone.now():
        raise Expired(EXPIRED.format(path=row.path, days=settings.UPLOAD_KEEP_DAYS))
    return row


def offset_of(file: UploadedFile) -> int:
    """Bytes that have come. Raises Unknown."""
    at = storage.size_of(file)
    if at == file.size and file.finished_at is None and storage.is_in_place(file):
        _mark_finished(file)
    return at


def append(
    file: UploadedFile,
    offset: int,
    stream: storage.Stream,
    length: int,
    checksum: storage.Checksum | None = None,
) -> int:
    """Add `length` bytes at `offset`, and finish the file where it is whole; where it ends now.

    What came before a broken connection stays, but for bytes with a checksum: they come as a whole or not at all.
    Raises WrongOffset, TooLarge, NoRoom, BadChecksum, NameTaken, NotNow, and Busy while another request writes.
    """
    _require_open(file.request)
    if length > settings.UPLOAD_CHUNK_BYTES:
        raise TooLarge(LONG_CHUNK.format(most=settings.UPLOAD_CHUNK_BYTES))
    if (at := offset_of(file)) == file.size:
        _require_offset(file, offset, at)
        return at
    with storage.opened(file) as part:
        at = os.fstat(part.fileno()).st_size
        _require_offset(file, offset, at)
        if at + length > file.size:
            raise TooLarge(TOO_MANY_BYTES.format(path=file.path, size=file.size))
        if storage.disk(0).free < length:
            raise NoRoom(FULL)
        part.seek(at)
        try:
            storage.write(part, stream, length, checksum)
        except OSError as error:
            if disk.is_full(error):
                raise NoRoom(FULL) from error
            raise
        end = part.tell()
        if end == file.size:
            os.fsync(part.fileno())
            _finish(file)
    return end


def _require_offset(file: UploadedFile, offset: int, at: int) -> None:
    if offset != at:
        raise WrongOffset(OFFSET.format(path=file.path, at=at))


def _require_open(request: ImportRequest) -> None:
    if not request.is_upload:
        raise NotNow(NO_UPLOAD.format(title=request.title))
    if not request.may_change:
        raise NotNow(NOT_NOW.format(title=request.title))


def _finish(file: UploadedFile) -> None:
    """A whole part becomes the file. Raises BadChecksum where it is not what its sender said: then it is gone."""
    if file.sha256:
        with storage.part_of(file.pk).open("rb") as part:
            digest = hashlib.file_digest(part, "sha256").hexdigest()
        if digest != file.sha256:
            take_away(file)
            raise BadChecksum(NOT_WHOLE.format(path=file.path))
    storage.put_in_place(file)
    _mark_finished(file)


def _mark_finished(file: UploadedFile) -> None:
    file.finished_at = timezone.now()
    UploadedFile.objects.filter(pk=file.pk).update(finished_at=file.finished_at)


def take_away(file: UploadedFile) -> None:
    """Delete one file of an upload. Raises NotNow while an import reads it."""
    _require_open(file.request)
    storage.forget(file)
    file.delete()
