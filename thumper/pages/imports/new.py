"""Pages of a new import: from this computer, or from a folder of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reid.intake import folders, requests
from reid.intake.refusals import IntakeRefused
from thumper.pages.text_filters import day

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """What is imported, and from where; POST makes the import, to which files are sent on its own page."""
    if request.method == "POST":
        try:
            made = requests.create_upload(request.user, request.POST.get("title", ""))  # type: ignore[arg-type]
        except IntakeRefused as refused:
            messages.error(request, str(refused))
            return redirect("import-new")
        return redirect("import-request", made.pk)
    title = _("Photographs of %(day)s") % {"day": day(timezone.now())}
    return render(request, "pages/imports/new.html", {"title": title, "roots": folders.roots()})


@require_http_methods(["GET", "POST"])
def folder(request: HttpRequest) -> HttpResponse:
    """A folder of the server, to look into or to import; 404 for what is not below PHOTO_ROOTS."""
    path = (request.POST if request.method == "POST" else request.GET).get("path", "")
    try:
        if request.method == "POST":
            made = requests.create_folder(request.user, path, request.POST.get("title", ""))  # type: ignore[arg-type]
            return redirect("import-request", made.pk)
        inside = folders.look_into(path)
    except IntakeRefused as refused:
        messages.error(request, str(refused))
        return redirect("import-new")
    return render(request, "pages/imports/folder.html", {"folder": inside})
