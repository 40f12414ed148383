"""Request of an export, as it is remembered: the live state of what is built is in Redis, and ends there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from exports.requests.specs import ArchiveSpec, ExportKind, ReportSpec

if TYPE_CHECKING:
    from datetime import datetime


class ExportRequestQuerySet(models.QuerySet["ExportRequest"]):
    def of(self, owner_id: int) -> ExportRequestQuerySet:
        """What this user asked for and has not deleted, the newest first, without the lists of ids in it."""
        return self.filter(owner_id=owner_id, removed_at__isnull=True).order_by("-created_at", "pk")

    def unfinished(self) -> ExportRequestQuerySet:
        """Those that no end is known of."""
        return self.filter(state=ExportRequest.State.PROCESSING)


class ExportRequest(models.Model):
    """A report or an archive that somebody asked for.

        processing -> completed | failed | cancelled

    `spec` is what was asked for, resolved to days and ids, to be built again. `file_until` is when the file of a
    completed one goes; `removed_at` hides one that was deleted until it is purged.
    """

    class State(models.TextChoices):
        PROCESSING = "processing"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    job_id = models.UUIDField(primary_key=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="export_requests"
    )
    kind = models.CharField(max_length=8, choices=[(item.value, item.value) for item in ExportKind])
    title = models.CharField(max_length=200)
    spec = models.JSONField()
    created_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.PROCESSING)
    ended_at = models.DateTimeField(null=True, blank=True)
    file_until = models.DateTimeField(null=True, blank=True)
    file_size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    missing_count = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=32, blank=True)
    error = models.TextField(blank=True)
    recipients = models.JSONField(default=list, help_text="Who is mailed the report.")
    mailed_to = models.JSONField(default=list, help_text="Those of them who were mailed it.")
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_error = models.CharField(max_length=200, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ExportRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["owner", "-created_at"], name="export_request_of_owner")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_processing(self) -> bool:
        return self.state == self.State.PROCESSING

    @property
    def is_report(self) -> bool:
        return self.kind == ExportKind.PDF

    def read_spec(self) -> ReportSpec | ArchiveSpec:
        """What was asked for. Raises ValueError and TypeError where no version wrote it."""
        data: dict[str, Any] = self.spec
        return (ReportSpec if self.is_report else ArchiveSpec).from_json(data)

    def has_file(self, now: datetime) -> bool:
        """Whether its file is still kept."""
        return (
            self.state == self.State.COMPLETED
            and self.file_until is not None
            and now < self.file_until
        )
