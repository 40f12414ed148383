"""Detection models: deer, and detections with their identity."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from reid.antlers import antler_year
from reid.fields import NameKeyField
from reid.models.antlers import reference_season
from reid.models.capture import Image, Sighting
from reid.models.detectors import Detector
from reid.models.hidden import VisibleManager
from reid.models.tags import Tag
from reid.naming import clean_name, is_no_deer, name_key
from reid.taxonomy import CHOICES, DEER, PRIVATE, SEX_CHOICES, Classification, Sex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from reid.models.cameras import Camera
    from reid.models.scorers import Scorer
    from reid.models.spaces import EmbeddingSpace
    from reid.models.torso_heads import TorsoHead

DEER_NAME_TAKEN: Final = (
    "There is a deer named {name} already: names that differ only in case and blanks are one name."
)
NAME_OF_MERGED: Final = (
    "{name} is the name of a profile that was merged into {deer}: choose another name."
)
NAME_FORMER: Final = (
    "{name} was the name of {deer} before: old tables that use it lead there. Choose another name, or first delete "
    "it in the admin, under Former names."
)
NO_NAME: Final = (
    "{name} is no name of one deer: tables have it where nobody knew a name. Choose another name."
)

UNDONE_NAME: Final = "{name} (undone {key})"
"""Name of a hidden profile."""


class DeerQuerySet(models.QuerySet["Deer"]):
    def with_history(self) -> DeerQuerySet:
        """Annotate `sightings`, `references` (counts), `first_seen` and `last_seen` (aware, or None)."""
        is_valid = Q(detections__is_valid=True)
        when = "detections__image__captured_at"
        return self.annotate(
            sightings=models.Count("detections__sighting", filter=is_valid, distinct=True),
            references=models.Count(
                "detections", filter=Q(detections__is_reference=True), distinct=True
            ),
            first_seen=models.Min(when, filter=is_valid),
            last_seen=models.Max(when, filter=is_valid),
        )

    def seen_at(self, camera: Camera) -> DeerQuerySet:
        """Deer that were seen at a camera, the one with most sightings there first.

        Annotate `sightings` (count), `first_seen` and `last_seen` (aware, or None), of this camera alone.
        """
        when = "detections__image__captured_at"
        here = self.filter(
            detections__is_valid=True, detections__image__camera=camera, merged_into__isnull=True
        )
        seen = here.annotate(
            sightings=models.Count("detections__sighting", distinct=True),
            first_seen=models.Min(when),
            last_seen=models.Max(when),
        )
        return seen.order_by("-sightings", F("last_seen").desc(nulls_last=True), "name")

    def survivors(self) -> dict[UUID, UUID]:
        """Of each deer that was merged away the profile that stands for it now, over any number of merges."""
        merged = self.filter(merged_into__isnull=False).order_by()
        into = {key: other for key, other in merged.values_list("pk", "merged_into") if other}

        def last(key: UUID) -> UUID:
            return last(into[key]) if key in into else key

        return {key: last(key) for key in into}


VisibleDeer = VisibleManager.from_queryset(DeerQuerySet)


class Deer(models.Model):
    """An individual profile."""

    class Status(models.TextChoices):
        ALIVE = "alive"
        DECEASED = "deceased"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    name_key = NameKeyField(unique=True)
    sex = models.CharField(max_length=16, choices=SEX_CHOICES, default=Sex.UNKNOWN.value)
    status = models.CharField(max_length=16, choices=Status, default=Status.UNKNOWN)
    notes = models.TextField(blank=True)
    born_on = models.DateField(null=True, blank=True)
    died_on = models.DateField(null=True, blank=True)
    # The merged profile points at its survivor, which therefore may not disappear.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="deer")

    # Its picture, as a person chose it; without one the best of its references stands for it.
    portrait = models.ForeignKey(
        "reid.Detection", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="deer"
    )
    hidden_at = models.DateTimeField(
        null=True, blank=True, help_text="Its import was undone; the log still names it."
    )

    objects = VisibleDeer()
    everything: models.Manager[Deer] = models.Manager()

    class Meta:
        base_manager_name = "everything"
        ordering = ("name",)
        verbose_name_plural = "deer"
        constraints = [
            models.CheckConstraint(
                name="deer_dies_after_birth",
                condition=Q(born_on__isnull=True)
                | Q(died_on__isnull=True)
                | Q(died_on__gte=F("born_on")),
            ),
            models.CheckConstraint(
                name="deer_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; where its name is another one now, the old one is kept and leads to it.

        Raises ValidationError for a name that another deer had before.
        """
        fields = kwargs.get("update_fields")
        if fields is not None and "name" not in fields:
            super().save(*args, **kwargs)
            return
        if fields is not None:
            kwargs["update_fields"] = {*fields, "name_key"}
        self.name = clean_name(self.name)
        with transaction.atomic():
            before = self._stored_name()
            if before is not None and name_key(before) == name_key(self.name):
                super().save(*args, **kwargs)
                return
            if problem := self._former_name_problem():
                raise ValidationError({"name": problem})
            super().save(*args, **kwargs)
            if before is not None:
                self.former_names.filter(name_key=name_key(self.name)).delete()
                FormerName.objects.create(deer=self, name=before)

    def clean(self) -> None:
        """Refuse a name that another deer has or had, in a sentence. Raises ValidationError."""
        self.name = clean_name(self.name)
        if self._has_new_name() and (problem := self.name_problem()):
            raise ValidationError({"name": problem})

    def name_problem(self) -> str:
        """Why it may not bear this name, as a sentence; empty where it may."""
        key = name_key(self.name)
        other = Deer.objects.exclude(pk=self.pk).filter(name_key=key).first()
        if other is not None:
            text = DEER_NAME_TAKEN if other.merged_into is None else NAME_OF_MERGED
            return text.format(name=other.name, deer=other.merged_into)
        if problem := self._former_name_problem():
            return problem
        return NO_NAME.format(name=self.name) if is_no_deer(self.name) else ""

    def hide(self) -> None:
        """Take it out of sight: the log goes on naming it, and its name is free again. Its logged scores go."""
        self.former_names.all().delete()
        name = UNDONE_NAME.format(name=self.name[:80], key=self.pk.hex[:8])
        # No save: it would keep the old name as a former one, which leads to the hidden profile.
        hidden = {"name": name, "name_key": name_key(name), "hidden_at": timezone.now()}
        Deer.everything.filter(pk=self.pk).update(**hidden)
        # Last: the update waits for a run that is writing scores of it.
        self.scores.all().delete()

    def _stored_name(self) -> str | None:
        return Deer.objects.filter(pk=self.pk).values_list("name", flat=True).first()

    def _has_new_name(self) -> bool:
        before = self._stored_name()
        return before is None or name_key(before) != name_key(self.name)

    def _former_name_problem(self) -> str:
        of_others = FormerName.objects.exclude(deer=self.pk).select_related("deer")
        former = of_others.filter(name_key=name_key(self.name)).first()
        return NAME_FORMER.format(name=former.name, deer=former.deer) if former else ""


