"""Admin of deployments and outages: the rules of imports hold in its forms too."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from reid import models
from reid.importing.clocks.marks import mark_clock_problems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest


def _require_apart(pairs: Iterable[tuple[models.Deployment, models.Deployment]]) -> None:
    """Raise ValidationError for the first two deployments of one camera that overlap."""
    for one, other in pairs:
        if one.overlaps(other):
            text = other.overlap_text()
            raise ValidationError(f"{text[0].upper()}{text[1:]}.")


class DeploymentForm(forms.ModelForm[models.Deployment]):
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and "camera" in self.cleaned_data:
            asked = models.Deployment(
                **{name: self.cleaned_data.get(name) for name in ("camera", *_TIMES)}
            )
            others = models.Deployment.objects.filter(camera=asked.camera)
            _require_apart((asked, other) for other in others.exclude(pk=self.instance.pk))
        return cleaned


_TIMES = ("started_on", "started_at", "ended_on", "ended_at")


class DeploymentFormSet(BaseInlineFormSet[models.Deployment, models.Camera, Any]):
    """All deployments of a camera on its page: compared as they will be, not as they are stored."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        kept = [
            form
            for form in self.forms
            if form.cleaned_data.get("started_on") and not form.cleaned_data.get("DELETE")
        ]
        _require_apart(combinations((form.instance for form in kept), 2))


class DeploymentInline(admin.TabularInline[models.Deployment, models.Camera]):
    model = models.Deployment
    formset = DeploymentFormSet
    exclude = ("made_by_import",)
    extra = 0


class OutageInline(admin.TabularInline[models.Outage, models.Camera]):
    model = models.Outage
    exclude = ("made_by_import",)
    extra = 0


@admin.register(models.Deployment)
class DeploymentAdmin(admin.ModelAdmin[models.Deployment]):
    """What changes a camera's days judges the times of its photographs anew."""

    form = DeploymentForm
    list_display = ("camera", "started_on", "ended_on", "latitude", "longitude")
    list_select_related = ("camera",)
    autocomplete_fields = ("camera",)
    readonly_fields = ("made_by_import",)

    def save_model(
        self, request: HttpRequest, obj: models.Deployment, form: Any, change: bool
    ) -> None:
        cameras = _cameras_of(models.Deployment.objects.filter(pk=obj.pk))
        super().save_model(request, obj, form, change)
        mark_clock_problems({*cameras, obj.camera})

    def delete_model(self, request: HttpRequest, obj: models.Deployment) -> None:
        super().delete_model(request, obj)
        mark_clock_problems([obj.camera])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Deployment]) -> None:
        cameras = _cameras_of(queryset)
        super().delete_queryset(request, queryset)
        mark_clock_problems(cameras)


def _cameras_of(rows: QuerySet[models.Deployment]) -> list[models.Camera]:
    return list(models.Camera.objects.filter(deployments__in=rows).distinct())


@admin.register(models.Outage)
class OutageAdmin(admin.ModelAdmin[models.Outage]):
    list_display = ("camera", "started_on", "ended_on", "reason")
    list_select_related = ("camera",)
    autocomplete_fields = ("camera",)
    readonly_fields = ("made_by_import",)
