"""Acts on one photograph and its boxes: each one operation of `reid.reviewing`, which can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reid import reviewing
from reid.api.pictures.photographs import NO_IMAGE
from reid.browsing import photograph
from reid.imaging.crops import Box
from reid.models import Detection
from reid.reviewing import NearNames, ReviewError, ReviewRefused, UnknownOperation
from reid.suggesting.near_names import look_up
from reid.taxonomy import CHOICES
from thumper.pages.frame import is_part
from thumper.pages.permissions import signed_in
from thumper.pages.photographs.gallery import NOTHING_TO_DO
from thumper.pages.photographs.posting import camera_of, key_of, number_of, versions_of
from thumper.pages.photographs.viewing import described

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, QueryDict

    from reid.models import Operation

    Act = Callable[[UUID, QueryDict, Any], tuple[Operation, str]]


@require_POST
def act(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST: do `act`, and show the photograph as it is then."""
    said: dict[str, Any] = {}
    try:
        name = request.POST.get("act", "")
        if name not in ACTS:
            raise ReviewRefused(NOTHING_TO_DO, "invalid")
        operation, said["text"] = ACTS[name](key, request.POST, signed_in(request))
        said["operation"] = None if name == "undo" else operation
    except NearNames as question:
        said["asked"] = question
    except (ReviewError, UnknownOperation) as error:
        said = {"text": str(error), "is_problem": True}
    image = photograph.find(key)
    if image is None:
        raise Http404(NO_IMAGE)
    query = request.POST.get("query", "")
    query = query if query.startswith("?") else ""
    if is_part(request) or "asked" in said:
        context = described(request, image, request.POST.get("box", ""), query) | said
        context |= {"given": request.POST, "is_part": True}
        template = "_changed.html" if is_part(request) else "asked.html"
        return render(request, f"pages/photographs/{template}", context)
    (messages.error if said.get("is_problem") else messages.success)(request, said["text"])
    return HttpResponseRedirect(reverse("photograph", args=[key]) + query)


def _box_of(given: QueryDict) -> Box:
    return Box(*(number_of(given, name) for name in ("x", "y", "width", "height")))


def _class_of(given: QueryDict) -> str:
    name = given.get("classification", "")
    if name not in dict(CHOICES):
        raise ReviewRefused(_("Choose a class first."), "invalid", "classification")
    return name


def _draw(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.draw_box(
        image=image, box=_box_of(given), classification=_class_of(given), actor=actor
    )
    return operation, _("The box is kept. The next identification looks at it.")


def _move(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.move_box(
        detection=key_of(given, "box"),
        box=_box_of(given),
        versions=versions_of(given, "version"),
        actor=actor,
    )
    return operation, _("The box is changed. The next identification looks at it anew.")


def _delete(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.delete_boxes(versions=versions_of(given, "version"), actor=actor)
    return operation, _("The box is deleted.")


def _classify(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.correct_class(
        versions=versions_of(given, "version"), classification=_class_of(given), actor=actor
    )
    return operation, _("The class is corrected.")


def _name(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    sighting, versions = key_of(given, "sighting"), versions_of(given)
    name = given.get("new") or given.get("given") or given.get("name", "")
    known = look_up(name)
    if (same := known.same) is not None:
        operation = reviewing.assign(
            sighting=sighting, deer=same.deer, versions=versions, actor=actor
        )
        return operation, _("This is {name}.").format(name=same.name)
    operation = reviewing.new_deer(
        sighting=sighting, name=name, versions=versions, confirm_new="new" in given, actor=actor
    )
    return operation, _("This is a new deer, {name}.").format(name=known.name)


def _take_away(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.reject(
        sighting=key_of(given, "sighting"), versions=versions_of(given), actor=actor
    )
    return operation, _("The name is taken away. The machine does not give it again.")


def _split(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.split_sighting(
        sighting=key_of(given, "sighting"),
        detections=[key_of(given, "box")],
        versions=versions_of(given),
        actor=actor,
    )
    return operation, _("It is another animal than on the photographs beside it.")


def _flank(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    if (flank := given.get("flank", "")) not in Detection.Flank.values:
        raise ReviewRefused(_("Choose a side first."), "invalid", "flank")
    operation = reviewing.set_flank(
        versions=versions_of(given, "version"),
        flanks={key_of(given, "box"): flank},
        actor=actor,
    )
    return operation, _("The side is noted.")


def _annotate(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    versions = versions_of(given, "version")
    if "favourite" in given:
        is_favourite = given["favourite"] == "yes"
        operation = reviewing.annotate(versions=versions, is_favourite=is_favourite, actor=actor)
        return operation, _("A favourite.") if is_favourite else _("No favourite any more.")
    if "untag" in given:
        operation = reviewing.annotate(
            versions=versions, remove_tags=[str(given["untag"])], actor=actor
        )
        return operation, _("The tag is taken off.")
    if "tags" in given:
        tags = [name for name in str(given["tags"]).split(",") if name.strip()]
        operation = reviewing.annotate(versions=versions, add_tags=tags, actor=actor)
        return operation, _("The tag is put on.")
    note = given.get("note", "").replace("\r\n", "\n")
    return reviewing.annotate(versions=versions, note=note, actor=actor), _("The note is kept.")


def _set_camera(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.set_camera(
        versions=versions_of(given, "version"), camera=camera_of(given), actor=actor
    )
    return operation, _("The photograph is another camera's now.")


def _undo(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
    operation = reviewing.undo(operation=key_of(given, "operation"), actor=actor)
    return operation, _("Undone.")


def _of_one(
    verb: Callable[..., Operation], text: Callable[[], str]
) -> Callable[[UUID, QueryDict, Any], tuple[Operation, str]]:
    """The act of a verb that takes nothing but the box, with what is said of it."""

    def do(image: UUID, given: QueryDict, actor: Any) -> tuple[Operation, str]:
        return verb(versions=versions_of(given, "version"), actor=actor), text()

    return do


ACTS: Final[dict[str, Act]] = {
    "draw": _draw,
    "move": _move,
    "delete": _delete,
    "classify": _classify,
    "name": _name,
    "take-away": _take_away,
    "split": _split,
    "flank": _flank,
    "annotate": _annotate,
    "camera": _set_camera,
    "undo": _undo,
    "invalidate": _of_one(
        reviewing.invalidate, lambda: _("The box is thrown out: it counts no more.")
    ),
    "make-valid": _of_one(reviewing.make_valid, lambda: _("The box counts again.")),
    "reference": _of_one(
        reviewing.enrol, lambda: _("It is a reference now: new photographs are compared with it.")
    ),
    "drop-reference": _of_one(reviewing.drop_reference, lambda: _("It is no reference any more.")),
}
"""Acts by the name that a form sends."""
