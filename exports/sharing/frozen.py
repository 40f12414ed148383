"""Frozen reports: what a shared report shows, made once, so that whoever has the link cannot make the server work."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import django_rq
from django.utils import timezone

from exports.models import FrozenReport, SharedLink
from exports.requests.specs import ReportSpec

if TYPE_CHECKING:
    from exports.models import SharedLinkQuerySet

QUEUE: Final = "exports"
OVERDUE: Final = timedelta(minutes=10)
FAILED: Final = "The report could not be built. Make the link anew; if it fails again, ask whoever runs this server."


def freeze(link: SharedLink) -> FrozenReport:
    """Build page and PDF of a shared report, of one moment; what is there already stays.

    Raises ValueError and TypeError where the link's spec cannot be read.
    """
    frozen = FrozenReport.objects.filter(link=link).first()
    if frozen:
        return frozen
    # Here, not above: web servers import this module too, and need neither WeasyPrint nor matplotlib.
    from exports.report import page, pdf

    spec = ReportSpec.from_json(link.spec or {})
    report = page.compose(page.collected(spec), spec)
    out = io.BytesIO()
    pdf.write_page(report, out)
    return FrozenReport.objects.get_or_create(
        link=link, defaults={"page": page.as_html(report), "pdf": out.getvalue()}
    )[0]


def freeze_open(link_id: int) -> None:
    """Freeze what an open link shows; where that fails, its row says so, and the error goes on."""
    link = SharedLink.objects.open().filter(pk=link_id).first()
    if link is None:
        return
    try:
        freeze(link)
    except Exception:
        SharedLink.objects.filter(pk=link_id).update(error=FAILED)
        raise


def freeze_later(link: SharedLink) -> None:
    """Have a worker build what the link shows. Raises redis.RedisError; a later round does it then."""
    django_rq.get_queue(QUEUE).enqueue("exports.jobs.freeze_link", args=(link.pk,), result_ttl=300)


def unfrozen() -> SharedLinkQuerySet:
    """Open links to reports that show nothing yet, though a worker has had OVERDUE to build them."""
    return SharedLink.objects.open().filter(
        spec__isnull=False, frozen__isnull=True, error="", created_at__lt=timezone.now() - OVERDUE
    )
