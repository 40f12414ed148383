"""Live exports of everybody, for who runs the server: how each one stands, whose it is, and a way to cancel it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from exports.history import keeping
from exports.lifecycle import operations
from exports.lifecycle.errors import ExportNotFound
from thumper.accounts import events
from thumper.models import AccountEvent

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

CANCELLED: Final = "The export is cancelled and removed."
GONE: Final = "The export was gone already."


def live_exports(request: HttpRequest) -> HttpResponse:
    exports = operations.of_everybody()
    owners = get_user_model().objects.in_bulk({item.record.owner_id for item in exports})
    rows = [(item, owners.get(item.record.owner_id)) for item in exports]
    context = admin.site.each_context(request) | {"title": "Live exports", "rows": rows}
    return render(request, "admin/live_exports.html", context)


def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """POST: delete the export, whoever's it is."""
    if request.method == "POST":
        try:
            keeping.withdraw_for_owner(job_id)
            events.record(AccountEvent.Kind.EXPORT_CANCELLED, detail=str(job_id))
            messages.success(request, CANCELLED)
        except ExportNotFound:
            messages.warning(request, GONE)
    return HttpResponseRedirect(reverse("live-exports"))
