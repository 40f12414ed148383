"""Acts on an import: answers kept and looked at, started, cancelled, gone on with, its uploaded files deleted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from reid.intake import requests, sources
from reid.intake.answers import Answers
from reid.intake.refusals import IntakeRefused
from reid.intake.working import waiting
from reid.models import ImportRequest
from thumper.pages.imports import stations
from thumper.pages.imports.forms import AnswersForm, clocks_of
from thumper.pages.imports.prepare import find

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

CANCELLING = _("It stops after the photographs in hand.")
REMOVED = _("The uploaded files are deleted.")


@require_POST
def answers(request: HttpRequest, key: UUID) -> HttpResponse:
    """Keep what was said, and have a worker say what would be imported."""
    row = find(key)
    form = AnswersForm(request.POST, sources.candidates(row))
    try:
        if row.is_of_stations:
            stations.keep_and_look(request, row)
            return redirect("import-request", row.pk)
        if not form.is_valid():
            raise ValidationError([error for errors in form.errors.values() for error in errors])
        requests.give_answers(row, form.cleaned_data["source"], form.answers(row))
        requests.look(row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except IntakeRefused as refused:
        messages.error(request, str(refused))
    return redirect("import-request", row.pk)


@require_POST
def clocks(request: HttpRequest, key: UUID) -> HttpResponse:
    """Correct the clocks by the right times of the newest photographs, and have a worker look again."""
    row = find(key)
    try:
        said = replace(Answers.of(row), clocks=clocks_of(row, request.POST))
        requests.give_answers(row, row.source, said)
        requests.look(row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except IntakeRefused as refused:
        messages.error(request, str(refused))
    return redirect("import-request", row.pk)


@require_POST
def start(request: HttpRequest, key: UUID) -> HttpResponse:
    """Import what was looked at."""
    row = find(key)
    try:
        requests.start(row, clock_is_right="clock_is_right" in request.POST)
    except IntakeRefused as refused:
        messages.error(request, str(refused))
    return redirect("import-request", row.pk)


@require_POST
def cancel(request: HttpRequest, key: UUID) -> HttpResponse:
    """Stop the worker, or the run that the import waits for, after the photographs in hand."""
    row = find(key)
    is_waiting = row.state in ImportRequest.WAITING
    try:
        (waiting.stop if is_waiting else requests.cancel)(row)
    except IntakeRefused as refused:
        messages.error(request, str(refused))
    else:
        if not is_waiting and row.state != ImportRequest.State.CANCELLED:
            messages.info(request, CANCELLING)
    return redirect("import-request", row.pk)


@require_POST
def go_on(request: HttpRequest, key: UUID) -> HttpResponse:
    """Search and identify the rest of an import that was stopped then, or ended by a problem."""
    row = find(key)
    try:
        waiting.go_on(row)
    except IntakeRefused as refused:
        messages.error(request, str(refused))
    return redirect("import-request", row.pk)


@require_POST
def remove(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete the uploaded files of an import; the photographs that came in stay."""
    row = find(key)
    has_records = row.records.exists()
    try:
        requests.remove(row)
    except IntakeRefused as refused:
        messages.error(request, str(refused))
        return redirect("import-request", row.pk)
    messages.success(request, REMOVED)
    return redirect("import-request", row.pk) if has_records else redirect("imports")
