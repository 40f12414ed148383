"""Operation models: the decisions of people, and the changes each one made. Append-only."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reid.models.capture import Image
from reid.models.detections import Deer, Detection
from reid.models.runs import ReidRun

if TYPE_CHECKING:
    from collections.abc import Iterable


class Operation(models.Model):
    """One act on identities, by a person or a run, that can be undone as a whole."""

    class Kind(models.TextChoices):
        IMPORT = "import"
        RUN = "run"
        CONFIRM = "confirm"
        REJECT = "reject"
        ASSIGN = "assign"
        CERTIFY = "certify"
        NEW_DEER = "new_deer"
        EDIT_DEER = "edit_deer"
        KEEP_LABEL = "keep_label"
        MERGE = "merge"
        KEEP_APART = "keep_apart"
        SPLIT = "split"
        ENROL = "enrol"
        DROP_REFERENCE = "drop_reference"
        INVALIDATE = "invalidate"
        CORRECT_CLASS = "correct_class"
        SET_FLANK = "set_flank"
        GUESS_FLANKS = "guess_flanks"
        DRAW_BOX = "draw_box"
        MOVE_BOX = "move_box"
        DELETE_BOX = "delete_box"
        ANNOTATE = "annotate"
        SET_CAMERA = "set_camera"
        UNDO = "undo"

    class Selection(models.TextChoices):
        """Way in which the reviewed item came to be shown; only some are evidence."""

        RANDOM = "random"
        AUDIT = "audit"
        QUEUE = "queue"
        SEARCH = "search"
        DOUBT = "doubt"  # its label was doubted: it is evidence where it was before
        IMPORT = "import"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    # The log outlives an account, but not silently: accounts with operations are deactivated instead.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    run = models.ForeignKey(
        ReidRun, on_delete=models.PROTECT, null=True, blank=True, related_name="operations"
    )
    selection = models.CharField(max_length=16, choices=Selection, blank=True)
    shown_rank = models.PositiveSmallIntegerField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undoes"
    )

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            # the newest ones, page after page
            models.Index(F("created_at").desc(), F("id").desc(), name="operation_created"),
        ]
        constraints = [
            models.CheckConstraint(
                name="operation_does_not_undo_itself",
                condition=Q(undone_by__isnull=True) | ~Q(undone_by=F("id")),
            ),
            models.CheckConstraint(
                name="operation_has_author",
                condition=Q(actor__isnull=False) | Q(run__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def stands(self) -> bool:
        """Whether what it decided is in force: it is not undone, or its undo was undone."""
        return self.undone_by is None or not self.undone_by.stands


CAMERA: Final = "camera"
"""Field of events of a photograph whose values are keys of cameras; null: of none."""
CREATED: Final = "created"
"""Field of the event with which a profile begins."""
KEPT_APART: Final = "kept_apart"
"""Field of events of a deer whose `after` names another one that a person says is not the same; null: no more."""
KEPT_LABEL: Final = "kept_label"
"""Field of events that name a detection and its deer; `after` says whether a person holds that to be right, against doubts."""
TAGS: Final = "tags"
"""Field of events of a photograph whose values are the names of its tags, in order."""
PART: Final = "part"
"""Field of events whose `after` names the detection's part; null: none any more."""
REJECTED: Final = "rejected"
"""Field of events that name both a detection and a deer; `after` says whether it is rejected now."""


class IdentityEventQuerySet(models.QuerySet["IdentityEvent"]):
    """The log of reviews, read: the latest event of a detection or a pair counts."""

    def rejected_pairs(self, detections: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
        """The (detection, deer) pairs that a person has rejected, and rejects now.

        A rejection is an event of its own: an identity that is taken away says nothing of which one may not
        come back. Naming the deer after all, or an undo, takes it back.
        """
        return self.filter(field=REJECTED, detection__in=list(detections))._pairs()

    def kept_labels(self) -> set[tuple[UUID, UUID]]:
        """The (detection, deer) pairs that a person has looked at in doubt and holds to be right."""
        survivor = Deer.objects.survivors()
        pairs = self.filter(field=KEPT_LABEL)._pairs()
        return {(detection, survivor.get(deer, deer)) for detection, deer in pairs}

    def kept_apart(self) -> set[frozenset[UUID]]:
        """The pairs of deer that a person has looked at and holds to be two; of merged ones the profiles that stand for them."""
        survivor = Deer.objects.survivors()
        apart: set[tuple[UUID, UUID]] = set()
        rows = self.filter(field=KEPT_APART, deer__isnull=False).order_by("pk")
        for deer, before, after in rows.values_list("deer", "before", "after"):
            assert deer is not None  # noqa: S101 - for the type checker: the filter says so
            apart.discard((deer, UUID(before))) if before else apart.add((deer, UUID(after)))
        pairs = (frozenset(survivor.get(key, key) for key in pair) for pair in apart)
        return {pair for pair in pairs if len(pair) == 2}

    def _pairs(self) -> set[tuple[UUID, UUID]]:
        rows = self.order_by("pk").values_list("detection", "deer", "after")
        is_so = {(detection, deer): bool(after) for detection, deer, after in rows}
        return {
            (detection, deer)
            for (detection, deer), so in is_so.items()
            if so and detection and deer
        }

    def parts(self, detections: Iterable[UUID]) -> dict[UUID, str]:
        """The part of each of these detections that a person has told apart from others of its sighting.

        Those of one part are one animal, whatever links or groups them again, until that is undone.
        """
        events = self.filter(field=PART, detection__in=list(detections)).order_by("pk")
        latest = {
            detection: part
            for detection, part in events.values_list("detection", "after")
            if detection
        }
        return {detection: part for detection, part in latest.items() if part}


class IdentityEvent(models.Model):
    """One field of one detection, deer or photograph, before and after an operation."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="events")
    detection = models.ForeignKey(
        Detection, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    deer = models.ForeignKey(
        Deer, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    image = models.ForeignKey(
        Image, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    field = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    objects = IdentityEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="event_is_about_something",
                condition=Q(detection__isnull=False)
                | Q(deer__isnull=False)
                | Q(image__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.before} -> {self.after}"
