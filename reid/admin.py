"""Every table in the admin. What people decide can be edited; what was logged can only be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages

from reid import models

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


class LogAdmin(admin.ModelAdmin[Any]):
    """A log: nothing is added, changed or deleted by hand, and no list counts all its rows."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class DeploymentInline(admin.TabularInline[models.Deployment, models.Camera]):
    model = models.Deployment
    extra = 0


@admin.register(models.Camera)
class CameraAdmin(admin.ModelAdmin[models.Camera]):
    list_display = ("name", "latitude", "longitude", "time_zone")
    search_fields = ("name",)
    inlines = (DeploymentInline,)


@admin.register(models.Deployment)
class DeploymentAdmin(admin.ModelAdmin[models.Deployment]):
    list_display = ("camera", "started_on", "ended_on")
    list_select_related = ("camera",)
    autocomplete_fields = ("camera",)


@admin.register(models.Image)
class ImageAdmin(admin.ModelAdmin[models.Image]):
    list_display = ("path", "camera", "captured_at", "width", "height")
    list_select_related = ("camera",)
    search_fields = ("path",)
    date_hierarchy = "captured_at"
    raw_id_fields = ("encounter",)
    autocomplete_fields = ("camera",)
    show_full_result_count = False


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
    list_filter = ("sex", "status")
    list_select_related = ("merged_into",)
    search_fields = ("name",)
    autocomplete_fields = ("merged_into",)


@admin.register(models.Detection)
class DetectionAdmin(admin.ModelAdmin[models.Detection]):
    """Identity is read-only here: it changes through a run or a review, which log what they do."""

    list_display = ("id", "effective_class", "deer", "identity_source", "flank", "is_valid")
    list_filter = ("effective_class", "identity_source", "is_valid")
    list_select_related = ("deer",)
    search_fields = ("=id", "deer__name")
    readonly_fields = (
        "deer",
        "identity_source",
        "is_reference",
        "scores_stale",
        "reviewed_by",
        "reviewed_at",
        "version",
        "effective_class",
        "created_at",
    )
    raw_id_fields = ("image", "sighting")
    show_full_result_count = False


@admin.register(models.EmbeddingSpace)
class EmbeddingSpaceAdmin(LogAdmin):
    list_display = ("name", "fingerprint", "dimension", "precision", "is_active", "created_at")
    exclude = ("sentinels", "centre")


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
    list_display = ("detection_id", "deer", "similarity_score", "matched", "sex_match", "space")
    list_select_related = ("deer", "space")
    ordering = ("-score",)


@admin.register(models.Decision)
class DecisionAdmin(LogAdmin):
    list_display = ("sighting_id", "outcome", "deer", "score", "margin", "threshold", "run_id")
    list_select_related = ("deer",)
    list_filter = ("outcome",)


@admin.register(models.ReidRun)
class ReidRunAdmin(LogAdmin):
    list_display = ("kind", "state", "space", "started_at", "finished_at", "counts", "error")
    list_select_related = ("space",)
    list_filter = ("kind", "state")


@admin.register(models.Threshold)
class ThresholdAdmin(admin.ModelAdmin[models.Threshold]):
    """A person proposes a value here, or approves one: nothing is assigned before that."""

    list_display = ("value", "space", "source", "is_active", "proposed_at", "approved_by")
    list_select_related = ("space", "approved_by")
    fields = ("space", "value")
    actions = ("approve", "withdraw")

    def has_change_permission(
        self, request: HttpRequest, obj: models.Threshold | None = None
    ) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Threshold | None = None
    ) -> bool:
        return False  # a threshold is a record with a history

    def save_model(
        self, request: HttpRequest, obj: models.Threshold, form: Any, change: bool
    ) -> None:
        obj.source = models.Threshold.Source.OPERATOR
        super().save_model(request, obj, form, change)

    @admin.action(
        description="Approve: the next run assigns at and above it", permissions=["change"]
    )
    def approve(self, request: HttpRequest, queryset: QuerySet[models.Threshold]) -> None:
        if queryset.count() != 1:
            messages.error(request, "Select the one threshold to approve.")
            return
        threshold = queryset.get()
        threshold.approve(request.user)
        messages.success(request, f"{threshold.value} is active from the next run on.")

    @admin.action(description="Withdraw: the next run only ranks", permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[models.Threshold]) -> None:
        count = queryset.update(is_active=False)
        messages.success(request, f"{count} withdrawn.")


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
    list_display = ("created_at", "space", "alpha_fdp", "n_population", "status", "closed_at")
    list_select_related = ("space",)


@admin.register(models.AuditItem)
class AuditItemAdmin(LogAdmin):
    list_display = ("plan_id", "sighting_id", "deer", "outcome", "reviewer")
    list_select_related = ("deer", "reviewer")
