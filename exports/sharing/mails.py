"""Mails of reports to people who may have no account: with the PDF, or with a link that shows it."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from exports.lifecycle import status, storage
from exports.lifecycle.records import MEDIA_TYPES, saved_name
from exports.models import ExportRequest
from exports.requests.specs import ReportSpec
from exports.sharing import frozen, links

if TYPE_CHECKING:
    from uuid import UUID

    from exports.lifecycle.records import ExportRecord

logger = logging.getLogger(__name__)

LINK_DAYS: Final = links.USUAL
ATTACHED: Final = """\
{title}

The report is attached as a PDF.

{ranch}
"""
LINKED: Final = """\
{title}

The report can be looked at, and saved as a PDF, without an account until {until}:

{link}

Whoever has this address can see the report.

{ranch}
"""
NOT_SENT: Final = "The mail could not be sent; it is tried again while the file is kept."
SHARED_PAGE: Final = "/shared/{key}"


def deliver(job_id: UUID) -> bool:
    """Mail a finished report to its recipients, unless that was done; return whether it was done now.

    Each recipient gets a mail of his own, so that nobody sees the others' addresses. Of two that come at once one sends.
    A mail server that is away is noted in the request, and a later round tries again; so it is where the time of the
    job is over, or the bucket or Redis is away, which is raised.
    """
    rows = ExportRequest.objects.filter(job_id=job_id, mailed_at__isnull=True)
    if not rows.update(mailed_at=timezone.now(), mail_error=""):
        return False
    row = ExportRequest.objects.get(job_id=job_id)
    row.mailed_at, row.mail_error = None, NOT_SENT  # until everybody has it
    try:
        record = status.store().get(job_id)
        if record is None:
            raise FileNotFoundError(job_id)
        mail = _composed(row, record)
        for address in row.recipients:
            if address not in row.mailed_to:
                mail.to = [address]
                mail.send()
                row.mailed_to.append(address)
        row.mailed_at, row.mail_error = timezone.now(), ""
    except (OSError, links.TooManyLinks):  # SMTPException is an OSError
        logger.exception("a report was not mailed", extra={"job_id": job_id})
    finally:
        row.save(update_fields=["mailed_to", "mailed_at", "mail_error"])
    return row.mailed_at is not None


def address_of(key: str) -> str:
    """The whole address of a link, for people."""
    return settings.SITE_URL + SHARED_PAGE.format(key=key)


def reaches_this_computer_alone() -> bool:
    """Whether such an address leads nowhere on any other computer: SITE_URL names this one as it calls itself."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _composed(row: ExportRequest, record: ExportRecord) -> EmailMessage:
    """With the PDF where it is small enough (EXPORT_MAIL_ATTACH_BYTES), else with a link."""
    words = {"title": row.title, "ranch": settings.RANCH_NAME}
    if (record.file_size_bytes or 0) <= settings.EXPORT_MAIL_ATTACH_BYTES:
        mail = EmailMessage(row.title, ATTACHED.format(**words))
        with storage.open_file(record.job_id, str(record.attempt), record.kind) as file:
            mail.attach(saved_name(record), file.read(), MEDIA_TYPES[record.kind])
        return mail
    new = links.of_report(ReportSpec.from_json(row.spec), row.owner_id, LINK_DAYS)
    frozen.freeze(new.link)
    until = timezone.localtime(new.link.expires_at).strftime("%-d %b %Y")
    return EmailMessage(row.title, LINKED.format(link=address_of(new.key), until=until, **words))
