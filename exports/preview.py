"""Preview of an export, before it is started: what will be in it, how large it may be, and what to know of the data."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from django.conf import settings

from exports.lifecycle import estimates, status, storage
from exports.models import ExportRequest
from exports.report import caveats, collect
from exports.report.surveys import numbers
from exports.requests.specs import ArchiveFormat, ArchiveSpec, ExportKind
from reid.models import Detection
from reid.wording import counted

if TYPE_CHECKING:
    from uuid import UUID

    from exports.report.counting.summary import SeasonSummary
    from exports.requests.specs import ReportSpec, SurveyCopy

NOTHING: Final = "Nothing was sighted in this time with these filters: the report would be empty."
NO_ROOM: Final = "The disk of this server has no room for it: delete exports, or ask for less."
USUAL_REPORT_BYTES: Final = 300_000
"""Until the first report has been built."""
LAST: Final = 20
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class ExportPreview:
    """What an export would hold. `size_bytes` and `seconds` are estimates, by what was built before.

    A report on a survey counts `captures`, and neither photographs, detections nor sightings, which are None there.
    """

    title: str
    photographs: int | None
    detections: int | None
    sightings: int | None
    deer: int
    cameras: int
    size_bytes: int
    seconds: float
    warnings: tuple[str, ...]
    captures: int | None = None


def of_report(spec: ReportSpec) -> ExportPreview:
    """Counted as the report itself would count, and without drawing it."""
    if spec.survey:
        return _of_survey(spec, spec.survey)
    summary = collect.summarise(spec)
    periods = summary.periods
    return ExportPreview(
        title=spec.title,
        photographs=collect.photographs(spec),
        detections=sum(one.tally.detections for one in periods),
        sightings=sum(one.tally.sightings for one in periods),
        deer=len({deer.deer_id for one in periods for deer in one.deer}),
        cameras=len({camera.name for one in periods for camera in one.cameras if camera.name}),
        size_bytes=_usual_report_bytes(),
        seconds=_seconds(ExportKind.PDF, 0),
        warnings=(*_of_summary(summary), *_of_disk(spec)),
    )


def _of_survey(spec: ReportSpec, survey: SurveyCopy) -> ExportPreview:
    found = numbers.read(survey.document)
    return ExportPreview(
        title=spec.title,
        photographs=None,
        detections=None,
        sightings=None,
        deer=found.deer,
        cameras=len(found.cameras),
        size_bytes=_usual_report_bytes(),
        seconds=_seconds(ExportKind.PDF, 0),
        warnings=(*((found.refused,) if found.refused else ()), *_of_disk(spec)),
        captures=found.captures,
    )


def _usual_report_bytes() -> int:
    """By the reports that were built last."""
    sizes = ExportRequest.objects.filter(kind=ExportKind.PDF).order_by("-created_at")
    last = [size for size in sizes.values_list("file_size_bytes", flat=True)[:LAST] if size]
    return int(median(last)) if last else USUAL_REPORT_BYTES


def of_archive(spec: ArchiveSpec) -> ExportPreview:
    """A few queries for each CHUNK of detections."""
    photographs: set[UUID] = set()
    sightings: set[UUID] = set()
    deer: set[UUID] = set()
    cameras: set[UUID] = set()
    unnamed = untimed = 0
    for start in range(0, len(spec.detection_ids), CHUNK):
        rows = Detection.objects.filter(pk__in=spec.detection_ids[start : start + CHUNK]).order_by()
        values = ("image_id", "sighting_id", "deer_id", "image__camera_id", "image__captured_at")
        for image, sighting, animal, camera, taken in rows.values_list(*values):
            photographs.add(image)
            sightings.update([sighting] if sighting else ())
            deer.update([animal] if animal else ())
            cameras.update([camera] if camera else ())
            unnamed += animal is None
            untimed += taken is None
    warnings = []
    if unnamed:
        warnings.append(f"{counted(unnamed, 'detection has', 'detections have')} no deer yet.")
    if untimed:
        warnings.append(
            f"{counted(untimed, 'detection is', 'detections are')} on a photograph without a capture time."
        )
    if spec.format is ArchiveFormat.CAMTRAP_DP and spec.coordinate_precision is None:
        warnings.append("It names the exact position of every camera.")
    return ExportPreview(
        title=spec.title,
        photographs=len(photographs) + len(spec.empty_image_ids),
        detections=len(spec.detection_ids),
        sightings=len(sightings),
        deer=len(deer),
        cameras=len(cameras),
        size_bytes=estimates.bytes_for(spec),
        seconds=_seconds(ExportKind.ZIP, len(spec.detection_ids)),
        warnings=(*warnings, *_of_disk(spec)),
    )


def _of_summary(summary: SeasonSummary) -> tuple[str, ...]:
    notes = caveats.doubts(summary)
    return (NOTHING, *notes) if summary.is_empty else notes


def _of_disk(spec: ReportSpec | ArchiveSpec) -> tuple[str, ...]:
    is_full = storage.free_bytes() < estimates.bytes_for(spec) + settings.EXPORT_DISK_RESERVE
    return (NO_ROOM,) if is_full else ()


def _seconds(kind: ExportKind, count: int) -> float:
    """Raises redis.RedisError."""
    return estimates.seconds_for(kind, count, status.store().durations()[kind])
