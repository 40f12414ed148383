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
from reid.watching.mail import REFUSED

if TYPE_CHECKING:
    from uuid import UUID

    from exports.lifecycle.records import ExportRecord
    from exports.models import SharedLink
    from exports.sharing.links import NewLink

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

    Each recipient gets a mail of his own, so that nobody sees the others' addresses, and one who is refused keeps it from
    nobody else. Of two that come at once one sends. A link is left where a mail with it was sent.
    A mail server that is away is noted in the request, and a later round tries again; so it is where the time of the
    job is over, or the bucket or Redis is away, which is raised.
    """
    rows = ExportRequest.objects.filter(job_id=job_id, mailed_at__isnull=True)
    if not rows.update(mailed_at=timezone.now(), mail_error=""):
        return False
    row = ExportRequest.objects.get(job_id=job_id)
    row.mailed_at, row.mail_error = None, NOT_SENT  # until everybody has it
    link: SharedLink | None = None
    reached = len(row.mailed_to)
    try:
        record = status.store().get(job_id)
        if record is None:
            raise FileNotFoundError(job_id)
        if (record.file_size_bytes or 0) <= settings.EXPORT_MAIL_ATTACH_BYTES:
            mail = _with_pdf(row, record)
        else:
            new = links.of_report(ReportSpec.from_json(row.spec), row.owner_id, LINK_DAYS)
            link = new.link
            mail = _with_link(row, new)
        _send_to_each(mail, row)
        if set(row.recipients) <= set(row.mailed_to):
            row.mailed_at, row.mail_error = timezone.now(), ""
    except (OSError, links.TooManyLinks):  # SMTPException is an OSError
        logger.exception("a report was not mailed", extra={"job_id": job_id})
    finally:
        row.save(update_fields=["mailed_to", "mailed_at", "mail_error"])
        if link and len(row.mailed_to) == reached:
            link.delete()  # nobody has its key, and the next try makes another one
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


def _send_to_each(mail: EmailMessage, row: ExportRequest) -> None:
    """Send it to those whom it has not reached. Raises OSError where the mail server is away."""
    for address in row.recipients:
        if address in row.mailed_to:
            continue
        mail.to = [address]
        try:
            mail.send()
        except REFUSED:
            logger.exception("a recipient of a report was refused", extra={"job_id": row.job_id})
        else:
            row.mailed_to.append(address)


def _with_pdf(row: ExportRequest, record: ExportRecord) -> EmailMessage:
    mail = EmailMessage(row.title, ATTACHED.format(title=row.title, ranch=settings.RANCH_NAME))
    with storage.open_file(record.job_id, str(record.attempt), record.kind) as file:
        mail.attach(saved_name(record), file.read(), MEDIA_TYPES[record.kind])
    return mail


def _with_link(row: ExportRequest, new: NewLink) -> EmailMessage:
    frozen.freeze(new.link)
    until = timezone.localtime(new.link.expires_at).strftime("%-d %b %Y")
    text = LINKED.format(
        title=row.title, link=address_of(new.key), until=until, ranch=settings.RANCH_NAME
    )
    return EmailMessage(row.title, text)
