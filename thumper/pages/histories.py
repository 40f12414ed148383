"""Histories as pages show them, of a deer, a camera or a photograph: one form, one set of words, one way to what is older."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reid.models import Operation
from thumper.pages.frame import is_part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

PAGE: Final = 20
"""Acts of a page."""

_KINDS: Final[Mapping[str, _StrPromise]] = {
    Operation.Kind.IMPORT: gettext_lazy("Imported"),
    Operation.Kind.RUN: gettext_lazy("Identified"),
    Operation.Kind.CONFIRM: gettext_lazy("Confirmed"),
    Operation.Kind.REJECT: gettext_lazy("Said that it is another deer"),
    Operation.Kind.ASSIGN: gettext_lazy("Named"),
    Operation.Kind.CERTIFY: gettext_lazy("Named from a certificate"),
    Operation.Kind.NEW_DEER: gettext_lazy("Profile begun"),
    Operation.Kind.EDIT_DEER: gettext_lazy("Profile edited"),
    Operation.Kind.KEEP_LABEL: gettext_lazy("Doubted name kept"),
    Operation.Kind.MERGE: gettext_lazy("Two profiles merged"),
    Operation.Kind.KEEP_APART: gettext_lazy("Kept apart from another deer"),
    Operation.Kind.SPLIT: gettext_lazy("Sightings split off"),
    Operation.Kind.ENROL: gettext_lazy("References added"),
    Operation.Kind.DROP_REFERENCE: gettext_lazy("References dropped"),
    Operation.Kind.INVALIDATE: gettext_lazy("Pictures thrown out or taken back"),
    Operation.Kind.CORRECT_CLASS: gettext_lazy("Class corrected"),
    Operation.Kind.SET_FLANK: gettext_lazy("Side set"),
    Operation.Kind.GUESS_FLANKS: gettext_lazy("Sides guessed"),
    Operation.Kind.DRAW_BOX: gettext_lazy("Box drawn"),
    Operation.Kind.MOVE_BOX: gettext_lazy("Box changed"),
    Operation.Kind.DELETE_BOX: gettext_lazy("Boxes deleted"),
    Operation.Kind.ANNOTATE: gettext_lazy("Notes and tags changed"),
    Operation.Kind.SET_CAMERA: gettext_lazy("Camera changed"),
    Operation.Kind.UNDO: gettext_lazy("Undone"),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done, and where it is undone by POST (`undo`; empty: it cannot be).

    `by` is empty for the machine. `sent` is what the form of its undo sends.
    """

    text: str
    at: datetime
    by: str = ""
    lines: tuple[str, ...] = ()
    reason: str = ""
    undo: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    is_undone: bool = False
    undone_at: datetime | None = None
    undone_by: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Acts of a page, the newest first, and the address of older ones; empty where there are none."""

    acts: tuple[Act, ...]
    older: str = ""


def before_of(request: HttpRequest) -> datetime | None:
    """The time of the last act that was seen, `before` of the address; None on the first page. Raises Http404 for no time."""
    text = request.GET.get("before")
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError as error:
        raise Http404(str(error)) from error


def words_of(operation: Operation) -> str:
    """What kind of act it was."""
    words = _KINDS.get(operation.kind)
    return str(words) if words else operation.get_kind_display()


def difference(field: str, before: str, after: str) -> str:
    """How one field was changed."""
    return _("%(field)s: %(before)s, now %(after)s") % {
        "field": field,
        "before": before,
        "after": after,
    }


def undone_words(operation: Operation) -> str:
    """That an act was taken back."""
    return _("Undone: %(act)s") % {"act": words_of(operation)}


def of_operation(operation: Operation, lines: tuple[str, ...], undo: str, **sent: str) -> Act:
    """The act that an operation is; `undo` is empty where its page does not offer that."""
    undoing = operation.undone_by
    return Act(
        text=words_of(operation),
        at=operation.created_at,
        by=operation.actor.get_username() if operation.actor else "",
        lines=lines,
        reason=operation.reason,
        undo="" if undoing else undo,
        sent={"operation": str(operation.pk), **sent},
        is_undone=undoing is not None,
        undone_at=undoing.created_at if undoing else None,
        undone_by=undoing.actor.get_username() if undoing and undoing.actor else "",
    )


def show(
    request: HttpRequest, subject: str, address: str, history: History, **more: Any
) -> HttpResponse:
    """A page of a history, or the part that follows where htmx asks; `subject` is what it is of, at `address`."""
    base = "pages/part.html" if is_part(request) else "pages/frame.html"
    context = {"base": base, "subject": subject, "address": address, "history": history, **more}
    answer = render(request, "pages/histories.html", context)
    answer["Vary"] = "HX-Request"
    return answer
