"""Page of repeats: each place that is boxed again and again is one question, answered by a key or a click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from reid.imaging.canonical import crop_name
from reid.models import Detection, Repeat
from reid.repeats.answers import ACTS
from reid.repeats.places import open_repeats
from reid.reviewing import ReviewError, ReviewRefused
from reid.storage.photo_store import photo_store
from reid.taxonomy import PRIVATE
from thumper.accounts.roles import Permission, is_granted
from thumper.pages.frame import is_part
from thumper.pages.permissions import signed_in
from thumper.pages.photographs.gallery import NOTHING_TO_DO

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

SHOWN: Final = 10
"""Questions on the page at once."""


@require_safe
def repeats(request: HttpRequest) -> HttpResponse:
    """GET: the questions that are open."""
    return render(request, "pages/photographs/repeats.html", _context(request))


@require_POST
def answer(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST: do `act` (remove, keep, take-back) to one, and show what is open then."""
    said: dict[str, Any] = {}
    try:
        name = request.POST.get("act", "")
        if name not in ACTS:
            raise ReviewRefused(NOTHING_TO_DO, "invalid")
        row = ACTS[name](key, actor=signed_in(request))
        said = {"text": _said(name, row), "answered": None if name == "take-back" else row}
    except ReviewError as error:
        said = {"text": str(error), "is_problem": True}
    if is_part(request):
        return render(request, "pages/photographs/_repeats.html", _context(request) | said)
    (messages.error if said.get("is_problem") else messages.success)(request, said["text"])
    return HttpResponseRedirect(reverse("photographs-repeats"))


def _said(name: str, row: Repeat) -> str:
    if name == "remove":
        return ngettext(
            "Removed from {count} photograph.", "Removed from {count} photographs.", row.frames
        ).format(count=row.frames)
    if name == "keep":
        return _("Kept. This place is not asked about again.")
    return _("Taken back: it is open again.")


def _context(request: HttpRequest) -> dict[str, Any]:
    rows = open_repeats()
    shown = rows[:SHOWN]
    keys = [key for row in shown for key in row.examples]
    rows_of = Detection.objects.select_related("image").in_bulk(keys)
    known = {str(key): item for key, item in rows_of.items()}
    there = photo_store.existing(crop_name(item.pk) for item in known.values())
    cards = []
    for row in shown:
        examples = [known[key] for key in row.examples if key in known]
        shown_to_people = [one for one in examples if one.current_class not in PRIVATE]
        crops = [one for one in shown_to_people if crop_name(one.pk) in there]
        cards.append(
            {
                "row": row,
                "whole": examples[-1] if examples else None,
                "crops": crops,
                "classes": sorted({one.class_words for one in examples}),
            }
        )
    return {
        "cards": cards,
        "left": len(rows) - len(shown),
        "total": len(rows),
        "may_review": is_granted(request.user, Permission.REVIEW),
    }
