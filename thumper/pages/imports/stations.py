"""Pages of tables of where cameras stood: sent, their columns named, looked at; then they go the way of every import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from reid.importing.deployments import StationOptions
from reid.importing.rows import SourceProblem
from reid.importing.stations.layouts import FIELDS
from reid.intake import requests, stations
from reid.intake.refusals import IntakeRefused
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from reid.models import ImportRequest

LABELS: Final[dict[str, _StrPromise]] = {
    "camera": later("Camera or place"),
    "started_on": later("First day there"),
    "ended_on": later("Last day there"),
    "latitude": later("Latitude"),
    "longitude": later("Longitude"),
    "from": later("First day on which it did not work"),
    "to": later("Last day on which it did not work"),
    "reason": later("Why it did not work"),
}
NO_FILE: Final = later("Choose the table first: a CSV file or an Excel workbook.")


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Keep the table that was sent, and go to its page."""
    sent = request.FILES.get("table")
    try:
        if sent is None:
            raise IntakeRefused(str(NO_FILE))
        content = sent.read(stations.MOST_BYTES + 1)
        made = stations.create(signed_in(request), sent.name or "", content)
    except IntakeRefused as refused:
        messages.error(request, str(refused))
        return redirect("import-new")
    return redirect("import-request", made.pk)


def keep_and_look(request: HttpRequest, row: ImportRequest) -> None:
    """Keep what was said of a table's columns, and have a worker say what would be written. Raises IntakeRefused."""
    said = {name: request.POST.get(f"column-{name}", "") for name in FIELDS}
    options = StationOptions(
        time_format=request.POST.get("time_format", "").strip()[:64],
        utm_zone=request.POST.get("utm_zone", "").strip()[:8],
        columns=said if request.POST.get("named") == "yes" else {},
    )
    stations.give_answers(row, options)
    requests.look(row)


def context_of(row: ImportRequest) -> dict[str, Any]:
    """What the page shows of a table while it is prepared."""
    said = stations.options_of(row)
    try:
        head = stations.head(row)
    except SourceProblem as problem:
        return {"said": said, "unreadable": str(problem)}
    fields = [(name, LABELS[name], head.columns_of.get(name, "")) for name in FIELDS]
    return {"said": said, "head": head, "fields": fields}


def counts(document: dict[str, Any]) -> list[tuple[int, str]]:
    """What a table brought or would bring: numbers with their words; zeros are left out."""
    number = document.get
    entries = [
        (number("created", 0), _("new stays of a camera")),
        (number("updated", 0), _("stays that change")),
        (number("outages", 0), _("times in which a camera did not work")),
        (number("cameras", 0), ngettext("new camera", "new cameras", number("cameras", 0))),
        (number("unchanged", 0), _("known already")),
    ]
    return [entry for entry in entries if entry[0]]
