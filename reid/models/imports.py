"""Imports: each reading of a source into the store, what it found wrong, and what it changed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from reid.db import shared_clock
from reid.taxonomy import CHOICES, Classification
from reid.vocabulary import Vocabulary, fold_word

SILENT_AFTER: Final = timedelta(minutes=10)
"""How long an import may be silent before it counts as broken off: a batch takes far less."""

BROKEN_OFF: Final = "broken off"


class Import(models.Model):
    """One reading of a source into the store: a record that says who, what and how, and can be undone.

    running -> completed | failed; completed or failed -> undone. An import whose process was killed stays
    `running` with an old heartbeat until somebody looks: what it stored is whole batches.
    """

    class Kind(models.TextChoices):
        DETECTIONS = "detections"
        DEPLOYMENTS = "deployments"
        DETECTOR = "detector", "boxes found by a detector of the store"

    class State(models.TextChoices):
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    source = models.CharField(max_length=255, help_text="Name of the file or folder that was read.")
    source_format = models.CharField(max_length=40, blank=True)
    # The record outlives an account, but not silently: accounts with imports are deactivated instead.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # The identities that it gave; an import that named no deer has none.
    operation = models.OneToOneField(
        "reid.Operation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="import_record",
    )
    # Several, where a worker died in between and another one did the rest.
    request = models.ForeignKey(
        "reid.ImportRequest",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="records",
    )
    options = models.JSONField(default=dict, blank=True, help_text="As they were given.")
    counts = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=16, choices=State, default=State.RUNNING)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-started_at",)
        indexes = [
            # the newest ones, page after page
            models.Index(F("started_at").desc(), F("id").desc(), name="import_started"),
        ]

    def __str__(self) -> str:
        return f"import of {self.source}"

    @property
    def is_broken_off(self) -> bool:
        """Whether it was killed: it is not at its end, and has been silent for too long to be at work."""
        last = self.heartbeat_at or self.started_at
        return self.state == self.State.RUNNING and shared_clock.now() - last > SILENT_AFTER

    @property
    def standing(self) -> str:
        """Its state in a word for people."""
        return BROKEN_OFF if self.is_broken_off else self.state


class ImportProblem(models.Model):
    """One thing that an import refused or found suspicious, with the place in its source."""

    class Severity(models.TextChoices):
        REFUSED = "refused"
        WARNING = "warning"

    # Problems say nothing without their import.
    record = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.REFUSED)
    line = models.PositiveBigIntegerField(null=True, blank=True)
    path = models.CharField(max_length=512, blank=True)
    reason = models.CharField(max_length=120)
    text = models.TextField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.path or '-'}: {self.text}"


class ImportChange(models.Model):
    """One field of one stored row as it was before and after an import; what undo puts back.

    Rows that an import made are not listed here: they name it (`made_by_import`). Identities are not either:
    they are events of its operation.
    """

    record = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="changes")
    model = models.CharField(
        max_length=16, help_text="image, detection, camera, deer or deployment."
    )
    row = models.UUIDField()
    field = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = [
            # what later imports did to one row
            models.Index(name="import_change_row", fields=["model", "row"]),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.field}: {self.before} -> {self.after}"


class SourceFile(models.Model):
    """A file that was read once: while its path, size and time stand, its photograph is known without reading."""

    # A file's photograph may be undone; then the file is unknown again.
    image = models.ForeignKey("reid.Image", on_delete=models.CASCADE, related_name="source_files")
    path = models.CharField(max_length=1024, unique=True, help_text="Real path on the server.")
    size = models.PositiveBigIntegerField()
    modified_ns = models.BigIntegerField()

    def __str__(self) -> str:
        return self.path


class PlacedFile(models.Model):
    """A file below the media root that an import put there, noted before it did: undo deletes no other file."""

    record = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="placed_files")
    path = models.CharField(max_length=512, unique=True, help_text="Below the media root.")

    def __str__(self) -> str:
        return self.path


class ClassLabel(models.Model):
    """A word for a class that this ranch's sources use, beside the built-in synonyms."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    word = models.CharField(max_length=200, unique=True, help_text="Folded as sources' words are.")
    classification = models.CharField(max_length=32, choices=CHOICES)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("word",)
        constraints = [
            models.CheckConstraint(name="class_label_has_word", condition=~Q(word="")),
        ]

    def __str__(self) -> str:
        return f"{self.word}: {self.classification}"

    @classmethod
    def vocabulary(cls) -> Vocabulary:
        """The built-in words, and those that this ranch has added."""
        rows = cls._default_manager.values_list("word", "classification")
        return Vocabulary({word: Classification(name) for word, name in rows})

    def clean(self) -> None:
        """Fold the word as sources' words are, so that it is found. Raises ValidationError for one without letters."""
        self.word = fold_word(self.word)
        if not self.word:
            raise ValidationError({"word": "Write a word with letters."})
