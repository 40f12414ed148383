"""Acts on a camera, its deployments and its outages; and the undo of what its history lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from reid.cameras import changes, merging
from reid.cameras.problems import ChangeProblem, MergeProblem
from reid.importing.clocks import corrections
from reid.importing.clocks.corrections import CorrectionProblem
from reid.models import CameraChange, CameraMerge, ClockCorrection
from thumper.pages.cameras import one
from thumper.pages.cameras.forms import DeploymentForm, FactsForm, OutageForm
from thumper.pages.cameras.words import change_words
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from thumper.pages.cameras.forms import Seen


@require_POST
def edit(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST name, place and notes of a camera."""
    form = FactsForm(request.POST, auto_id="facts-%s")

    def act() -> CameraChange:
        return changes.edit_camera(key, form.values, actor=signed_in(request), seen=form.seen)

    return _done(request, key, "facts", form, act)


@require_POST
def add_deployment(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST a new deployment."""
    form = DeploymentForm(request.POST, auto_id="new-deployment-%s")

    def act() -> CameraChange:
        return changes.add_deployment(key, form.values, actor=signed_in(request))

    return _done(request, key, "new-deployment", form, act)


@require_POST
def deployment(request: HttpRequest, key: UUID, row: UUID) -> HttpResponse:
    """POST a deployment as it should be."""
    form = DeploymentForm(request.POST, auto_id=f"{row}-%s")

    def act() -> CameraChange:
        return changes.edit_deployment(row, form.values, actor=signed_in(request), seen=form.seen)

    return _done(request, key, str(row), form, act)


@require_POST
def remove_deployment(request: HttpRequest, key: UUID, row: UUID) -> HttpResponse:
    """POST: a deployment goes."""
    seen = request.POST.get("fingerprint", "")
    return _removed(
        request, key, lambda: changes.remove_deployment(row, actor=signed_in(request), seen=seen)
    )


@require_POST
def add_outage(request: HttpRequest, key: UUID) -> HttpResponse:
    """POST a new outage."""
    form = OutageForm(request.POST, auto_id="new-outage-%s")

    def act() -> CameraChange:
        return changes.add_outage(key, form.values, actor=signed_in(request))

    return _done(request, key, "new-outage", form, act)


@require_POST
def outage(request: HttpRequest, key: UUID, row: UUID) -> HttpResponse:
    """POST an outage as it should be."""
    form = OutageForm(request.POST, auto_id=f"{row}-%s")

    def act() -> CameraChange:
        return changes.edit_outage(row, form.values, actor=signed_in(request), seen=form.seen)

    return _done(request, key, str(row), form, act)


@require_POST
def remove_outage(request: HttpRequest, key: UUID, row: UUID) -> HttpResponse:
    """POST: an outage goes."""
    seen = request.POST.get("fingerprint", "")
    return _removed(
        request, key, lambda: changes.remove_outage(row, actor=signed_in(request), seen=seen)
    )


@require_POST
def undo_change(request: HttpRequest, key: UUID, act: UUID) -> HttpResponse:
    """POST: a change of this camera, of a deployment or of an outage is undone."""
    get_object_or_404(CameraChange, pk=act, camera=key)
    try:
        change = changes.undo(act, actor=signed_in(request))
    except ChangeProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Undone: {what}").format(what=change_words(change)))
    return redirect("camera", key=key)


@require_POST
def undo_merge(request: HttpRequest, key: UUID, act: UUID) -> HttpResponse:
    """POST: a merge of another camera into this one is undone."""
    get_object_or_404(CameraMerge, pk=act, into=key)
    try:
        report = merging.undo(act, actor=signed_in(request))
    except MergeProblem as problem:
        messages.error(request, str(problem))
    else:
        text = _("Undone: {camera} is a camera of its own again.")
        messages.success(request, text.format(camera=report.merge.camera))
    return redirect("camera", key=key)


@require_POST
def undo_correction(request: HttpRequest, key: UUID, act: UUID) -> HttpResponse:
    """POST: a correction of this camera's clock is undone."""
    get_object_or_404(ClockCorrection, pk=act, camera=key)
    try:
        _row, count = corrections.undo(act, actor=signed_in(request))
    except CorrectionProblem as problem:
        messages.error(request, sentence(str(problem)))
    else:
        text = ngettext(
            "Undone: {n} photograph has its time back.",
            "Undone: {n} photographs have their time back.",
            count,
        )
        messages.success(request, text.format(n=count))
    return redirect("camera", key=key)


def sentence(text: str) -> str:
    """What a service says in half a sentence, as a whole one."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def _done(
    request: HttpRequest, key: UUID, name: str, form: Seen, act: Callable[[], CameraChange]
) -> HttpResponse:
    """Do what the form says and show the camera; or show it with what is wrong with the form."""
    if form.is_valid():
        try:
            change = act()
        except ChangeProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, change_words(change))
            return redirect("camera", key=key)
    return one.show(request, key, {name: form})


def _removed(request: HttpRequest, key: UUID, act: Callable[[], CameraChange]) -> HttpResponse:
    try:
        messages.success(request, change_words(act()))
    except ChangeProblem as problem:
        messages.error(request, str(problem))
    return redirect("camera", key=key)
