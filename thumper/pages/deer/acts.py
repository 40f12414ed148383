"""Acts on a deer from its page: portrait, references, watching, undo. All by POST, and back to the page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reid import reviewing
from reid.models import Deer
from reid.reviewing import ReviewError, UnknownOperation
from reid.watching import watches
from thumper.pages.deer.base import back, deer_of
from thumper.pages.deer.edits import refused
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_POST
def portrait(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `detection`: that picture stands for the deer; empty: the best reference does."""
    deer = deer_of(key)
    chosen = request.POST.get("detection") or None
    try:
        changes = {"portrait": UUID(chosen) if chosen else None}
    except ValueError:
        return HttpResponseBadRequest()
    try:
        done = reviewing.edit_deer(deer=deer.pk, changes=changes, actor=signed_in(request))
    except ReviewError as error:
        return refused(request, deer, str(error))
    return back(deer, done)


@require_POST
def reference(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `detection`, its `version` and `act`, drop or add: it stands for the deer no longer, or from now on."""
    deer = deer_of(key)
    verb = reviewing.enrol if request.POST.get("act") == "add" else reviewing.drop_reference
    try:
        detection, version = UUID(request.POST["detection"]), int(request.POST["version"])
    except (KeyError, ValueError):
        return HttpResponseBadRequest()
    try:
        done = verb(versions={detection: version}, actor=signed_in(request))
    except ReviewError as error:
        return refused(request, deer, str(error))
    return back(deer, done, "#references")


@require_POST
def watch(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST: the person is told of new sightings from now on, or `stop`: no longer."""
    deer = deer_of(key)
    if "stop" in request.POST:
        watches.stop(signed_in(request), deer)
        messages.success(
            request, _("You are no longer told when %(deer)s is seen.") % {"deer": deer}
        )
    else:
        watches.begin(signed_in(request), deer)
        text = _("You are told when %(deer)s is seen: on the home page, and by mail.")
        if not signed_in(request).email:
            text = _(
                "You are told on the home page when %(deer)s is seen. For mail, give your account an address."
            )
        messages.success(request, text % {"deer": deer})
    return HttpResponseRedirect(reverse("deer-profile", args=[deer.pk]))


@require_POST
def news_seen(request: HttpRequest) -> HttpResponse:
    """POST: the person has looked at the news of the deer that they watch."""
    watches.mark_seen(signed_in(request))
    return HttpResponseRedirect(reverse("home"))


@require_POST
def undo(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST `operation`: taken back as a whole; a deer that it had made is gone then."""
    try:
        operation = UUID(request.POST["operation"])
    except (KeyError, ValueError):
        return HttpResponseBadRequest()
    deer = deer_of(key)
    try:
        done = reviewing.undo(operation=operation, actor=signed_in(request))
    except (ReviewError, UnknownOperation) as error:
        return refused(request, deer, str(error))
    if not Deer.objects.filter(pk=key).exists():
        messages.success(
            request, _("Undone. The profile of %(deer)s is gone with it.") % {"deer": deer}
        )
        return HttpResponseRedirect(reverse("deer"))
    return back(deer, done)
