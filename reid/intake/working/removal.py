"""Removal: an import undone with all its records, and uploads that nobody needs any more."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from reid.import_undo.undo import undo
from reid.intake import figures, requests, storage
from reid.models import Import, ImportRequest, UploadedFile

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from reid.import_undo.undo import UndoReport

logger = logging.getLogger(__name__)


def undo_whole(
    record: Import, *, actor: User, keep_used: bool = False, dry_run: bool = False
) -> list[UndoReport]:
    """Undo an import, and what was imported of the same request before its worker died; the newest first.

    The request is open again then, so that its photographs can be imported with other answers. Raises UndoRefused as
    `reid.import_undo.undo.undo` does; then nothing is changed. A dry run only says what would go.
    """
    request = record.request
    with transaction.atomic():
        keys = [record.pk]
        if request is not None:
            rest = request.records.filter(undone_at__isnull=True).order_by("-started_at")
            keys = list(rest.values_list("pk", flat=True)) or keys
        reports = [undo(key, actor=actor, keep_used=keep_used or dry_run) for key in keys]
        if request is not None:
            imported = ImportRequest.objects.filter(pk=request.pk).exclude(
                state__in=ImportRequest.WORKING
            )
            imported.update(
                state=ImportRequest.State.OPEN,
                preview=None,
                run=None,
                error="",
                touched_at=timezone.now(),
            )
        if dry_run:
            transaction.set_rollback(True)
    return reports


def sweep() -> int:
    """Delete uploads that nobody has touched for UPLOAD_KEEP_DAYS, whole ones and begun ones; how many files."""
    oldest = timezone.now() - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    gone = 0
    quiet = ImportRequest.objects.filter(
        place=ImportRequest.Place.UPLOAD, files_gone_at__isnull=True, touched_at__lt=oldest
    ).exclude(state__in=[*ImportRequest.WORKING, *ImportRequest.WAITING])
    quiet = quiet.filter(Q(finished_at__isnull=True) | Q(finished_at__lt=oldest))
    for request in quiet.annotate(last=Max("files__created_at")):
        if request.last is None or request.last < oldest:
            count = request.files.count()
            requests.remove(request)
            gone += count
            logger.info("deleted %d uploaded files of %s, untouched for long", count, request.title)
    return gone + _sweep_begun()


def _sweep_begun() -> int:
    """Delete files that were begun and never finished."""

    now, expired = timezone.now(), []
    begun = UploadedFile.objects.filter(finished_at__isnull=True).select_related("request")
    for file in begun.iterator():
        if figures.expires_at(file) < now and not storage.is_in_place(file):
            expired.append(file)
    for file in expired:
        storage.forget(file)
        file.delete()
    return len(expired)
