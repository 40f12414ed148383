"""Act on detectors: which one searches new photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reid.detecting import registry
from reid.models import Detector
from reid.networks.model_card import ModelRefused

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_POST
def use(request: HttpRequest, detector: UUID) -> HttpResponse:
    """POST: this detector searches photographs from now on, where its weights are those of its card."""
    row = get_object_or_404(Detector, pk=detector)
    try:
        registry.activate(row)
    except ModelRefused as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(
            request,
            _("New photographs are searched by {detector} from now on.").format(detector=row),
        )
    return HttpResponseRedirect(reverse("health") + "#detectors")