class FormerName(models.Model):
    """A name that a deer had: an old table that uses it leads to the deer."""

    # A former name means nothing without its deer.
    deer = models.ForeignKey(Deer, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=100)
    name_key = NameKeyField(unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that a deer has or another one had. Raises ValidationError."""
        self.name = clean_name(self.name)
        key = name_key(self.name)
        others = FormerName.objects.exclude(pk=self.pk).filter(name_key=key).select_related("deer")
        if other := others.first():
            raise ValidationError({"name": NAME_FORMER.format(name=other.name, deer=other.deer)})
        if deer := Deer.objects.filter(name_key=key).first():
            raise ValidationError({"name": DEER_NAME_TAKEN.format(name=deer.name)})


class DetectionQuerySet(models.QuerySet["Detection"]):
    """Reads, named as verbs. The effective class (a correction wins) is a database column."""

    def valid(self) -> DetectionQuerySet:
        """What a reviewer has not thrown out."""
        return self.filter(is_valid=True)

    def of_deer_class(self) -> DetectionQuerySet:
        return self.filter(effective_class__in=[item.value for item in DEER])

    def public(self) -> DetectionQuerySet:
        """Detections that may be exported: nobody's face and nobody's car."""
        return self.exclude(effective_class__in=[item.value for item in PRIVATE])

    def private(self) -> DetectionQuerySet:
        """People and vehicles, those that a reviewer has thrown out too: that does not say what is there."""
        return self.filter(effective_class__in=[item.value for item in PRIVATE])

    def identifiable(self) -> DetectionQuerySet:
        """What identification looks at: valid, of a deer class."""
        return self.valid().of_deer_class()

    def unsorted(self) -> DetectionQuerySet:
        """Animals of which nobody has said yet whether they are deer."""
        return self.valid().filter(effective_class=Classification.ANIMAL.value)

    def known(self) -> DetectionQuerySet:
        """Whose identity a person or an import gave, and no run may change."""
        return self.filter(identity_source__in=KNOWN)

    def comparable_in(self, scorer: Scorer) -> DetectionQuerySet:
        """Identifiable, with what `scorer` compares; a logged score proves that a reference was there too."""
        if scorer.rests_on_vectors:
            return self.identifiable().embedded_in(scorer.vectors)
        return self.identifiable().filter(keypoints__reason="")

    def due_for(self, scorer: Scorer | None) -> DetectionQuerySet:
        """Marked for the next run, which can do something about them. No scorer: the store's first run makes it."""
        marked = self.identifiable().filter(scores_stale=True, sighting__isnull=False)
        return marked.exclude(skips__space=scorer.vectors) if scorer else marked

    def captured_between(self, start: datetime, end: datetime) -> DetectionQuerySet:
        """Captured at `start` or later and before `end`; images without a time are left out."""
        return self.filter(image__captured_at__gte=start, image__captured_at__lt=end)

    def embedded_in(self, space: EmbeddingSpace) -> DetectionQuerySet:
        return self.filter(embeddings__space=space)

    def without_embedding_in(self, space: EmbeddingSpace) -> DetectionQuerySet:
        """Not embedded in `space` yet, and not known to be impossible to embed."""
        return self.exclude(embeddings__space=space).exclude(skips__space=space)

    def without_torso_of(self, head: TorsoHead) -> DetectionQuerySet:
        """Not looked at by this mask head yet, or by another one last."""
        return self.exclude(torso__head=head)

    def references(self) -> DetectionQuerySet:
        """The gallery's detections: enrolled, with a deer that is not merged away."""
        return self.identifiable().filter(
            is_reference=True, deer__isnull=False, deer__merged_into__isnull=True
        )

    def lock_standing(self, asked: Mapping[UUID, tuple[int, int, int, int]]) -> set[UUID]:
        """Those of these keys that are still there with these boxes (x, y, width, height).

        They stay so until the transaction ends. A person may have moved a box meanwhile, or the import that brought it, or
        its photograph, may have been undone.
        """
        rows = self.select_for_update(no_key=True).filter(pk__in=asked).order_by("pk")
        boxes = rows.values_list("pk", "x", "y", "width", "height")
        return {key for key, *box in boxes if tuple(box) == asked[key]}


VisibleDetections = VisibleManager.from_queryset(DetectionQuerySet)


class Detection(models.Model):
    """One animal's box on an image, in full-resolution pixels from the top left."""

    class Flank(models.TextChoices):
        LEFT = "left"
        RIGHT = "right"
        FRONT = "front"
        REAR = "rear"
        UNKNOWN = "unknown"

    class FlankSource(models.TextChoices):
        """Source of `flank`. A guess gives way to everybody, a reviewer's word to reviewers alone."""

        NONE = "none"
        GUESSED = "guessed"
        IMPORTED = "imported"
        REVIEWED = "reviewed"

    class IdentitySource(models.TextChoices):
        """Source of `deer`. A run writes auto over none or auto, and nothing over the rest.

        certified: a machine's name, one of a batch of which an audit bounded the share of wrong ones. It says
        nothing of any other sighting, and gives way to people and imports as auto does.
        """

        NONE = "none"
        AUTO = "auto"
        CERTIFIED = "certified", "certified for this batch"
        REVIEWED = "reviewed"
        IMPORTED = "imported"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="detections")
    # Sightings are rebuilt when an import touches their encounter; detections stay.
    # Found by `detection_sighting_deer`, which begins with it.
    sighting = models.ForeignKey(
        Sighting,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="detections",
        db_index=False,
    )
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    confidence = models.FloatField(
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="The detector's, never an identity's.",
    )
    classification = models.CharField(max_length=32, choices=CHOICES)
    source_label = models.CharField(
        max_length=200, blank=True, help_text="The word for the class as its source had it."
    )
    detector = models.CharField(
        max_length=80, blank=True, help_text="Name and version of the detector that drew the box."
    )
    detected_by = models.ForeignKey(
        Detector,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="detections",
        db_index=False,
        help_text="The detector of the store that is meant by that; empty: another program, or a person.",
    )
    corrected_classification = models.CharField(max_length=32, choices=CHOICES, blank=True)
    effective_class = models.GeneratedField(
        expression=models.Case(
            models.When(corrected_classification="", then=F("classification")),
            default=F("corrected_classification"),
        ),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )
    classifier = models.CharField(
        max_length=80,
        blank=True,
        help_text="Name and version of the classifier that looked at it last.",
    )
    classifier_label = models.CharField(
        max_length=200,
        blank=True,
        help_text="That classifier's own word for the class that it gave; empty where it was not sure.",
    )
    flank = models.CharField(max_length=16, choices=Flank, default=Flank.UNKNOWN)
    flank_source = models.CharField(
        max_length=16,
        choices=FlankSource,
        default=FlankSource.NONE,
        help_text="Who says so; a reviewer may also say that it cannot be told.",
    )
    is_valid = models.BooleanField(default=True)
    # A profile is merged, not deleted, while detections name it.
    deer = models.ForeignKey(
        Deer, on_delete=models.PROTECT, null=True, blank=True, related_name="detections"
    )
    identity_source = models.CharField(
        max_length=16, choices=IdentitySource, default=IdentitySource.NONE
    )
    is_reference = models.BooleanField(default=False)
    scores_stale = models.BooleanField(
        default=False, help_text="Its scores could not be logged or its gallery changed."
    )
    # Who reviewed stays known to the operation log when an account goes.
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0, help_text="For optimistic locking.")
    created_at = models.DateTimeField(auto_now_add=True)
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="detections"
    )
    hidden_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="A person deleted its box, or its import was undone; the log still names it.",
    )

    objects = VisibleDetections()
    everything: models.Manager[Detection] = models.Manager()

    class Meta:
        base_manager_name = "everything"
        ordering = ("created_at", "id")
        indexes = [
            # class filters of reports, archives and identification
            models.Index(name="detection_class_valid", fields=["effective_class", "is_valid"]),
            # detections of deer of each camera. The class stands last here and below: beside the key, SQLite would look
            # for each class of deer by itself, four times for every row
            models.Index(
                name="detection_image_class",
                fields=["image", "sighting", "is_valid", "effective_class"],
                condition=Q(hidden_at__isnull=True),
            ),
            # sightings of deer, those with a name and those that wait, without a look at any detection
            models.Index(
                name="detection_sighting_deer",
                fields=["sighting", "hidden_at", "deer", "is_valid", "effective_class"],
            ),
            # the newest ones, page after page; an undone import may have hidden all of them
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                name="detection_newest",
                condition=Q(hidden_at__isnull=True),
            ),
            # what a purge looks at
            models.Index(
                name="detection_hidden", fields=["id"], condition=Q(hidden_at__isnull=False)
            ),
            # a deer's sightings
            models.Index(name="detection_deer_source", fields=["deer", "identity_source"]),
            # the gallery: a few rows of many
            models.Index(
                name="detection_references", fields=["deer"], condition=Q(is_reference=True)
            ),
            # what the next run repairs: a few rows of many
            models.Index(
                name="detection_scores_stale", fields=["id"], condition=Q(scores_stale=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="detection_box_unique",
                fields=["image", "x", "y", "width", "height"],
                condition=Q(hidden_at__isnull=True),
            ),
            models.CheckConstraint(
                name="detection_box_has_area", condition=Q(width__gt=0) & Q(height__gt=0)
            ),
            models.CheckConstraint(
                name="detection_confidence_in_range", condition=Q(confidence__range=(0.0, 1.0))
            ),
            models.CheckConstraint(
                name="detection_identity_has_deer",
                condition=Q(identity_source="none", deer__isnull=True)
                | (~Q(identity_source="none") & Q(deer__isnull=False)),
            ),
            models.CheckConstraint(
                name="detection_known_flank_has_source",
                condition=Q(flank="unknown") | ~Q(flank_source="none"),
            ),
            models.CheckConstraint(
                name="detection_reference_is_known",
                condition=Q(is_reference=False) | Q(identity_source__in=["reviewed", "imported"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effective_class} {self.pk}"

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Its x, y, width and height."""
        return self.x, self.y, self.width, self.height

    @property
    def antler_year(self) -> int | None:
        """The year whose antlers it shows; None where it is no buck's, or its time is not known.

        Its `image` and `deer` should be selected.
        """
        sex = self.deer.sex if self.deer else ""
        return antler_year(reference_season(self.image.captured_at, sex, self.current_class))

    @property
    def current_class(self) -> str:
        """The effective class by the row in hand, whose generated column may be older than its correction."""
        return self.corrected_classification or self.classification

    @property
    def class_words(self) -> str:
        """The current class as people read it."""
        return Classification(self.current_class).label

    @property
    def identity_words(self) -> str:
        """The source of its deer, as exports name it."""
        source = Detection.IdentitySource(self.identity_source)
        is_certified = source is Detection.IdentitySource.CERTIFIED
        return str(source.label if is_certified else source.value)

    @property
    def is_identifiable(self) -> bool:
        """`DetectionQuerySet.identifiable`, of a row that is here already."""
        return self.is_valid and self.current_class in DEER


KNOWN: Final = (Detection.IdentitySource.REVIEWED, Detection.IdentitySource.IMPORTED)
"""Sources of a known identity: what `DetectionQuerySet.known` filters by."""
SETTLED: Final = (*KNOWN, Detection.IdentitySource.CERTIFIED)
"""Sources of identities that no run changes."""
