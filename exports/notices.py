"""The mail that tells a user, who asked for it, that an export has ended."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from django.core.mail import send_mail
from django.utils import timezone

from exports.records import Status

if TYPE_CHECKING:
    from exports.records import ExportRecord

logger = logging.getLogger(__name__)

COMPLETED: Final = 'Your export "{title}" is completed: {size:,} bytes. Download it before {until}.\nJob id: {job_id}\n'
FAILED: Final = 'Your export "{title}" has failed. {error}\nJob id: {job_id}\n'


def tell(record: ExportRecord) -> None:
    """Mail whoever wants to know that the export has ended.

    A mail server that is away does not undo the export: that is logged, and nothing raised.
    """
    if not record.mail_to:
        return
    subject = f"Export {record.status.value}: {record.title}"
    try:
        send_mail(subject, _text(record), None, [record.mail_to])
    except OSError:  # SMTPException is one too
        logger.exception("the mail about an export was not sent", extra={"job_id": record.job_id})


def _text(record: ExportRecord) -> str:
    if record.status is Status.COMPLETED:
        return COMPLETED.format(
            title=record.title,
            size=record.file_size_bytes,
            until=timezone.localtime(record.expires_at).strftime("%Y-%m-%d %H:%M %Z"),
            job_id=record.job_id,
        )
    return FAILED.format(title=record.title, error=record.error, job_id=record.job_id)
