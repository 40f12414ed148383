"""Names of deer to choose from while one is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.shortcuts import render
from django.views.decorators.http import require_safe

from reid.models import Deer

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST: Final = 30


@require_safe
def names(request: HttpRequest) -> HttpResponse:
    """GET, one field of any name: options of a list, those that begin with what was typed before those that contain it."""
    typed = next((value for _, value in request.GET.dict().items()), "")
    typed = typed.strip().replace("\0", "")
    standing = Deer.objects.filter(merged_into__isnull=True).order_by("name")
    begins = standing.filter(name__istartswith=typed).values_list("name", flat=True)
    contains = standing.filter(name__icontains=typed).values_list("name", flat=True)
    found = dict.fromkeys([*begins[:MOST], *contains[:MOST]])
    context = {"names": list(found)[:MOST]}
    return render(request, "pages/deer/names.html", context)
