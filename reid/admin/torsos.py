"""Torsos in the admin: which photographs can be compared by their pattern, and why others cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from reid import models
from reid.admin import review
from reid.admin.logs import LogAdmin
from reid.imaging.canonical import stored_crop
from reid.taxonomy import PRIVATE
from reid.torsos.align import outlines
from reid.torsos.stored import stored_torso

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


def upright(torso: models.Torso, size: str = "") -> SafeString | str:
    """The upright crop above its mask, as a picture that may be `large`; a dash where there is none."""
    if torso.elongation is None:
        return "-"
    return format_html(
        '<img src="{}" alt="" loading="lazy" class="{} picture">',
        reverse("detection-torso", args=[torso.detection_id]),
        size,
    )


def over_the_crop(torso: models.Torso) -> SafeString | str:
    """The detection's crop with the outline of the mask drawn over it; a dash where either is missing."""
    crop = stored_crop(torso.detection_id)
    stored = stored_torso(torso.detection_id, is_aligned=torso.is_aligned)
    if crop is None or stored is None or stored.head != torso.head.fingerprint:
        return "-"
    lines = outlines(stored.mask, np.array(torso.to_crop, np.float32))
    drawn = format_html_join(
        "",
        '<polygon points="{}" fill="none" stroke="yellow" stroke-width="2"/>',
        [(" ".join(f"{x},{y}" for x, y in line),) for line in lines],
    )
    return format_html(
        '<svg viewBox="0 0 {} {}" class="outline" role="img"><title>Outline of the torso</title>'
        '<image href="{}" width="{}" height="{}"/>{}</svg>',
        *crop.size,
        reverse("detection-crop", args=[torso.detection_id]),
        *crop.size,
        drawn,
    )


def shown(detection: models.Detection) -> SafeString | str:
    """What was found of a detection's torso: a sentence, the outline over the crop, and the upright crop."""
    torso = models.Torso.objects.select_related("head").filter(detection=detection).first()
    if torso is None:
        return "Nobody has looked yet: manage.py find_torsos does."
    says = torso.get_reason_display() or "aligned"
    if not torso.head.is_active:
        says += ", by a mask head that is not in use any more"
    if detection.effective_class in PRIVATE:
        return says
    return format_html(
        '<p><a href="{}">{}</a></p>{} {}',
        reverse("admin:reid_torso_change", args=[detection.pk]),
        says,
        over_the_crop(torso),
        upright(torso, "large"),
    )


@admin.register(models.Torso)
class TorsoAdmin(LogAdmin):
    list_display = (
        *("detection_id", "crop", "torso", "is_aligned", "reason", "is_infrared"),
        *("elongation", "sharpness", "head"),
    )
    list_select_related = ("detection", "head")
    list_filter = ("is_aligned", "reason", "is_infrared", "head")
    readonly_fields = ("outline", "torso")

    @admin.display(description="crop")
    def crop(self, torso: models.Torso) -> str:
        return review.thumbnail(torso.detection)

    @admin.display(description="torso")
    def torso(self, torso: models.Torso) -> str:
        return upright(torso)

    @admin.display(description="outline")
    def outline(self, torso: models.Torso) -> str:
        return over_the_crop(torso)


@admin.register(models.TorsoHead)
class TorsoHeadAdmin(LogAdmin):
    list_display = ("fingerprint", "origin", "is_active", "created_at")
    exclude = ("sentinels",)


@admin.register(models.TorsoTraining)
class TorsoTrainingAdmin(LogAdmin):
    list_display: Any = (
        *("created_at", "outcome", "looked_at", "usable", "agreement", "agreement_before"),
        *("seconds", "head"),
    )
    list_select_related = ("head",)
