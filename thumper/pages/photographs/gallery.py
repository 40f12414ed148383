"""Gallery page: photographs by day, the newest first, with filters, and acts on those that are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from reid import reviewing
from reid.browsing.marked import Marked, stamp
from reid.browsing.pages import Place, page, with_keys
from reid.models import Camera
from reid.reviewing import NearNames, ReviewError, ReviewRefused, UnknownOperation
from reid.taxonomy import CHOICES, Classification
from thumper.accounts.roles import Permission, is_granted
from thumper.pages.frame import is_part
from thumper.pages.permissions import signed_in
from thumper.pages.photographs.filtering import FilterForm
from thumper.pages.photographs.posting import camera_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from reid.models import Detection, Image, Operation

NOTHING_TO_DO: Final = "This is nothing that can be done to photographs: load the page again."


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """GET: the page; asked by htmx, with `after` a place and `day` the last day shown, what follows alone."""
    form = FilterForm(request.GET)
    wanted = form.wanted
    try:
        after = Place.parsed(request.GET["after"]) if "after" in request.GET else None
    except ValueError as error:
        raise Http404(str(error)) from error
    shown = page(wanted, after)
    context = {
        "form": form,
        "query": form.query,
        "cards": cards(shown.images, form.query, request.GET.get("day", ""), wanted.classification),
        "more": _more(form, shown.after, shown.images),
        "may_review": is_granted(request.user, Permission.REVIEW),
        "classes": CHOICES,
        "cameras": Camera.objects.all(),
        "is_first": after is None,
    }
    is_next = is_part(request) and after is not None
    template = "pages/photographs/_cards.html" if is_next else "pages/photographs/gallery.html"
    return render(request, template, context)


def cards(
    images: Iterable[Image], query: str, last_day: str = "", classification: str = ""
) -> list[dict[str, Any]]:
    """What each card shows; `day` where a new one begins after `last_day`, as ISO 8601.

    Where animals nobody has sorted yet are asked for (`classification`), the first of them is shown, cut out: on
    whole photographs many are too small to be told.
    """
    is_unsorted = classification == Classification.ANIMAL
    found = []
    for image in images:
        day = image.local_day.isoformat() if image.local_day else "-"
        detections = list(image.detections.all())
        deer = {item.deer.name: None for item in detections if item.deer and item.is_valid}
        classes = {item.class_words: None for item in detections if item.is_valid and not item.deer}
        found.append(
            {
                "image": image,
                "shown": _first(detections, classification) if is_unsorted else None,
                "begins": day != last_day,
                "deer": list(deer),
                "classes": list(classes),
                "is_blank": not any(item.is_valid for item in detections),
                "stamp": stamp(image),
                "query": query,
            }
        )
        last_day = day
    return found


def _first(detections: Iterable[Detection], classification: str) -> UUID | None:
    """The first valid detection of a class."""
    of_class = (item for item in detections if item.current_class == classification)
    return next((item.pk for item in of_class if item.is_valid), None)


def _more(form: FilterForm, after: Place | None, images: list[Image]) -> str:
    """The query of what follows; empty at the end."""
    if after is None:
        return ""
    query = QueryDict(form.query.removeprefix("?"), mutable=True)
    query["after"] = str(after)
    day = images[-1].local_day
    query["day"] = day.isoformat() if day else "-"
    return f"?{query.urlencode()}"


@require_POST
def marked(request: HttpRequest) -> HttpResponse:
    """POST: do `act` to the photographs that are marked."""
    stamps = request.POST.getlist("mark")
    try:
        chosen = Marked.parsed(stamps)
    except ReviewRefused as error:
        return _answer(request, [], problem=str(error))
    keys = list(chosen.images)
    try:
        operation = _do(request, chosen)
    except NearNames as question:
        return _answer(request, keys, asked=question, stamps=stamps)
    except ReviewError as error:
        return _answer(request, keys, problem=str(error))
    return _answer(request, keys, operation=operation)


def _do(request: HttpRequest, chosen: Marked) -> Operation:
    given, actor = request.POST, signed_in(request)
    tags = [name for name in given.get("tags", "").split(",") if name.strip()]
    match given.get("act"):
        case "favourite":
            return chosen.annotate(is_favourite=True, actor=actor)
        case "unfavourite":
            return chosen.annotate(is_favourite=False, actor=actor)
        case "tag":
            return chosen.annotate(add_tags=tags, actor=actor)
        case "untag":
            return chosen.annotate(remove_tags=tags, actor=actor)
        case "camera":
            return chosen.set_camera(camera_of(given), actor=actor)
        case "classify":
            return chosen.classify(_known_class(given.get("classification", "")), actor=actor)
        case "invalidate":
            return chosen.invalidate(actor=actor)
        case "make-valid":
            return chosen.make_valid(actor=actor)
        case "assign":
            name = given.get("new") or given.get("name", "")
            return chosen.assign(name, confirm_new="new" in given, actor=actor)
    raise ReviewRefused(NOTHING_TO_DO, "invalid")


def _known_class(name: str) -> str:
    if name not in dict(CHOICES):
        raise ReviewRefused(_("Choose a class first."), "invalid")
    return name


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """POST: undo `operation`; `image` names the photographs whose cards are shown anew."""
    keys = [UUID(key) for key in request.POST.getlist("image") if _is_key(key)]
    try:
        done = reviewing.undo(
            operation=UUID(request.POST.get("operation", "")), actor=signed_in(request)
        )
    except (ReviewError, UnknownOperation, ValueError) as error:
        return _answer(request, keys, problem=str(error))
    return _answer(request, keys, operation=done, is_undo=True)


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _answer(
    request: HttpRequest,
    keys: list[UUID],
    *,
    operation: Operation | None = None,
    problem: str = "",
    is_undo: bool = False,
    asked: NearNames | None = None,
    stamps: list[str] | None = None,
) -> HttpResponse:
    """What was done, with its undo, and the cards as they are now; without htmx the gallery anew."""
    query = request.POST.get("query", "")
    text = problem
    if operation is not None and is_undo:
        text = _("Undone.")
    elif operation is not None:
        text = ngettext(
            "Done for {count} photograph.", "Done for {count} photographs.", len(keys)
        ).format(count=len(keys))
    context = {
        "text": text,
        "is_problem": bool(problem),
        "operation": operation,
        "is_undo": is_undo,
        "keys": keys,
        "query": query,
        "cards": cards(with_keys(keys), query) if operation else [],
        "given": request.POST,
        "may_review": True,
        "asked": asked,
        "stamps": stamps,
    }
    if is_part(request) or asked is not None:
        template = "_said.html" if is_part(request) else "asked.html"
        return render(request, f"pages/photographs/{template}", context)
    (messages.error if problem else messages.success)(request, text)
    return HttpResponseRedirect(reverse("photographs") + (query if query.startswith("?") else ""))
