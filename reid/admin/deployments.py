"""Admin of deployments and outages: the rules of imports hold in its forms too."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet

from reid import models

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    form = DeploymentForm
    list_display = ("camera", "started_on", "ended_on", "latitude", "longitude")
    list_select_related = ("camera",)
    autocomplete_fields = ("camera",)
    readonly_fields = ("made_by_import",)


@admin.register(models.Outage)
class OutageAdmin(admin.ModelAdmin[models.Outage]):
    list_display = ("camera", "started_on", "ended_on", "reason")
    list_select_related = ("camera",)
    autocomplete_fields = ("camera",)
    readonly_fields = ("made_by_import",)
