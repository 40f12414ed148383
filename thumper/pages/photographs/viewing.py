"""Page of one photograph: the picture with its boxes, what is known of it, and what was decided about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reid.api.pictures.photographs import NO_IMAGE
from reid.browsing import history, photograph
from reid.browsing.pages import neighbours
from reid.models import Camera, Detection, Image, Operation
from reid.taxonomy import CHOICES
from thumper.accounts.roles import Permission, is_granted
from thumper.pages import histories
from thumper.pages.histories import History
from thumper.pages.photographs import words
from thumper.pages.photographs.filtering import FilterForm
from thumper.pages.photographs.posting import written

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from reid.browsing.history import Entry
    from reid.browsing.photograph import ShownBox

BESIDE: Final = 12
"""Photographs of the same encounter, or frames of the same video, that are shown."""


@require_safe
def show(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the page, within the gallery's filters; `box` names the box that is open."""
    image = photograph.find(key)
    if image is None:
        raise Http404(NO_IMAGE)
    form = FilterForm(request.GET)
    newer, older = neighbours(form.wanted, image)
    context = described(request, image, request.GET.get("box", ""), form.query) | {
        "newer": newer,
        "older": older,
        "beside": photograph.frames_beside(image, BESIDE) or _beside(image),
        "is_of_video": image.video_id is not None,
    }
    return render(request, "pages/photographs/photograph.html", context)


def described(
    request: HttpRequest, image: Image, opened: str = "", query: str = ""
) -> dict[str, Any]:
    """What the panel and the boxes show of a photograph, read anew; `query` are the gallery's filters."""
    shown = [_box(number, box) for number, box in enumerate(photograph.boxes(image), 1)]
    entries = history.of_image(image)
    keys = [box["key"] for box in shown]
    return {
        "image": image,
        "query": query,
        "boxes": shown,
        "opened": opened if opened in keys else keys[0] if len(keys) == 1 else "",
        "tags": [tag.name for tag in image.tags.all()],
        "image_version": written({image.pk: image.version}),
        "frame": words.frame(image),
        "clock": words.CLOCKS.get(image.time_source, ""),
        "clock_problem": words.CLOCK_PROBLEMS.get(image.clock_problem, ""),
        "history": _history(image, entries, query=query, box=opened),
        "last": next((entry for entry in entries if _is_last_act(entry)), None),
        "classes": CHOICES,
        "cameras": Camera.objects.all(),
        "flanks": Detection.Flank.choices,
        "may_review": is_granted(request.user, Permission.REVIEW),
        "label_size": max(image.width // 36, 8),
    }


@require_safe
def earlier(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: what was decided about the photograph before a time, `before`."""
    image = photograph.find(key)
    if image is None:
        raise Http404(NO_IMAGE)
    before = histories.before_of(request)
    return histories.show(
        request,
        Path(image.source_path or image.path).name,
        reverse("photograph", args=[key]),
        _history(image, history.of_image(image, before)),
        may_undo=is_granted(request.user, Permission.REVIEW),
        is_later=before is not None,
    )


def _history(image: Image, entries: list[Entry], **kept: str) -> History:
    """The acts of a page; `kept` is what an undo sends back, so that the page stays as it was."""
    act = reverse("photograph-act", args=[image.pk])
    acts = tuple(
        histories.of_operation(
            one.operation, words.lines(one), act if one.can_be_undone else "", act="undo", **kept
        )
        for one in entries[: history.PAGE]
    )
    if len(entries) <= history.PAGE:
        return History(acts)
    place = urlencode({"before": acts[-1].at.isoformat()})
    return History(acts, f"{reverse('photograph-history', args=[image.pk])}?{place}")


def _is_last_act(entry: Entry) -> bool:
    """Whether it is what a person means by the last act: what was undone lies before it, and an undo is none."""
    return entry.can_be_undone and entry.operation.kind != Operation.Kind.UNDO


def _box(number: int, box: ShownBox) -> dict[str, Any]:
    item = box.detection
    name = item.deer.name if item.deer else ""
    return {
        "number": number,
        "key": str(item.pk),
        "item": item,
        "name": name,
        "title": name or item.class_words,
        "best": box.best,
        "decided": words.decided(box.decision) if item.is_identifiable else "",
        "is_deer": item.is_identifiable,
        "version": written({item.pk: item.version}),
        "sighting_version": written(box.sighting_versions),
        "others": box.sighting_size - 1,
        "source": _source(item),
    }


def _source(item: Detection) -> str:
    """Who says which deer it is."""
    match item.identity_source:
        case Detection.IdentitySource.REVIEWED:
            return _("named by a person")
        case Detection.IdentitySource.IMPORTED:
            return _("named by an import")
        case Detection.IdentitySource.AUTO:
            return _("named by the machine")
        case Detection.IdentitySource.CERTIFIED:
            return _("named by the machine, in a batch that was checked by samples")
    return ""


def _beside(image: Image) -> list[Image]:
    if image.encounter_id is None:
        return []
    rows = Image.objects.filter(encounter=image.encounter_id).exclude(pk=image.pk)
    return list(rows.order_by("captured_at", "path")[:BESIDE])
