"""Page of shared links: what is shown to people without an account, until when, and whether anybody looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import redis
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from rest_framework.exceptions import APIException

from exports.history import keeping
from exports.models import SharedLink
from exports.requests.specs import ReportSpec
from exports.sharing import frozen
from exports.sharing import links as sharing
from exports.sharing.mails import address_of, reaches_this_computer_alone
from reid.models import Deer
from reid.suggesting.near_names import find_deer
from thumper.pages.reports.exports import AWAY, owner_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

    from exports.sharing.links import NewLink

SPANS: Final = (7, 30, 90, 366)
"""Days that can be chosen."""


@require_GET
def links(request: HttpRequest) -> HttpResponse:
    """One's links, the newest first, and a form for a deer's. `revoked` names one that was revoked just now."""
    rows = list(
        SharedLink.objects.of(owner_of(request))
        .select_related("deer", "frozen")
        .defer("spec", "frozen__page", "frozen__pdf")
    )
    now = timezone.now()
    revoked = request.GET.get("revoked", "")
    context = {
        "links": [(row, row.is_open(now)) for row in rows],
        "revoked": next((row for row in rows if str(row.pk) == revoked), None),
        "spans": SPANS,
        "usual": sharing.USUAL,
        "chosen": named.name if (named := find_deer(request.GET.get("deer", ""))) else "",
        "has_deer": Deer.objects.filter(merged_into__isnull=True).exists(),
    }
    return render(request, "pages/reports/links.html", context)


@require_POST
def share_report(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """A link to a report that was asked for."""
    try:
        spec = keeping.spec_of(keeping.of_owner(job_id, owner_of(request)))
        if not isinstance(spec, ReportSpec):
            messages.error(request, _("Only a report or a deer can be shared, no archive."))
            return HttpResponseRedirect(reverse("exports"))
        new = sharing.of_report(spec, owner_of(request), _days(request))
    except APIException as error:
        messages.error(request, str(error.detail))
        return HttpResponseRedirect(reverse("exports"))
    _tell(request, new)
    try:
        frozen.freeze_later(new.link)
    except redis.RedisError:  # the periodic round builds it
        messages.warning(request, AWAY)
    return HttpResponseRedirect(reverse("shared-links"))


@require_POST
def share_deer(request: HttpRequest) -> HttpResponse:
    """A link to a deer."""
    deer = find_deer(request.POST.get("deer", ""))
    if deer is None:
        messages.error(request, _("Choose a deer first."))
        return HttpResponseRedirect(reverse("shared-links"))
    try:
        _tell(request, sharing.of_deer(deer, owner_of(request), _days(request)))
    except APIException as error:
        messages.error(request, str(error.detail))
    return HttpResponseRedirect(reverse("shared-links"))


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Revoke a link, or open it again."""
    to = reverse("shared-links")
    try:
        if verb == "revoke":
            sharing.revoke(pk, owner_of(request))
            to += f"?revoked={pk}"
        else:
            link = sharing.reopen(pk, owner_of(request))
            messages.success(
                request, _('The link to "{title}" works again.').format(title=link.title)
            )
    except APIException as error:
        messages.error(request, str(error.detail))
    return HttpResponseRedirect(to)


def _days(request: HttpRequest) -> int:
    text = request.POST.get("days", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else sharing.USUAL


def _tell(request: HttpRequest, new: NewLink) -> None:
    """The address, once: only its hash is kept."""
    text = _('This is the link to "{title}". Copy it now: it cannot be shown again.')
    messages.success(
        request,
        format_html(
            '{} <a class="address" href="{}">{}</a>',
            text.format(title=new.link.title),
            reverse("shared", args=[new.key]),
            address_of(new.key),
        ),
    )
    if reaches_this_computer_alone():
        messages.warning(
            request,
            _(
                "Nobody can open it on another computer yet: SITE_URL is to be the address at which others reach this server."
            ),
        )
