"""Cameras: named sites, the intervals in which one ran there, and those in which it did not work."""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q

from reid.fields import NameKeyField
from reid.models.camera_activity import StandingCameras
from reid.naming import clean_name, name_key

if TYPE_CHECKING:
    from collections.abc import Iterable

NAME_OF_MERGED_CAMERA: Final = "{name} is the name of a camera that was merged into {camera}: tables that use it lead there. Choose another."
CAMERA_NAME_TAKEN: Final = "There is a camera named {name} already: names that differ only in case and blanks are one name."


class Camera(models.Model):
    """A named site. One that was merged into another keeps its row and its name, which lead there.

    The former name of a renamed camera is kept in the same way: as a camera of that name, merged into it by nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, unique=True)
    name_key = NameKeyField(unique=True)
    # Undo of the import that made it looks here; the camera stays when the record goes.
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="cameras"
    )
    latitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="IANA name of the camera's clock; empty: the ranch's."
    )
    notes = models.TextField(blank=True)
    # The merged one points at its survivor, which therefore may not disappear.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )

    objects = StandingCameras()
    everything: models.Manager[Camera] = models.Manager()

    class Meta:
        base_manager_name = "everything"
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="camera_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
            models.CheckConstraint(
                name="camera_latitude_in_range",
                condition=Q(latitude__isnull=True) | Q(latitude__range=(-90, 90)),
            ),
            models.CheckConstraint(
                name="camera_longitude_in_range",
                condition=Q(longitude__isnull=True) | Q(longitude__range=(-180, 180)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store it; where its name is another one now, the old one is kept and leads to it."""
        if "name" not in (fields := kwargs.get("update_fields") or {"name"}):
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            before = Camera.everything.filter(pk=self.pk).values_list("name", flat=True).first()
            self._former_names().filter(name_key=name_key(self.name)).delete()
            if kwargs.get("update_fields"):
                kwargs["update_fields"] = {*fields, "name_key"}
            super().save(*args, **kwargs)
            if before and name_key(before) != name_key(self.name) and not self.merged_into_id:
                Camera.everything.create(name=before, merged_into=self)

    def _former_names(self) -> models.QuerySet[Camera]:
        """Rows that are nothing but former names of this camera."""
        return Camera.everything.filter(merged_into=self, merges=None)

    def clean(self) -> None:
        """Refuse a name that is another camera's in another spelling. Raises ValidationError."""
        self.name = clean_name(self.name)
        others = Camera.everything.exclude(pk=self.pk).exclude(pk__in=self._former_names())
        others = others.select_related("merged_into")
        same = others.filter(name_key=name_key(self.name)).first()
        if same is not None and same.merged_into is not None:
            text = NAME_OF_MERGED_CAMERA.format(name=same.name, camera=same.survivor.name)
            raise ValidationError({"name": text})
        if same is not None:
            raise ValidationError({"name": CAMERA_NAME_TAKEN.format(name=same.name)})

    @property
    def survivor(self) -> Camera:
        """The camera that this one was merged into, in the end; itself where it was not."""
        camera = self
        while camera.merged_into is not None:
            camera = camera.merged_into
        return camera

    @classmethod
    def by_keys(cls, keys: Iterable[str]) -> dict[str, Camera]:
        """The cameras by these keys of names; that of a merged one's name is the one it was merged into."""
        named = cls.everything.in_bulk(list(keys), field_name="name_key")
        return {key: camera.survivor for key, camera in named.items()}

    @classmethod
    def named(cls, text: str) -> Camera | None:
        """The camera that has or had this name, in any spelling of `name_key`; None where there is none."""
        key = name_key(clean_name(text))
        return cls.by_keys([key]).get(key)


class Deployment(models.Model):
    """The days on which a camera ran, both inclusive; open at the end while it still runs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # A deployment means nothing without its camera.
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="deployments")
    started_on = models.DateField()
    started_at = models.TimeField(
        null=True, blank=True, help_text="Time of day on the camera's clock; empty: midnight."
    )
    ended_on = models.DateField(null=True, blank=True)
    ended_at = models.TimeField(
        null=True, blank=True, help_text="Time of day on the camera's clock; empty: midnight."
    )
    latitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text="Where the camera stood then; empty: the camera's own.",
    )
    longitude = models.DecimalField(
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="deployments"
    )

    class Meta:
        ordering = ("camera__name", "started_on", "started_at")
        constraints = [
            # Two visits of one day are told apart by their times.
            models.UniqueConstraint(
                name="deployment_unique",
                fields=["camera", "started_on"],
                condition=Q(started_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="deployment_unique_time",
                fields=["camera", "started_on", "started_at"],
                condition=Q(started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="deployment_place_is_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
            models.CheckConstraint(
                name="deployment_ends_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera} from {self.started_on} to {self.ended_on or 'now'}"

    def overlaps(self, other: Deployment) -> bool:
        """Whether two deployments of one camera share more than the day of the visit that parts them.

        A visit ends one deployment and begins the next, so its day is the last of one and the first of the
        other; where both times of that day are known, the one must end before the other begins.
        """
        earlier, later = sorted((self, other), key=Deployment.began)
        if earlier.ended_on is None:
            return True
        if earlier.ended_on != later.started_on:
            return later.started_on < earlier.ended_on
        if earlier.started_on == later.started_on and earlier.began() == later.began():
            return True
        times = earlier.ended_at, later.started_at
        return times[0] is not None and times[1] is not None and times[1] < times[0]

    def overlap_text(self) -> str:
        """What is wrong with a deployment that overlaps this one."""
        return (
            f"the camera ran already from {self.started_on} to {self.ended_on or 'now'}: "
            "deployments of one camera may not overlap"
        )

    def began(self) -> tuple[datetime.date, datetime.time]:
        """Its beginning, by which a camera's deployments are in order."""
        return self.started_on, self.started_at or datetime.time.min


class Outage(models.Model):
    """Days on which a deployed camera did not work, both inclusive; they leave its effort."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # An outage means nothing without its camera.
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="outages")
    started_on = models.DateField()
    ended_on = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    made_by_import = models.ForeignKey(
        "reid.Import", on_delete=models.SET_NULL, null=True, blank=True, related_name="outages"
    )

    class Meta:
        ordering = ("camera__name", "started_on")
        constraints = [
            models.UniqueConstraint(name="outage_unique", fields=["camera", "started_on"]),
            models.CheckConstraint(
                name="outage_ends_after_start", condition=Q(ended_on__gte=F("started_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.camera} out from {self.started_on} to {self.ended_on}"
