"""Mails about exports that have ended, to whoever asked for one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from exports.lifecycle import storage
from exports.lifecycle.records import DOWNLOAD_URL, MEDIA_TYPES, ExportStatus, saved_name
from exports.requests.specs import ExportKind

if TYPE_CHECKING:
    from exports.lifecycle.records import ExportRecord

logger = logging.getLogger(__name__)

COMPLETED: Final = """\
Your export "{title}" is completed: {size:,} bytes. Download it before {until}:

{link}

Job id: {job_id}
"""
FAILED: Final = """\
Your export "{title}" has failed. {error}

Your exports:
{link}

Job id: {job_id}
"""
EXPORTS_PAGE: Final = "/exports/"


def send(record: ExportRecord) -> None:
    """Mail whoever wants to know that the export has ended; a small report travels with it.

    A mail server that is away does not undo the export: that is logged, and nothing raised.
    """
    if not record.mail_to:
        return
    subject = f"Export {record.status.value}: {record.title}"
    mail = EmailMessage(subject, _text(record), None, [record.mail_to])
    try:
        if _travels(record):
            with storage.open_file(record.job_id, str(record.attempt), record.kind) as file:
                mail.attach(saved_name(record), file.read(), MEDIA_TYPES[record.kind])
        mail.send()
    except OSError:  # SMTPException is one too
        logger.exception("the mail about an export was not sent", extra={"job_id": record.job_id})


def _travels(record: ExportRecord) -> bool:
    """Whether the file goes with the mail: a report of at most EXPORT_MAIL_ATTACH_BYTES."""
    return (
        record.status is ExportStatus.COMPLETED
        and record.kind is ExportKind.PDF
        and (record.file_size_bytes or 0) <= settings.EXPORT_MAIL_ATTACH_BYTES
    )


def _text(record: ExportRecord) -> str:
    if record.status is ExportStatus.COMPLETED:
        return COMPLETED.format(
            title=record.title,
            size=record.file_size_bytes,
            until=timezone.localtime(record.expires_at).strftime("%Y-%m-%d %H:%M %Z"),
            link=settings.SITE_URL + DOWNLOAD_URL.format(filename=record.filename),
            job_id=record.job_id,
        )
    return FAILED.format(
        title=record.title,
        error=record.error,
        link=settings.SITE_URL + EXPORTS_PAGE,
        job_id=record.job_id,
    )
