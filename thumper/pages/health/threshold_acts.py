"""Acts on thresholds as pages: what one would change is shown first, and done once it is confirmed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from analysis.score_log.session import AnalysisError
from analysis.thresholds import acts
from analysis.thresholds.acts import EXPLAINED, LOOK_FIRST, Verb, foreseen
from reid.identifying import thresholds
from reid.identifying.approval import ApprovalRefused
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import Scorer, Threshold
from reid.reviewing import ReviewError
from reid.units import SCORE_UNITS
from thumper.pages.permissions import signed_in

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

NO_SCORER: Final = _("Nothing has been identified yet, so there is nothing to propose a limit for.")
NAMES: Final[dict[Verb, _StrPromise]] = {
    Verb.APPROVE: _("Approve"),
    Verb.APPLY: _("Approve and apply at once"),
    Verb.WITHDRAW: _("Withdraw"),
    Verb.UNDO: _("Undo its application"),
}


def possible(row: Threshold) -> list[tuple[str, _StrPromise]]:
    """What may be done with a threshold: the verb of the address, and its words."""
    in_force = (Verb.APPLY, Verb.WITHDRAW, Verb.UNDO)
    verbs = in_force if row.is_active else (Verb.APPROVE, Verb.APPLY)
    return [(verb.value, NAMES[verb]) for verb in verbs]


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, threshold: UUID, verb: str) -> HttpResponse:
    """GET: what the act would change. POST: the act, where what was shown is still true."""
    if verb not in list(Verb):
        raise Http404
    row = get_object_or_404(Threshold.objects.select_related("scorer__space"), pk=threshold)
    context = foreseen(row, Verb(verb)) | {
        "threshold": row,
        "name": NAMES[Verb(verb)],
        "proof": thresholds.validity(row),
        "override": thresholds.override_note(),
        "explained": EXPLAINED[Verb(verb)],
    }
    if request.method != "POST":
        return render(request, "pages/health/threshold_act.html", context)
    if not context["may_confirm"]:
        messages.warning(request, str(LOOK_FIRST))
        return HttpResponseRedirect(request.path)
    try:
        outcome = acts.do(Verb(verb), row, signed_in(request), acts.ByWorkers())
        messages.success(request, outcome.message)
    except (AnalysisError, ApprovalRefused, ReviewError) as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("thresholds"))


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """POST `threshold`: a person's own number, which nothing proves, among the proposals."""
    scorer = Scorer.objects.active()
    typed = request.POST.get("threshold", "").strip()
    units = thresholds.units_of(typed)
    if scorer is None:
        messages.error(request, str(NO_SCORER))
    elif units is None:
        messages.error(request, NOT_A_THRESHOLD.format(text=typed))
    else:
        row = acts.propose_value(scorer, Decimal(units) / SCORE_UNITS)
        messages.success(request, acts.proposed(row))
    return HttpResponseRedirect(reverse("thresholds"))
