"""The one writer of imports: readings -> rows, and what is done to rows that are there already.

An import adds what was unknown (a time, a camera, a class, a flank, a sighting's name) and never changes what was
known, with one exception: another deer for a detection whose identity came from an import or a machine
replaces it, so that a corrected file can be imported again. An identity that a person reviewed is never
changed. Every identity it writes is an IdentityEvent of one Operation, in the name of who imports.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from reid.classes import DEER, Classification
from reid.crops import Box
from reid.gallery import enrol
from reid.import_report import ALREADY, REVIEWED
from reid.listings import NOT_A_DEER
from reid.models import Camera, Deer, Detection, IdentityEvent, Image, Operation, Sighting
from reid.regroup import regroup, wait_for_others
from reid.sources import Reason, Refusal
from reid.timelines import Touched

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser

    from reid.import_report import Tally
    from reid.readings import Reading
    from reid.sources import Row

_FLANK_SOURCE: Final = Detection.FlankSource


class ImportWriter:
    """One import's writing: whom it knows by name, and what waits for the next flush."""

    def __init__(
        self, tally: Tally, *, actor: AbstractBaseUser, time_zone: str, reason: str
    ) -> None:
        self.tally = tally
        self.actor = actor
        self.time_zone = time_zone
        self.reason = reason
        self.mentioned: set[str] = set()
        """Every camera that a row named, whether it was needed or not."""
        self.cameras: dict[str, Camera] = {}
        self.deer: dict[str, Deer] = {}
        self.touched = Touched()
        self.labels: dict[UUID, str] = {}
        self.named: set[UUID] = set()
        self.waiting = 0

    @cached_property
    def operation(self) -> Operation:
        """Written with the import's first identity: an import without any leaves no operation."""
        return Operation.objects.create(
            kind=Operation.Kind.IMPORT,
            actor_id=self.actor.pk,
            selection=Operation.Selection.IMPORT,
            reason=self.reason,
        )

    @transaction.atomic
    def flush(self) -> None:
        """Encounters, sightings and references of what was written since the last flush."""
        regroup(self.touched, self.labels)
        if self.named:
            self.tally.references += enrol(self.named, self.operation)
        self.touched, self.labels, self.named, self.waiting = Touched(), {}, set(), 0

    @transaction.atomic
    def write(self, readings: list[Reading]) -> None:
        """One batch, in one transaction and a fixed number of queries.

        What it changes in stored rows is grouped and enrolled at once: were the import broken off
        before, nothing in those rows would tell the next one that this is still to be done. New detections
        tell it by having no sighting, so they wait for the flush.
        """
        self._lock([reading.image for reading in readings if reading.image])
        updated = self.tally.updated
        rows = [row for reading in readings for row, _ in reading.rows]
        self.mentioned |= {row.camera for row in rows}
        self._name_cameras(
            {reading.camera for reading in readings if not (reading.image and reading.image.camera)}
            - {""}
        )
        self._name_deer({row.deer for row in rows} - {""})
        images, new_images, completed = self._images(readings)
        stored = {
            (found.image_id, Box(found.x, found.y, found.width, found.height)): found
            for found in Detection.objects.select_for_update(of=("self",))
            .select_related("sighting")
            .filter(image__in=[image.pk for image in images.values()])
            .order_by("pk")  # as runs and reviews lock: whoever meets waits, never in a circle
        }
        new: list[tuple[Detection, Row]] = []
        changed: list[Detection] = []
        events: list[IdentityEvent] = []
        for reading in readings:
            image = images[reading.located.stored]
            for row, box in reading.rows:
                if box is None:
                    if image.pk in new_images and len(reading.rows) == 1:
                        self.tally.empty += 1
                    else:
                        self.tally.skipped[ALREADY] += 1
                elif (found := stored.get((image.pk, box))) is None:
                    new.append((self._detection(image, row, box), row))
                elif self._merge(found, image, row, events):
                    changed.append(found)
        Detection.objects.bulk_update(
            changed,
            [
                *("deer", "identity_source", "is_reference", "classification", "version"),
                *("flank", "flank_source", "scores_stale"),
            ],
        )
        self._create(new, events)
        IdentityEvent.objects.bulk_create(events)
        if completed or self.tally.updated > updated:
            self.flush()

    def _lock(self, stored: list[Image]) -> None:
        """Lock what a regrouping of stored images will write, in the order that runs lock it too.

        Imports write one batch at a time, for a batch may turn out to complete images that a twin has stored
        since this one read them: it would regroup after it locked rows.
        """
        wait_for_others()
        encounters = {image.encounter_id for image in stored if image.encounter_id}
        if encounters:
            sightings = Sighting.objects.filter(encounter__in=encounters)
            list(sightings.select_for_update().order_by("pk").values_list("pk"))

    def _name_cameras(self, names: set[str]) -> None:
        """Know every camera of the batch by its name, the new ones created with the import's zone."""
        names -= self.cameras.keys()
        self.cameras |= Camera.objects.in_bulk(list(names), field_name="name")
        new = names - self.cameras.keys()
        self.tally.cameras += len(new)
        Camera.objects.bulk_create(
            (Camera(name=name, time_zone=self.time_zone) for name in sorted(new)),
            ignore_conflicts=True,
        )
        if new:  # read back: another import may have been quicker
            self.cameras |= Camera.objects.in_bulk(list(new), field_name="name")

    def _name_deer(self, names: set[str]) -> None:
        """Know every deer of the batch by its name; a merged one is the one it was merged into."""
        names -= self.deer.keys()
        found = Deer.objects.in_bulk(list(names), field_name="name")
        new = names - found.keys()
        self.tally.deer += len(new)
        Deer.objects.bulk_create((Deer(name=name) for name in sorted(new)), ignore_conflicts=True)
        if new:
            found |= Deer.objects.in_bulk(list(new), field_name="name")
        for name, deer in found.items():
            while deer.merged_into is not None:
                deer = deer.merged_into
            self.deer[name] = deer

    def _images(self, readings: list[Reading]) -> tuple[dict[str, Image], set[UUID], bool]:
        """The batch's images by stored path, which of them are new, and whether any was completed."""
        images = {reading.image.path: reading.image for reading in readings if reading.image}
        new = []
        for reading in readings:
            if reading.photograph:
                new.append(
                    Image(
                        path=reading.located.stored,
                        sha256=reading.photograph.sha256,
                        width=reading.photograph.probe.width,
                        height=reading.photograph.probe.height,
                        captured_at=reading.captured_at,
                        camera=self.cameras.get(reading.camera),
                    )
                )
        completed = [
            reading.image
            for reading in readings
            if reading.image and self._complete(reading, reading.image)
        ]
        Image.objects.bulk_update(completed, ["camera", "captured_at"])
        Image.objects.bulk_create(new, ignore_conflicts=True)
        back = Image.objects.in_bulk([image.path for image in new], field_name="path")
        created = {image.pk for image in new} & {image.pk for image in back.values()}
        self.tally.images += len(created)
        self.tally.untimed += sum(
            image.captured_at is None for image in back.values() if image.pk in created
        )
        return images | back, created, bool(completed)

    def _complete(self, reading: Reading, image: Image) -> bool:
        """Give a stored image the time and camera that it lacks; whether it has to be written."""
        camera = self.cameras.get(reading.camera) if image.camera_id is None else None
        captured_at = reading.captured_at if image.captured_at is None else None
        if camera is None and captured_at is None:
            return False
        self.touched.add(image.camera_id, image.path, image.captured_at)
        image.camera = camera or image.camera
        image.captured_at = captured_at or image.captured_at
        self.touched.add(image.camera_id, image.path, image.captured_at)
        return True

    def _detection(self, image: Image, row: Row, box: Box) -> Detection:
        deer = self.deer[row.deer] if row.deer else None
        source = Detection.IdentitySource
        return Detection(
            image=image,
            x=box.x,
            y=box.y,
            width=box.width,
            height=box.height,
            confidence=row.confidence,
            classification=row.classification.value,
            flank=row.flank,
            flank_source=_FLANK_SOURCE.IMPORTED
            if row.flank != Detection.Flank.UNKNOWN
            else _FLANK_SOURCE.NONE,
            deer=deer,
            identity_source=source.IMPORTED if deer else source.NONE,
        )

    def _create(self, new: list[tuple[Detection, Row]], events: list[IdentityEvent]) -> None:
        Detection.objects.bulk_create((found for found, _ in new), ignore_conflicts=True)
        # Another import may have written the same box a moment ago; only rows that are ours count.
        ours = set(
            Detection.objects.filter(pk__in=[found.pk for found, _ in new]).values_list(
                "pk", flat=True
            )
        )
        for found, row in new:
            if found.pk not in ours:
                self.tally.skipped[ALREADY] += 1
                continue
            self.tally.detections += 1
            self._touch(found, found.image, row)
            if found.deer_id:
                events += self._events(found, None, Detection.IdentitySource.NONE, False)

    def _merge(self, found: Detection, image: Image, row: Row, events: list[IdentityEvent]) -> bool:
        """Add to a stored detection what the row knows more; whether its own row has to be written."""
        source = Detection.IdentitySource
        deer = self.deer[row.deer] if row.deer else None
        reviewed = found.identity_source == source.REVIEWED
        # An animal is what nobody has told apart: any other word is news.
        adds_class = found.classification == Classification.ANIMAL != row.classification
        shown = found.corrected_classification or (
            row.classification.value if adds_class else found.classification
        )
        if deer and Classification(shown) not in DEER:
            text = NOT_A_DEER.format(name=Classification(shown).label, deer=deer)
            self.tally.refuse(Refusal(row.line, row.path, Reason.CONFLICT, text))
            return False
        adds_flank = row.flank != Detection.Flank.UNKNOWN and found.flank_source in (
            _FLANK_SOURCE.NONE,
            _FLANK_SOURCE.GUESSED,
        )
        adds_label = bool(row.sighting) and not (found.sighting and found.sighting.label)
        identity = (deer.pk, source.IMPORTED) if deer and not reviewed else None
        if adds_class:
            found.classification = row.classification.value
        before = (found.deer_id, found.identity_source, found.is_reference)
        if adds_flank:
            found.flank, found.flank_source = row.flank, _FLANK_SOURCE.IMPORTED
            found.scores_stale |= found.is_valid and Classification(shown) in DEER
            if found.is_reference:  # it has another place to ask for
                found.is_reference = False
                self.named.add(found.pk)
        if identity and identity != before[:2]:
            found.is_reference = found.is_reference and found.deer_id == identity[0]
            found.deer_id, found.identity_source = identity
        else:
            identity = None
        if identity or found.is_reference != before[2]:
            events += self._events(found, *before)
        writes = adds_class or adds_flank or identity is not None
        found.version += writes
        if writes or adds_label or found.sighting is None:
            self._touch(found, image, row)
        if writes or adds_label:
            self.tally.updated += 1
        else:
            kept = reviewed and deer is not None and deer.pk != found.deer_id
            self.tally.skipped[REVIEWED if kept else ALREADY] += 1
        return writes

    def _touch(self, found: Detection, image: Image, row: Row) -> None:
        self.waiting += 1
        self.touched.add(image.camera_id, image.path, image.captured_at)
        if row.sighting and not (found.sighting and found.sighting.label):
            self.labels[found.pk] = row.sighting
        if row.deer:
            self.named.add(found.pk)

    def _events(
        self, found: Detection, deer: UUID | None, identity_source: str, is_reference: bool
    ) -> list[IdentityEvent]:
        """What an identity was, and is now by the detection's own fields: an event a field that differs."""
        pairs: dict[str, tuple[Any, Any]] = {
            "deer": (deer and str(deer), str(found.deer_id)),
            "identity_source": (str(identity_source), str(found.identity_source)),
            "is_reference": (is_reference, found.is_reference),
        }
        return [
            IdentityEvent(
                operation=self.operation, detection=found, field=name, before=before, after=after
            )
            for name, (before, after) in pairs.items()
            if before != after
        ]
