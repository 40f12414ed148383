"""Thresholds in the admin: proposed by a person, and approved, applied, withdrawn or undone after a preview.

Each act has a page of its own that shows what it would change, counted by a worker, and does it when it is
confirmed. What an application changes is done by the queue; its run says how far it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join

from analysis.score_log.session import AnalysisError
from analysis.thresholds import acts
from analysis.thresholds.acts import EXPLAINED, LOOK_FIRST, Verb, foreseen
from reid.identifying import thresholds
from reid.identifying.approval import ApprovalRefused
from reid.models import Scorer, Threshold
from reid.reviewing import ReviewError

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

SELECT_ONE: Final = "Select one threshold."
OVERRIDDEN: Final = "Whatever is approved, {override}."


class ThresholdAdmin(admin.ModelAdmin[Threshold]):
    """A person proposes a value here, or decides on one: nothing is assigned before that."""

    list_display = (
        *("value", "acts", "is_active", "proof", "source", "proposed_at", "approved_by"),
        *("approved_at", "scorer"),
    )
    list_select_related = ("scorer", "approved_by")
    fields = ("scorer", "value")
    actions = ("approve", "apply", "withdraw", "undo")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Threshold]:
        # Once for all rows. Requests share this object, and each sets the same.
        self._now = thresholds.Now.read()
        return super().get_queryset(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "GET":
            for scorer in Scorer.objects.all():
                if again := thresholds.to_approve_again(scorer):
                    messages.warning(request, again)
            if override := thresholds.override_note():
                messages.warning(request, OVERRIDDEN.format(override=override))
        return super().changelist_view(request, extra_context)

    def get_fields(self, request: HttpRequest, obj: Threshold | None = None) -> Any:
        if obj is None:
            return super().get_fields(request, obj)
        return [*(name for name in self.list_display if name != "acts"), "evidence"]

    def has_change_permission(self, request: HttpRequest, obj: Threshold | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Threshold | None = None) -> bool:
        return False  # a threshold is a record with a history

    def save_model(self, request: HttpRequest, obj: Threshold, form: Any, change: bool) -> None:
        proposal = acts.propose_value(obj.scorer, obj.value)
        obj.pk, obj.source = proposal.pk, proposal.source

    def get_urls(self) -> list[URLPattern]:
        act = path(
            "<uuid:threshold>/act/<str:verb>/",
            self.admin_site.admin_view(self.act),
            name="reid_threshold_act",
        )
        return [act, *super().get_urls()]

    @admin.display(description="evidence")
    def proof(self, threshold: Threshold) -> str:
        proof = str(thresholds.validity(threshold, self._now))
        override = thresholds.override_note() if threshold.is_active else ""
        said = f"{proof}; but {override}" if override else proof
        return f"{said}. {threshold.left}" if threshold.left else said

    @admin.display(description="acts")
    def acts(self, threshold: Threshold) -> str:
        verbs = (
            (Verb.APPLY, Verb.WITHDRAW, Verb.UNDO)
            if threshold.is_active
            else (Verb.APPROVE, Verb.APPLY)
        )
        return format_html_join(
            " ",
            '<a href="{}">{}</a>',
            ((_address(threshold.pk, verb), verb.value) for verb in verbs),
        )

    @admin.action(
        description="Approve: the next run assigns at and above it", permissions=["change"]
    )
    def approve(self, request: HttpRequest, queryset: QuerySet[Threshold]) -> HttpResponse | None:
        return self._look(request, queryset, Verb.APPROVE)

    @admin.action(description="Apply: approve, and assign at once", permissions=["change"])
    def apply(self, request: HttpRequest, queryset: QuerySet[Threshold]) -> HttpResponse | None:
        return self._look(request, queryset, Verb.APPLY)

    @admin.action(description="Withdraw: the next run only ranks", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Threshold]) -> HttpResponse | None:
        return self._look(request, queryset, Verb.WITHDRAW)

    @admin.action(description="Undo its application", permissions=["change"])
    def undo(self, request: HttpRequest, queryset: QuerySet[Threshold]) -> HttpResponse | None:
        return self._look(request, queryset, Verb.UNDO)

    def _look(
        self, request: HttpRequest, queryset: QuerySet[Threshold], verb: Verb
    ) -> HttpResponse | None:
        keys = list(queryset.values_list("pk", flat=True)[:2])
        if len(keys) != 1:
            messages.error(request, SELECT_ONE)
            return None
        return HttpResponseRedirect(_address(keys[0], verb))

    def act(self, request: HttpRequest, threshold: UUID, verb: str) -> HttpResponse:
        """GET: a preview of what it would change. POST: the act itself, where the preview is still true."""
        if verb not in list(Verb) or not self.has_change_permission(request):
            raise PermissionDenied
        row = get_object_or_404(
            Threshold.objects.select_related("scorer__space", "approved_by"), pk=threshold
        )
        context = {
            **self.admin_site.each_context(request),
            **foreseen(row, Verb(verb)),
            "title": f"{verb.capitalize()} {row.value}?",
            "opts": self.model._meta,
            "threshold": row,
            "verb": verb,
            "proof": thresholds.validity(row),
            "override": thresholds.override_note(),
            "explained": EXPLAINED[Verb(verb)],
        }
        if request.method != "POST":
            return TemplateResponse(request, "admin/threshold_act.html", context)
        if not context["may_confirm"]:
            messages.warning(request, str(LOOK_FIRST))
            return HttpResponseRedirect(_address(row.pk, Verb(verb)))
        try:
            outcome = acts.do(Verb(verb), row, _person(request), acts.ByWorkers())
            messages.success(request, outcome.message)
        except (AnalysisError, ApprovalRefused, ReviewError) as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:reid_threshold_changelist"))


def _address(threshold: UUID, verb: Verb) -> str:
    return reverse("admin:reid_threshold_act", args=[threshold, verb.value])


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
