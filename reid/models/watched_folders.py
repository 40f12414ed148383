"""Watched folders: how each stood when it was last looked at, and the files that were seen in it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reid.models.import_requests import ImportRequest


class WatchedFolder(models.Model):
    """A folder of WATCH_FOLDERS, as the last round found it."""

    path = models.CharField(max_length=1024, unique=True, help_text="As the setting names it.")
    checked_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True, help_text="Why it could not be read; empty: it could.")

    class Meta:
        ordering = ("path",)

    def __str__(self) -> str:
        return self.path


class WatchedFile(models.Model):
    """A photograph or video of a watched folder: it waits until it stops growing, and then belongs to an import."""

    folder = models.ForeignKey(WatchedFolder, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=512, help_text="Below the folder.")
    size = models.PositiveBigIntegerField()
    modified_ns = models.BigIntegerField()
    seen_at = models.DateTimeField(help_text="When it was first seen with this size and time.")
    # A file whose import is forgotten stays taken: it came in.
    request = models.ForeignKey(
        ImportRequest, on_delete=models.SET_NULL, null=True, blank=True, related_name="watched"
    )
    is_taken = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Imports that took it as it is.")

    class Meta:
        ordering = ("path",)
        indexes = [
            models.Index(name="watched_waiting", fields=["folder"], condition=Q(is_taken=False)),
        ]
        constraints = [
            models.UniqueConstraint(name="watched_file_unique", fields=["folder", "path"]),
        ]

    def __str__(self) -> str:
        return self.path
