"""Removal of the rows that an import made: deleted, or hidden where the log names them.

A hidden row gives up what others may need again (its path, its name) and what joins would find it by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from reid.grouping import sightings
from reid.import_undo import camera_changes, conflicts
from reid.import_undo.own_rows import made_detections
from reid.import_undo.restoring import blocks
from reid.models import (
    Camera,
    Deer,
    Deployment,
    Detection,
    Encounter,
    IdentityEvent,
    Image,
    Import,
    Outage,
    SourceFile,
    Video,
)
from reid.reviewing.photographs.derived import forget

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from reid.grouping.timelines import TouchedTimelines
    from reid.import_undo.conflicts import Conflict

UNDONE_PATH = "undone/{key}"


@dataclass(slots=True)
class Removal:
    """What went of one import, and what is to be cleared after it."""

    record: Import
    touched: TouchedTimelines
    detections: set[UUID] = field(default_factory=set)
    images: set[UUID] = field(default_factory=set)
    videos: set[UUID] = field(default_factory=set)
    """Those that frames went of."""
    paths: set[str] = field(default_factory=set)
    """Stored names that the photographs had."""
    sightings: set[UUID] = field(default_factory=set)
    encounters: set[UUID] = field(default_factory=set)

    def remove_detections(self, kept: Collection[UUID]) -> None:
        """Every detection that the import made, but for those; and with its photographs what detectors found there."""
        made = made_detections(self.record).order_by("pk")
        keys = [key for key in made.values_list("pk", flat=True) if key not in kept]
        images: set[UUID] = set()
        for block in blocks(keys):
            rows = made.filter(pk__in=block).select_related("image__encounter")
            for detection in rows:
                self._touch(detection.image)
                images.add(detection.image_id)
                if detection.sighting_id:
                    self.sightings.add(detection.sighting_id)
            forget(block)
            logged = set(
                IdentityEvent.objects.filter(detection__in=block).values_list(
                    "detection", flat=True
                )
            )
            Detection.objects.filter(pk__in=set(block) - logged).delete()
            Detection.objects.filter(pk__in=logged).update(
                hidden_at=timezone.now(),
                sighting=None,
                deer=None,
                identity_source=Detection.IdentitySource.NONE,
                is_reference=False,
                is_valid=False,
                scores_stale=False,
                version=F("version") + 1,
            )
        self.detections = set(keys)
        for block in blocks(sorted(images)):
            Image.objects.filter(_is_empty(), pk__in=block).update(encounter=None)

    def remove_images(self, kept: Collection[UUID]) -> None:
        """Every photograph that the import brought, but for those, and those that still show something."""
        made = Image.objects.filter(_is_empty(), made_by_import=self.record).order_by("pk")
        keys = [key for key in made.values_list("pk", flat=True) if key not in kept]
        for block in blocks(keys):
            rows = list(Image.objects.filter(pk__in=block).select_related("encounter"))
            for image in rows:
                self._touch(image)
                self.paths.add(image.path)
                if image.video_id:
                    self.videos.add(image.video_id)
            logged = {
                key
                for rows_of in (Detection.everything, IdentityEvent.objects)
                for key in rows_of.filter(image__in=block).values_list("image", flat=True)
            }
            Image.objects.filter(pk__in=set(block) - logged).delete()
            SourceFile.objects.filter(image__in=logged).delete()
            hidden = [image for image in rows if image.pk in logged]
            for image in hidden:
                image.hidden_at = timezone.now()
                image.path = UNDONE_PATH.format(key=image.pk)
                image.camera = image.encounter = image.captured_at = image.video = None
            Image.objects.bulk_update(
                hidden, ["hidden_at", "path", "camera", "encounter", "captured_at", "video"]
            )
            self.images |= {image.pk for image in rows}

    def remove_videos(self) -> None:
        """Delete videos of which no frame is left; the others are read again by an import that meets them."""
        touched = Video.objects.filter(Q(pk__in=self.videos) | Q(made_by_import=self.record))
        touched.filter(images__isnull=True).delete()
        touched.filter(pk__in=self.videos).update(finished_at=None)

    def _touch(self, image: Image) -> None:
        self.touched.add(image.camera_id, image.path, image.captured_at)
        if (encounter := image.encounter) is not None:
            self.encounters.add(encounter.pk)
            for moment in (encounter.started_at, encounter.ended_at):
                if moment is not None:
                    self.touched.add(image.camera_id, image.path, moment)

    def clear(self) -> None:
        """Delete sightings and encounters that are empty now; audited ones stay, for what they were evidence of."""
        for block in blocks(sorted(self.sightings)):
            sightings.clear(set(block))
        for block in blocks(sorted(self.encounters)):
            Encounter.objects.filter(
                pk__in=block, images__isnull=True, sightings__isnull=True
            ).delete()

    def remove_days(self) -> tuple[int, list[Conflict]]:
        """Deployments and outages that the import made; how many, and which were edited since."""
        number, against = 0, list[conflicts.Conflict]()
        for name, model in (("deployment", Deployment), ("outage", Outage)):
            made = model._default_manager.filter(made_by_import=self.record)
            keys = list(made.values_list("pk", flat=True))
            edited = camera_changes.with_changes(
                name, keys, conflicts.of_edits(self.record, name, keys)
            )
            later = conflicts.later_changes(self.record, name).filter(row__in=keys)
            kept = {one.id for one in edited} | {change.row for change in later}
            number += made.exclude(pk__in=kept).delete()[0]
            against += edited
        return number, against

    def idle_deer(self) -> tuple[list[Deer], list[Conflict]]:
        """Deer of undone imports that nobody bears but by a machine's guess, and which of this one people worked on."""
        known = Detection.objects.known().filter(deer=OuterRef("pk"))
        idle = Deer.objects.filter(~Exists(known), self._is_orphan())
        keys = list(idle.values_list("pk", flat=True))
        against = [
            *conflicts.of_edits(self.record, "deer", keys),
            *conflicts.of_deer_audits(self.record, keys),
        ]
        kept = {one.id for one in against}
        own = [one for one in against if self._is_own(Deer, one.id)]
        return list(idle.exclude(pk__in=kept).order_by("pk")), own

    def hide_deer(self, deer: Collection[Deer]) -> None:
        """Hide these: the log names them. Their names are free again."""
        for profile in deer:
            profile.hide()

    def remove_cameras(self) -> tuple[int, list[Conflict]]:
        """Cameras of undone imports that nothing uses; how many, and which of this one people worked on."""
        idle = Camera.objects.filter(
            self._is_orphan(),
            images__isnull=True,
            encounters__isnull=True,
            deployments__isnull=True,
            outages__isnull=True,
        )
        keys = list(idle.values_list("pk", flat=True))
        against = camera_changes.with_changes(
            "camera", keys, conflicts.of_edits(self.record, "camera", keys)
        )
        gone = set(keys) - {one.id for one in against}
        Camera.objects.filter(pk__in=gone).delete()
        return len(gone), [one for one in against if self._is_own(Camera, one.id)]

    def _is_orphan(self) -> Q:
        return Q(made_by_import=self.record) | Q(made_by_import__state=Import.State.UNDONE)

    def _is_own(self, model: type[Deer | Camera], key: UUID) -> bool:
        return model._default_manager.filter(pk=key, made_by_import=self.record).exists()


def _is_empty() -> Q:
    """Of an image: nothing that is to be seen was detected on it."""
    return Q(~Exists(Detection.objects.filter(image=OuterRef("pk"))))
