"""Images of a batch: new ones made, stored ones given the time and camera that they lack, and what is stored of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from reid.db.one_column import set_column
from reid.imaging.crops import Box
from reid.importing.reading import known_files
from reid.importing.videos.stored import rows_of
from reid.importing.writing import looks
from reid.importing.writing.changes import IMAGE_FIELDS, values_of
from reid.importing.writing.placement import box_of
from reid.matching.moved_seasons import mark_moved
from reid.models import Detection, EventLog, IdentityEvent, Image

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reid.importing.reading.readings import Reading
    from reid.importing.report import ReportBuilder
    from reid.importing.writing.changes import ChangeLog
    from reid.importing.writing.pending import Pending
    from reid.models import Camera, Import, Video


@dataclass(frozen=True, slots=True)
class BatchImages:
    """The images of a batch: by checksum, which of them are new, and whether a stored one got its time or camera."""

    by_sha256: dict[str, Image]
    new: set[UUID]
    moved: bool


_LONGEST_SOURCE: Final = Image._meta.get_field("source_path").max_length or 0
_EDGES: Final = ("x", "y", "width", "height")

StoredDetections = defaultdict[UUID, "dict[Box, Detection]"]
"""Stored detections by photograph and box."""


def stored_detections(images: BatchImages, *, with_sightings: bool) -> StoredDetections:
    """What is stored of the photographs, locked; rows that name no sighting do not ask for its name."""
    locked = Detection.objects.select_for_update(of=("self",))
    if with_sightings:
        locked = locked.select_related("sighting")
    of_images = locked.filter(image__in=[image.pk for image in images.by_sha256.values()])
    stored: StoredDetections = defaultdict(dict)
    # By key, as runs and reviews lock: whoever meets waits, never in a circle.
    for detection in of_images.order_by("pk"):
        stored[detection.image_id][box_of(detection)] = detection
    return stored


@dataclass(frozen=True, slots=True)
class Corrected:
    """Boxes on one photograph that a person did away with: no detector brings them back."""

    deleted: set[Box] = field(default_factory=set)
    left: set[Box] = field(default_factory=set)
    """Where detections were before a person moved their boxes."""


def corrected_boxes(images: BatchImages) -> defaultdict[UUID, Corrected]:
    """By photograph the boxes of earlier imports that a person deleted or moved."""
    keys = [image.pk for image in images.by_sha256.values() if image.pk not in images.new]
    drawn = Detection.everything.filter(image__in=keys, made_by_import__isnull=False)
    hidden = {detection.pk: detection for detection in drawn.filter(hidden_at__isnull=False)}
    corrected: defaultdict[UUID, Corrected] = defaultdict(Corrected)
    if hidden:
        # An undo of an import hides too, and writes no event.
        events = IdentityEvent.objects.filter(detection__in=hidden, field="hidden_at")
        last = dict(events.order_by("pk").values_list("detection", "after"))
        for key, detection in hidden.items():
            if last.get(key) == EventLog.plain(detection.hidden_at):
                corrected[detection.image_id].deleted.add(box_of(detection))
    moves = IdentityEvent.objects.filter(detection__in=drawn, field__in=_EDGES)
    before: defaultdict[UUID, dict[str, Any]] = defaultdict(dict)
    for of, name, value in moves.order_by("pk").values_list("detection", "field", "before"):
        if of is not None:
            before[of].setdefault(name, value)
    for detection in Detection.objects.filter(pk__in=before):
        edges = {name: getattr(detection, name) for name in _EDGES} | before[detection.pk]
        corrected[detection.image_id].left.add(Box(**edges))
    return corrected


def write_images(
    readings: list[Reading],
    cameras: dict[str, Camera],
    *,
    record: Import,
    tally: ReportBuilder,
    pending: Pending,
    changes: ChangeLog,
) -> BatchImages:
    """Write what the readings say of photographs; `cameras` are by the names that readings use."""
    images = {reading.sha256: reading.image for reading in readings if reading.image}
    videos = rows_of(readings, record)
    new = [
        _made(reading, cameras.get(reading.camera), record, videos)
        for reading in readings
        if reading.photograph
    ]
    completed: dict[UUID, Image] = {}
    columns: defaultdict[str, dict[UUID, Any]] = defaultdict(dict)
    places = {image.pk: (image.captured_at, image.camera_id) for image in images.values()}
    for reading in readings:
        image = reading.image
        if image is None:
            continue
        changed = _complete(image, reading, cameras.get(reading.camera), pending, changes)
        for name, value in changed.items():
            completed[image.pk] = image
            columns[name][image.pk] = value
    for name, values in columns.items():
        set_column(Image, name, values.items())
    mark_moved({key: (places[key][0], image.captured_at) for key, image in completed.items()})
    moved = any(
        places[key] != (image.captured_at, image.camera_id) for key, image in completed.items()
    )
    Image.objects.bulk_create(new, ignore_conflicts=True)
    back = known_files.of_bytes([image.sha256 for image in new])
    created = {image.pk for image in new} & {image.pk for image in back.values()}
    tally.images += len(created)
    tally.untimed += sum(
        image.captured_at is None for image in back.values() if image.pk in created
    )
    images |= back
    known_files.remember(readings, images)
    return BatchImages(images, created, moved)


def _made(
    reading: Reading, camera: Camera | None, record: Import, videos: Mapping[str, Video]
) -> Image:
    photograph = reading.photograph
    if photograph is None:
        raise ValueError("only a photograph that was read can be stored")
    frame = photograph.located.frame
    return Image(
        path=reading.stored,
        sha256=reading.sha256,
        size=photograph.size,
        source_path=reading.rows[0][0].path[-_LONGEST_SOURCE:],  # its end names the file
        made_by_import=record,
        width=photograph.probe.width,
        height=photograph.probe.height,
        captured_at=reading.captured_at,
        time_source=reading.time_source,
        clock_problem=reading.clock_problem,
        **looks.of(reading.kept),
        camera=camera,
        video=videos[frame.video.sha256] if frame else None,
        frame_number=frame.number if frame else None,
        frame_seconds=frame.seconds if frame else None,
    )


def _complete(
    image: Image, reading: Reading, camera: Camera | None, pending: Pending, changes: ChangeLog
) -> dict[str, Any]:
    """Give a stored image the time and camera that it lacks; what has to be written, by field."""
    before = values_of(image, IMAGE_FIELDS)
    old = (image.camera_id, image.path, image.captured_at)
    if image.camera_id is None and camera is not None:
        image.camera = camera
        if image.captured_at is not None:
            image.clock_problem = reading.clock_problem
    if image.captured_at is None and reading.captured_at is not None:
        image.captured_at, image.time_source = reading.captured_at, reading.time_source
        image.clock_problem = reading.clock_problem
    looks.add(image, reading.kept)
    changed = changes.note_changes(image, IMAGE_FIELDS, before)
    if (image.camera_id, image.path, image.captured_at) != old:
        pending.timelines.add(*old)
        pending.touch_image(image)
    return changed
