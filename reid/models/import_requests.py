"""Requests of imports: what a person asked to be imported in the browser, and the files that were uploaded for it."""

from __future__ import annotations

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from reid.models.runs import ReidRun

LONGEST_UPLOADED: Final = 400
"""Characters of an uploaded file's path: what stands before it below the media root has room too."""


class ImportRequest(models.Model):
    """One import that a person prepares and watches in the browser: where the photographs lie, what was said of
    them, and how far it is.

    open -> checking -> open (with a preview) -> importing -> detecting -> identifying -> done; checking and importing end as
    failed or cancelled too, and from there it is open or begun anew. Detecting and identifying that were stopped, or ended by
    a problem, end as done with an error, and can go on. A worker that died leaves it at its state with an old heartbeat.
    """

    class Place(models.TextChoices):
        UPLOAD = "upload", "uploaded in the browser"
        FOLDER = "folder", "a folder of the server"
        WATCHED = "watched", "a watched folder"

    class Kind(models.TextChoices):
        PHOTOGRAPHS = "photographs"
        STATIONS = "stations", "a table of where cameras stood"

    class State(models.TextChoices):
        OPEN = "open"
        CHECKING = "checking"
        IMPORTING = "importing"
        DETECTING = "detecting"
        IDENTIFYING = "identifying"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=80, help_text="As people call it, such as North gate, May.")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.PHOTOGRAPHS)
    place = models.CharField(max_length=8, choices=Place)
    folder = models.CharField(
        max_length=1024, blank=True, help_text="Of the server; empty for an upload."
    )
    source = models.CharField(
        max_length=1024,
        blank=True,
        help_text="Below the folder, the file that says what the photographs show; empty: nothing says it.",
    )
    answers = models.JSONField(default=dict, blank=True, help_text="What a person said of it.")
    preview = models.JSONField(
        null=True, blank=True, help_text="What would be made; empty: not looked at since an answer."
    )
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    at_work = models.BooleanField(default=False, help_text="Whether a worker has it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    run = models.ForeignKey(
        ReidRun, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    files_gone_at = models.DateTimeField(
        null=True, blank=True, help_text="When its uploaded files were deleted."
    )

    WORKING = frozenset({State.CHECKING, State.IMPORTING})
    WAITING = frozenset({State.DETECTING, State.IDENTIFYING})
    """It waits for a run."""
    ENDED = frozenset({State.DONE, State.FAILED, State.CANCELLED})

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="import_request_created"),
            models.Index(
                name="import_request_unfinished",
                fields=["heartbeat_at"],
                condition=Q(state__in=["checking", "importing", "detecting", "identifying"]),
            ),
        ]

    def __str__(self) -> str:
        return f"import of {self.title}"

    @property
    def is_upload(self) -> bool:
        return self.place == self.Place.UPLOAD

    @property
    def is_watched(self) -> bool:
        """Whether it came by itself, from a watched folder: of this it reads its own files alone (`watched`)."""
        return self.place == self.Place.WATCHED

    @property
    def is_of_stations(self) -> bool:
        """Whether it brings no photographs, but a table of deployments or outages."""
        return self.kind == self.Kind.STATIONS

    @property
    def is_unfinished(self) -> bool:
        """Whether its photographs are in, but the search for animals, or their identification, ended early and can go on."""
        return self.state == self.State.DONE and bool(self.error)

    @property
    def may_change(self) -> bool:
        """Whether files may come and answers be given: no worker reads them."""
        return self.state in (self.State.OPEN, self.State.FAILED, self.State.CANCELLED)


class UploadedFile(models.Model):
    """One file of an upload, from its first byte on: a resource of the tus protocol.

    How many bytes are there is the size of its part on the disk; `finished_at` says that it is whole and in its place.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Files say nothing without their import.
    request = models.ForeignKey(ImportRequest, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=LONGEST_UPLOADED, help_text="Below the uploaded folder.")
    path_key = models.CharField(max_length=64, help_text="SHA-256 of the folded path.")
    size = models.PositiveBigIntegerField()
    modified_ms = models.BigIntegerField(
        null=True, blank=True, help_text="When it was last changed where it came from."
    )
    sha256 = models.CharField(max_length=64, blank=True, help_text="As its sender said.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("path",)
        constraints = [
            models.UniqueConstraint(name="uploaded_file_unique", fields=["request", "path_key"]),
        ]

    def __str__(self) -> str:
        return self.path
