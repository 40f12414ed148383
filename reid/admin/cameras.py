"""Admin of cameras: their places and days, two that are one merged, and merges undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Count

from reid import models, wording
from reid.admin import review
from reid.admin.deployments import DeploymentInline, OutageInline
from reid.admin.logs import LogAdmin
from reid.admin.names import AlikeFilter
from reid.cameras import merging
from reid.cameras.problems import MergeProblem
from reid.importing.clocks.marks import mark_clock_problems

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.template.response import TemplateResponse

SELECT_TWO: Final = "Select the two cameras that are one."
SELECT_ONE: Final = "Select one merge."
MERGED: Final = (
    "{camera} is {into} now: {photographs:photograph|photographs}, {deployments:deployment|deployments} and {outages:outage|outages} changed over. "
    "It can be undone, under Camera merges."
)
UNDONE: Final = "{camera} is a camera of its own again, with {photographs:photograph|photographs}."


@admin.action(description="Merge two cameras that are one", permissions=["change"])
def merge_cameras(
    model_admin: CameraAdmin, request: HttpRequest, queryset: QuerySet[models.Camera]
) -> TemplateResponse | None:
    """Ask which of the two names stays, then merge."""
    rows = queryset.annotate(
        photographs=Count("images", distinct=True), stays=Count("deployments", distinct=True)
    )
    cameras = list(rows.order_by("name")[:3])
    if len(cameras) != 2:
        messages.error(request, SELECT_TWO)
        return None
    if "into" not in request.POST:
        title = "Which camera's name stays?"
        return review.ask(model_admin, request, "merge_cameras", title, cameras=cameras)
    into = UUID(request.POST["into"])
    camera, survivor = sorted(cameras, key=lambda row: row.pk == into)
    try:
        report = merging.merge(camera, survivor, actor=review.reviewer(request))
    except MergeProblem as problem:
        messages.error(request, str(problem))
        return None
    text = MERGED.format(
        camera=camera,
        into=survivor,
        photographs=wording.Number(report.photographs),
        deployments=wording.Number(report.deployments),
        outages=wording.Number(report.outages),
    )
    messages.success(request, text)
    return None


@admin.register(models.Camera)
class CameraAdmin(admin.ModelAdmin[models.Camera]):
    list_display = ("name", "latitude", "longitude", "time_zone")
    list_filter = (AlikeFilter,)
    search_fields = ("name",)
    inlines = (DeploymentInline, OutageInline)
    exclude = ("merged_into",)
    actions = (merge_cameras,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        mark_clock_problems([form.instance])


@admin.action(description="Undo a merge", permissions=["undo"])
def undo_merge(
    model_admin: CameraMergeAdmin, request: HttpRequest, queryset: QuerySet[models.CameraMerge]
) -> None:
    """Undo the one that is selected; merging again is the redo."""
    keys = list(queryset.values_list("pk", flat=True)[:2])
    if len(keys) != 1:
        messages.error(request, SELECT_ONE)
        return
    try:
        report = merging.undo(keys[0], actor=review.reviewer(request))
    except MergeProblem as problem:
        messages.error(request, str(problem))
        return
    text = UNDONE.format(camera=report.merge.camera, photographs=wording.Number(report.photographs))
    messages.success(request, text)


@admin.register(models.CameraMerge)
class CameraMergeAdmin(LogAdmin):
    list_display = ("camera", "into", "actor", "created_at", "reason", "undone_at")
    list_select_related = ("camera", "into", "actor")
    search_fields = ("camera__name", "into__name")
    actions = (undo_merge,)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("reid.change_camera")
