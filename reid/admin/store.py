"""Admin of the store's tables. What people know can be edited; what was logged can only be read.

So can what other rows are made from: a photograph's time decides its encounter, a box its crop and its
embedding, an identity the gallery. Imports and reviews change those, and what hangs on them with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from reid import models
from reid.admin import review, torsos
from reid.admin.logs import ClassFilter, LogAdmin
from reid.admin.names import AlikeFilter
from reid.scoring import stale_marks

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(models.ClassLabel)
class ClassLabelAdmin(admin.ModelAdmin[models.ClassLabel]):
    list_display = ("word", "classification", "created_at")
    search_fields = ("word",)


@admin.register(models.Image)
class ImageAdmin(LogAdmin):
    list_display = ("path", "camera", "captured_at", "width", "height", "video", "frame_number")
    list_select_related = ("camera", "video")
    search_fields = ("path",)
    date_hierarchy = "captured_at"


@admin.register(models.Video)
class VideoAdmin(LogAdmin):
    list_display = ("path", "duration", "fps", "rate", "taken", "is_damaged", "finished_at")
    search_fields = ("path",)


@admin.register(models.Encounter)
class EncounterAdmin(LogAdmin):
    list_display = ("camera", "started_at", "ended_at")
    list_select_related = ("camera",)


@admin.register(models.Sighting)
class SightingAdmin(LogAdmin):
    list_display = ("id", "label", "encounter")
    list_select_related = ("encounter",)


@admin.register(models.Deer)
class DeerAdmin(admin.ModelAdmin[models.Deer]):
    list_display = ("name", "sex", "status", "born_on", "died_on", "merged_into")
    list_filter = ("sex", "status", AlikeFilter)
    list_select_related = ("merged_into",)
    search_fields = ("name",)
    readonly_fields = ("merged_into",)
    actions = (review.merge,)

    def save_model(self, request: HttpRequest, obj: models.Deer, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and {"sex", "born_on", "died_on"} & set(form.changed_data):
            stale_marks.mark_compared_with(obj)


@admin.register(models.Detection)
class DetectionAdmin(LogAdmin):
    """A review, by its action or by the review page, is the way to change one."""

    list_display = (
        *("id", "picture", "effective_class", "deer", "identity_source"),
        *("flank", "flank_source", "antlers_of", "is_valid", "scores"),
    )
    list_filter = (ClassFilter, "identity_source", "flank", "flank_source", "is_valid")
    list_select_related = ("deer", "image")
    search_fields = ("=id", "deer__name")
    readonly_fields = ("picture", "antlers_of", "scores", "torso_found")
    actions = (review.confirm, review.set_flank)

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reid.change_detection")

    @admin.display(description="picture")
    def picture(self, detection: models.Detection) -> str:
        return review.thumbnail(detection)

    @admin.display(description="antlers of")
    def antlers_of(self, detection: models.Detection) -> int | None:
        """The antler year that it shows, of a buck."""
        return detection.antler_year

    @admin.display(description="torso")
    def torso_found(self, detection: models.Detection) -> str:
        return torsos.shown(detection)

    @admin.display(description="scores")
    def scores(self, detection: models.Detection) -> str:
        """A link to its rows in the log, which has no search of its own."""
        url = reverse("admin:reid_similarityscore_changelist")
        return format_html('<a href="{}?detection={}">best first</a>', url, detection.pk)


@admin.register(models.EmbeddingSpace)
class EmbeddingSpaceAdmin(LogAdmin):
    list_display = ("name", "fingerprint", "dimension", "precision", "is_active", "created_at")
    exclude = ("sentinels", "centre")


@admin.register(models.Scorer)
class ScorerAdmin(LogAdmin):
    list_display = ("name", "kind", "fingerprint", "space", "is_active", "created_at")
    list_select_related = ("space",)


@admin.register(models.Embedding)
class EmbeddingAdmin(LogAdmin):
    list_display = ("detection_id", "space")
    list_select_related = ("space",)
    exclude = ("vector",)


@admin.register(models.SkippedEmbedding)
class SkippedEmbeddingAdmin(LogAdmin):
    list_display = ("detection_id", "space", "reason")
    list_select_related = ("space",)
    list_filter = ("reason",)


@admin.register(models.SimilarityScore)
class SimilarityScoreAdmin(LogAdmin):
    """Best first. Filters are those that an index serves together with that order."""

    list_display = (
        *("detection_id", "deer", "similarity_score", "matched", "sex_match", "scorer"),
        "calculated_at",
    )
    list_select_related = ("deer", "scorer")
    list_filter = ("matched",)
    ordering = ("-score",)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup in ("detection", "deer", "matched__exact", "matched")


@admin.register(models.Decision)
class DecisionAdmin(LogAdmin):
    list_display = ("sighting_id", "outcome", "deer", "score", "margin", "threshold", "run_id")
    list_select_related = ("deer",)
    list_filter = ("outcome",)


@admin.register(models.ReidRun)
class ReidRunAdmin(LogAdmin):
    list_display = (
        *("kind", "state", "scorer", "detector", "threshold_used", "threshold_source"),
        *("started_at", "finished_at", "counts", "error"),
    )
    list_select_related = ("scorer", "detector")
    list_filter = ("kind", "state")


class IdentityEventInline(admin.TabularInline[models.IdentityEvent, models.Operation]):
    model = models.IdentityEvent
    extra = 0
    can_delete = False
    readonly_fields = ("detection", "deer", "field", "before", "after")
    max_num = 0


@admin.register(models.Operation)
class OperationAdmin(LogAdmin):
    list_display = ("kind", "actor", "created_at", "reason", "undone_by")
    list_select_related = ("actor", "undone_by")
    list_filter = ("kind",)
    inlines = (IdentityEventInline,)


@admin.register(models.IdentityEvent)
class IdentityEventAdmin(LogAdmin):
    list_display = ("operation_id", "detection_id", "deer", "field", "before", "after")
    list_select_related = ("deer",)


@admin.register(models.AuditPlan)
class AuditPlanAdmin(LogAdmin):
    list_display = (
        *("created_at", "kind", "number", "scorer", "alpha_fdp", "n_population", "status"),
        *("closed_at", "assignment"),
    )
    list_filter = ("kind", "status")
    list_select_related = ("scorer", "assignment")


@admin.register(models.AuditItem)
class AuditItemAdmin(LogAdmin):
    list_display = ("plan_id", "sighting_id", "deer", "outcome", "reviewer")
    list_select_related = ("deer", "reviewer")
