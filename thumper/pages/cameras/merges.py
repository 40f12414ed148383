"""Merge of two cameras that are one: which it is, a look at what would change over, and the merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reid.cameras import merging
from reid.cameras.problems import MergeProblem
from reid.models import Camera
from thumper.pages.cameras.forms import MergeForm
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from reid.cameras.merging import MergeReport


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, key: UUID) -> HttpResponse:
    """GET: the form. POST, `act` is `look`: what would change over; `do`: it does, and can be undone."""
    camera = get_object_or_404(Camera, pk=key)
    form, look = MergeForm(camera), None
    if request.method == "POST":
        form = MergeForm(camera, request.POST)
        is_look = request.POST.get("act") != "do"
        if form.is_valid():
            try:
                report = _merge(request, camera, form, dry_run=is_look)
            except MergeProblem as problem:
                form.add_error(None, str(problem))
            else:
                if not is_look:
                    text = _("{camera} is {into} now. Undo it in the history of {into}.")
                    into = form.cleaned_data["into"]
                    messages.success(request, text.format(camera=camera, into=into))
                    return redirect("camera", key=into.pk)
                look = report
    context = {"camera": camera, "form": form, "look": look}
    return render(request, "pages/cameras/merge.html", context)


def _merge(request: HttpRequest, camera: Camera, form: MergeForm, *, dry_run: bool) -> MergeReport:
    return merging.merge(
        camera,
        form.cleaned_data["into"],
        actor=signed_in(request),
        reason=form.cleaned_data["reason"],
        dry_run=dry_run,
    )
