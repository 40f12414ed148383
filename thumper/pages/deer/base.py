"""Base of the pages of deer: the deer of an address, whole pages or parts of them, and answers to acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from reid.models import Deer, Operation
from thumper.pages.frame import is_part
from thumper.pages.histories import undone_words, words_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DONE: Final = "done"
"""Parameter of an address: the operation that was done last, to be told and undone."""


def deer_of(key: UUID) -> Deer:
    """The deer of an address. Raises Http404."""
    return get_object_or_404(Deer.objects.select_related("merged_into"), pk=key)


def show(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """The template in the frame, or alone where htmx asks for it."""
    base = "pages/part.html" if is_part(request) else "pages/frame.html"
    answer = render(request, template, context | {"base": base}, status=status)
    answer["Vary"] = "HX-Request"
    return answer


def told(request: HttpRequest) -> dict[str, Any] | None:
    """What was done last, by the address: the operation, its words, and whether it can be undone. None: nothing."""
    return telling(request.GET.get(DONE, ""))


def telling(key: str | UUID) -> dict[str, Any] | None:
    """The operation of this key with its words; None where there is none."""
    try:
        operation = Operation.objects.filter(pk=UUID(str(key))).first()
    except ValueError:
        return None
    if operation is None:
        return None
    if operation.kind == Operation.Kind.UNDO:
        taken_back = Operation.objects.filter(undone_by=operation).first()
        words = undone_words(taken_back) if taken_back else words_of(operation)
    else:
        words = words_of(operation)
    return {"operation": operation, "words": words, "can_undo": operation.undone_by_id is None}


def back(deer: Deer | UUID, operation: Operation, anchor: str = "") -> HttpResponse:
    """To the page of the deer, which tells what was done."""
    key = deer.pk if isinstance(deer, Deer) else deer
    address = reverse("deer-profile", args=[key])
    return HttpResponseRedirect(f"{address}?{DONE}={operation.pk}{anchor}")
