"""Public pages: what a shared link shows to whoever has its address, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from exports.lifecycle.records import file_name
from exports.models import FrozenReport
from exports.requests.specs import ExportKind
from exports.sharing import deer_page, links, openings
from thumper.accounts.addresses import client_address

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def show(request: HttpRequest, key: str) -> HttpResponse:
    """A report as it was when its link was made, or a deer as it is now. 404 for every other key."""
    if (busy := _too_often(request, key)) is not None:
        return busy
    link = links.opened_by(key)
    if link is None:
        return _private(render(request, "shared/gone.html", status=404))
    if link.deer:
        context = {"link": link, "deer": deer_page.public_deer(link.deer)}
        return _private(render(request, "shared/deer.html", context))
    frozen = FrozenReport.objects.defer("pdf").filter(link=link).first()
    # Our own template made this text, from escaped values.
    body = mark_safe(frozen.page) if frozen else ""  # noqa: S308
    context = {"link": link, "frozen": frozen, "body": body, "key": key}
    return _private(render(request, "shared/report.html", context))


@require_safe
def pdf(request: HttpRequest, key: str) -> HttpResponse:
    """The PDF of a shared report."""
    if (busy := _too_often(request, key)) is not None:
        return busy
    link = links.opened_by(key)
    frozen = FrozenReport.objects.defer("page").filter(link=link).first() if link else None
    if link is None or frozen is None:
        return _private(render(request, "shared/gone.html", status=404))
    answer = HttpResponse(bytes(frozen.pdf), content_type="application/pdf")
    name = file_name(link.title, ExportKind.PDF) or "report.pdf"
    answer["Content-Disposition"] = str(content_disposition_header(True, name))
    return _private(answer)


def _too_often(request: HttpRequest, key: str) -> HttpResponse | None:
    """429 where this address, or this link, was opened too often in this minute."""
    wait = openings.wait_of(client_address(request), key)
    if not wait:
        return None
    answer = render(request, "shared/too_often.html", {"wait": wait}, status=429)
    answer["Retry-After"] = str(wait)
    return _private(answer)


def _private(answer: HttpResponse) -> HttpResponse:
    """Kept by nobody, listed nowhere, and its address told to no other site."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
