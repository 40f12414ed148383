"""Figures of uploads: what has come, the room on the disk, and until when files are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, Sum

from reid.importing.reading import endings
from reid.intake import storage
from reid.intake.refusals import Unknown
from reid.models import UploadedFile

if TYPE_CHECKING:
    from reid.models import ImportRequest


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What has come in of an import so far."""

    files: int
    bytes: int
    unfinished: int


def expires_at(file: UploadedFile) -> datetime:
    """When a file that is not whole is given up: UPLOAD_KEEP_DAYS after its last byte."""
    try:
        last = datetime.fromtimestamp(storage.last_written(file), UTC)
    except Unknown:
        last = file.created_at
    return last + timedelta(days=settings.UPLOAD_KEEP_DAYS)


def disk() -> storage.Disk:
    """The disk of uploads, less what begun ones will still bring."""
    unfinished = UploadedFile.objects.filter(finished_at__isnull=True)
    outstanding = 0
    for file in unfinished.iterator():
        try:
            outstanding += max(file.size - storage.size_of(file), 0)
        except Unknown:
            continue
    return storage.disk(outstanding)


def uploaded(request: ImportRequest) -> Uploaded:
    """Counts of an import's files; two queries, whatever their number."""
    files = UploadedFile.objects.filter(request=request).order_by()
    whole = files.filter(finished_at__isnull=False)
    return Uploaded(
        files=whole.count(),
        bytes=whole.aggregate(total=Sum("size"))["total"] or 0,
        unfinished=files.filter(finished_at__isnull=True).count(),
    )


def photographs(request: ImportRequest) -> int:
    """Uploaded photographs and videos that are whole."""
    kinds = endings.PHOTOGRAPHS | endings.VIDEOS
    is_photograph = reduce(or_, (Q(path__iendswith=ending) for ending in kinds))
    whole = UploadedFile.objects.filter(request=request, finished_at__isnull=False)
    return whole.filter(is_photograph).count()


def kept_until(request: ImportRequest) -> datetime | None:
    """When the uploaded files are deleted by themselves: UPLOAD_KEEP_DAYS after the last act; None: no such time."""
    if not request.is_upload or request.files_gone_at or request.state in request.WORKING:
        return None
    last = max(filter(None, (request.touched_at, request.finished_at)))
    return last + timedelta(days=settings.UPLOAD_KEEP_DAYS)
